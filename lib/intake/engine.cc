#include "intake/engine.h"

#include <mutex>
#include <thread>
#include <utility>

#include "base/thread.h"
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
        publishing_([this] {
          name_thread("intake.publish");
          publish_loop_.run();
        }),
        saving_([this] {
          name_thread("intake.save");
          saver_.run();
        }) {}
  ~Engine() override { Engine::stop(); }

  std::vector<std::future<Result<Accepted>>> submit(std::vector<Request> requests) override {
    return saver_.submit(std::move(requests));
  }
  IntakeStatus status() const override { return progress_.status(ledger_.pending()); }

  void stop() override {
    const std::lock_guard lock(stop_mutex_);
    saver_.stop();
    if (saving_.joinable()) saving_.join();
    publish_loop_.stop();
    if (publishing_.joinable()) publishing_.join();
  }

 private:
  Ledger ledger_;
  Progress progress_;
  PublishLoop publish_loop_;
  Saver saver_;
  std::mutex stop_mutex_;
  std::thread publishing_;
  std::thread saving_;
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
