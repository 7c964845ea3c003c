#include "intake/engine.h"

#include <mutex>
#include <utility>

#include "base/guarded_thread.h"
#include "intake/ledger.h"
#include "intake/progress.h"
#include "intake/publish_loop.h"
#include "intake/saver.h"

namespace orders::intake {
namespace {

class Engine : public Intake {
 public:
  Engine(const EngineOptions& options, database::Database& database, PublishedCheck published,
         PublisherFactory publishers)
      : ledger_(options.intake.topic, options.capacity),
        publish_loop_(options,
                      {database.session(), std::move(published), std::move(publishers), [this] { saver_.reload(); }},
                      ledger_, progress_),
        saver_(options, database.session(), ledger_, progress_, [this] { publish_loop_.notify(); }),
        failed_(options.intake.failed),
        publishing_(
            "intake.publish", [this](const std::stop_token&) { return publish_loop_.run(); },
            [this](const Error& error) {
              publish_loop_.give_up();
              if (failed_) failed_(error);
            }),
        saving_(
            "intake.save", [this](const std::stop_token&) { return saver_.run(); },
            [this](const Error& error) {
              saver_.give_up();
              if (failed_) failed_(error);
            }) {}
  ~Engine() override { Engine::stop(); }

  std::vector<std::future<Result<Accepted>>> submit(std::vector<Request> requests) override {
    return saver_.submit(std::move(requests));
  }
  IntakeStatus status() const override { return progress_.status(ledger_.pending()); }

  void stop() override {
    const std::lock_guard lock(stop_mutex_);
    saver_.stop();
    saving_.stop();
    publish_loop_.stop();
    publishing_.stop();
  }

 private:
  Ledger ledger_;
  Progress progress_;
  PublishLoop publish_loop_;
  Saver saver_;
  std::mutex stop_mutex_;
  const std::function<void(const Error&)> failed_;
  GuardedThread publishing_;
  GuardedThread saving_;
};

}  // namespace

Result<std::unique_ptr<Intake>> start_engine(const EngineOptions& options, database::Database& database,
                                             PublishedCheck published, PublisherFactory publishers) {
  if (!published) return fail(ErrorClass::bug, "intake needs a way to ask what is published");
  // Refused settings are said here; the thread makes its own, later.
  if (const auto probe = publishers(options.intake.instance_id); !probe) return fail(probe.error());
  return std::make_unique<Engine>(options, database, std::move(published), std::move(publishers));
}

Result<std::unique_ptr<Intake>> Intake::start(const IntakeOptions& options, database::Database& database,
                                              PublishedCheck published) {
  EngineOptions engine;
  engine.intake = options;
  return start_engine(engine, database, std::move(published), kafka_publishers(options));
}

}  // namespace orders::intake
