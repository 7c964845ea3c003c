#include "topology/supervisor.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/backoff.h"
#include "base/heartbeat.h"
#include "base/log.h"
#include "kafka/admin.h"
#include "preflight/start.h"
#include "topology/task_options.h"

namespace orders::topology {
namespace {

constexpr Milliseconds ask_timeout{3'000};
/// A broker that has just come up does not know all of its topics yet, and somebody may be creating them.
constexpr std::chrono::seconds topics_patience{5};
constexpr Milliseconds join_patience{300};
constexpr Milliseconds answer_patience{2'000};  ///< a commit may take as long, and people wait

std::string worker_name(const config::Config& config, std::size_t number) {
  return fmt::format("{}-{}", config.instance_id, number);
}

/// Of a worker that has not begun, or not begun again.
WorkerStatus starting(std::string name, std::string reason = {}) {
  WorkerStatus status;
  status.name = std::move(name);
  status.reason = std::move(reason);
  return status;
}

WorkerOptions worker_options(const config::Config& config, const kafka::Connection& connection, std::size_t number) {
  WorkerOptions options;
  options.name = worker_name(config, number);
  options.group_id = config.application_id;
  options.connection = connection;
  options.stream = config.stream;
  options.session_timeout = config.kafka.session_timeout;
  options.transaction_timeout = config.kafka.transaction_timeout;
  options.buffer_memory = config.join.memory / static_cast<std::uint64_t>(config.stream.threads);
  options.task = task_options(config);
  return options;
}

/// However it ends.
struct Gathering {
  Gathering(std::atomic<bool>& flag, bool more_than_one) : on(flag) { on = more_than_one; }
  Gathering(const Gathering&) = delete;
  Gathering& operator=(const Gathering&) = delete;
  ~Gathering() { on = false; }
  std::atomic<bool>& on;
};

std::filesystem::path state_folder(const config::Config& config) {
  return std::filesystem::path(config.state.directory) / config.application_id;
}

}  // namespace

Supervisor::Supervisor(const config::Config& config, const kafka::Connection& connection,
                       std::shared_ptr<rocks::Memory> memory, std::function<void(const Error&)> failed)
    : config_(config),
      connection_(connection),
      memory_(std::move(memory)),
      failed_(std::move(failed)),
      marker_(state_folder(config) / "join.run") {
  thread_ = GuardedThread(
      "supervisor", [this](const std::stop_token& stop) { return run(stop); },
      [this](const Error& error) { give_up(error); });
}

Supervisor::~Supervisor() { stop(); }

void Supervisor::stop() {
  thread_.stop();
  for (auto& thread : threads_) thread.request_stop();
  for (auto& thread : threads_) thread.stop();
}

/// Ends once the workers run. Begun anew, it starts those that are missing.
Result<> Supervisor::run(const std::stop_token& stop) {
  if (auto fit = await_topics(stop); !fit || stop.stop_requested()) return fit;
  {
    const std::lock_guard lock(mutex_);
    workers_.resize(static_cast<std::size_t>(config_.stream.threads));
  }
  const Gathering gathering(gathering_, workers_.size() > 1);
  for (std::size_t number = threads_.size(); number < workers_.size(); ++number) {
    threads_.emplace_back(
        fmt::format("join-{}", number),
        [this, number](const std::stop_token& worker_stop) { return run_worker(number, worker_stop); },
        [this](const Error& error) { give_up(error); });
    const bool first = number == 0, last = number + 1 == workers_.size();
    if (first || last) gathering_ = gathering_ && await_joins(stop);
  }
  return {};
}

/// Lets the first worker into the group before the others come, and then those, if that is soon: a join that another
/// one meets on its way begins anew, and librdkafka takes a second for that; while the first one is told of the others,
/// they have all come. False: it took too long.
bool Supervisor::await_joins(const std::stop_token& stop) const {
  const auto deadline = std::chrono::steady_clock::now() + join_patience;
  const auto joined = [&] {
    const std::lock_guard lock(mutex_);
    return std::all_of(workers_.begin(), workers_.begin() + static_cast<std::ptrdiff_t>(threads_.size()),
                       [](const auto& worker) {
                         if (worker == nullptr) return false;
                         const auto state = worker->state();
                         return state != WorkerStatus::State::starting && state != WorkerStatus::State::rebalancing;
                       });
  };
  while (!joined() && std::chrono::steady_clock::now() < deadline && pause_for(Milliseconds{2}, stop)) continue;
  return joined();
}

/// Returns when they are fit, or when it is asked to stop.
Result<> Supervisor::await_topics(const std::stop_token& stop) {
  Backoff backoff(BackoffPolicy{.initial = Milliseconds{200}, .multiplier = 2, .max = Milliseconds{2'000}});
  std::optional<std::chrono::steady_clock::time_point> unfit_since;
  while (!stop.stop_requested()) {
    heartbeat::beat("waiting for the topics");
    auto fit = check_topics();
    if (fit) {
      spdlog::info("joining {} and {} into {}, {} partitions, {} threads", config_.topics.payments,
                   config_.topics.stock, config_.topics.orders, partitions_, config_.stream.threads);
      const std::lock_guard lock(mutex_);
      preflight_.clear();
      return {};
    }
    const auto now = std::chrono::steady_clock::now();
    if (is_waited_for(fit.error().error_class)) {
      unfit_since.reset();
    } else if (now - unfit_since.value_or(now) >= topics_patience) {
      return fit;
    } else if (!unfit_since) {
      unfit_since = now;
    }
    {
      const std::lock_guard lock(mutex_);
      if (preflight_ != fit.error().text()) spdlog::warn("waiting: {}", fit.error().text());
      preflight_ = fit.error().text();
    }
    (void)pause_for(backoff.next(), stop);
  }
  return {};
}

/// What has to be so before anything is joined, and what is known then.
Result<> Supervisor::check_topics() {
  auto admin = kafka::Admin::create(connection_);
  if (!admin) return fail(admin.error());
  auto partitions = preflight::check_counts(*admin, config_.topics, ask_timeout);
  if (!partitions) return fail(partitions.error());
  auto cluster = admin->cluster_id(ask_timeout);
  if (!cluster) return fail(cluster.error());
  partitions_ = *partitions;
  cluster_id_ = *std::move(cluster);
  if (auto read = marker_.read({cluster_id_, {config_.topics.payments, config_.topics.stock}}); !read) return read;
  if (connection_.embedded) return {};
  return preflight::check_settings(*admin, config_, ask_timeout);
}

WorkerOptions Supervisor::options_of(std::size_t number) {
  auto options = worker_options(config_, connection_, number);
  options.partitions = partitions_;
  options.marker = &marker_;
  options.gathering = &gathering_;
  auto& buffer = options.task.buffer;
  buffer.store = config_.join.store;
  buffer.folder = state_folder(config_) / "join";
  buffer.memory = memory_;
  buffer.rebuilds = &rebuilds_;
  buffer.application_id = config_.application_id;
  buffer.cluster_id = cluster_id_;
  return options;
}

/// The life of one worker; its thread begins another one when this ends with a defect.
Result<> Supervisor::run_worker(std::size_t number, const std::stop_token& stop) {
  const auto worker = std::make_shared<Worker>(options_of(number));
  {
    const std::lock_guard lock(mutex_);
    workers_[number] = worker;
  }
  try {
    auto ended = worker->run(stop);
    if (!ended && ended.error().error_class == ErrorClass::bug) retire(number);
    return ended;
  } catch (...) {
    retire(number);
    throw;
  }
}

void Supervisor::retire(std::size_t number) {
  const std::lock_guard lock(mutex_);
  past_ += workers_[number]->give_up();
  past_latency_.total += workers_[number]->latency().total;
  past_totals_ += workers_[number]->totals();
  workers_[number] = nullptr;
}

void Supervisor::give_up(const Error& error) {
  std::call_once(failed_once_, [&] { failed_(error); });
}

Result<WaitingPage> Supervisor::waiting(const WaitingQuery& query) const {
  std::vector<std::shared_ptr<Worker>> workers;
  {
    const std::lock_guard lock(mutex_);
    workers = workers_;
    if (workers.empty()) {
      return fail(ErrorClass::wait, "the join has not started yet" + (preflight_.empty() ? "" : ": " + preflight_));
    }
  }
  const auto deadline = std::chrono::steady_clock::now() + answer_patience;
  std::vector<WaitingPage> pages;
  for (std::size_t number = 0; number < workers.size(); ++number) {
    const auto left = std::chrono::ceil<Milliseconds>(deadline - std::chrono::steady_clock::now());
    auto page = workers[number] ? workers[number]->waiting(query, std::max(left, Milliseconds{0})) : std::nullopt;
    if (!page) {
      return fail(ErrorClass::wait,
                  fmt::format("worker {} is busy: it did not answer in time", worker_name(config_, number)),
                  "ask again, or see ordersctl status");
    }
    pages.push_back(*std::move(page));
  }
  return merge(std::move(pages), query.limit);
}

Status Supervisor::status() const {
  std::vector<std::shared_ptr<Worker>> workers;
  Status status;
  {
    const std::lock_guard lock(mutex_);
    workers = workers_;
    status.fates = past_;
    status.latency = past_latency_;
    status.totals = past_totals_;
    status.rebuilds = rebuilds_;
    if (!preflight_.empty()) status.workers.push_back(starting(config_.instance_id, preflight_));
  }
  for (std::size_t number = 0; number < workers.size(); ++number) {
    if (workers[number] == nullptr) {
      status.workers.push_back(starting(worker_name(config_, number)));
      continue;
    }
    auto report = workers[number]->report();
    status.fates += report.fates;
    status.latency += report.latency;
    status.totals += report.totals;
    status.workers.push_back(std::move(report.status));
  }
  return status;
}

}  // namespace orders::topology
