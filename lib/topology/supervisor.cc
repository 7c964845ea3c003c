#include "topology/supervisor.h"

#include <fmt/format.h>

#include <condition_variable>

#include "base/log.h"
#include "base/thread.h"
#include "failure/restart_limiter.h"
#include "kafka/admin.h"
#include "preflight/start.h"
#include "topology/task_options.h"

namespace orders::topology {
namespace {

constexpr Milliseconds ask_timeout{3'000};
/// A broker that has just come up does not know all of its topics yet, and somebody may be creating them.
constexpr std::chrono::seconds topics_patience{5};
constexpr int most_restarts = 5;
constexpr Milliseconds join_patience{200};
constexpr Milliseconds restart_window{std::chrono::minutes{10}};

WorkerOptions worker_options(const config::Config& config, const kafka::Connection& connection, std::size_t number) {
  WorkerOptions options;
  options.name = fmt::format("{}-{}", config.instance_id, number);
  options.group_id = config.application_id;
  options.connection = connection;
  options.stream = config.stream;
  options.session_timeout = config.kafka.session_timeout;
  options.transaction_timeout = config.kafka.transaction_timeout;
  options.buffer_memory = config.join.memory / static_cast<std::uint64_t>(config.stream.threads);
  options.task = task_options(config);
  return options;
}

std::filesystem::path state_folder(const config::Config& config) {
  return std::filesystem::path(config.state.directory) / config.application_id;
}

/// Waits out `pause`; false when asked to stop.
bool pause_for(Milliseconds pause, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait_for(lock, stop, pause, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace

Supervisor::Supervisor(const config::Config& config, const kafka::Connection& connection,
                       std::shared_ptr<rocks::Memory> memory, std::function<void(const Error&)> failed)
    : config_(config),
      connection_(connection),
      memory_(std::move(memory)),
      failed_(std::move(failed)),
      marker_(state_folder(config) / "join.run") {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

Supervisor::~Supervisor() { stop(); }

void Supervisor::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void Supervisor::run(const std::stop_token& stop) {
  name_thread("supervisor");
  if (!await_topics(stop)) return;
  std::vector<std::jthread> threads;
  {
    const std::lock_guard lock(mutex_);
    workers_.resize(static_cast<std::size_t>(config_.stream.threads));
  }
  bool one_by_one = true;
  for (std::size_t number = 0; number < workers_.size(); ++number) {
    threads.emplace_back([this, number, &stop] { run_worker(number, stop); });
    one_by_one = one_by_one && await_join(number, stop);
  }
}

/// Lets a worker into the group before the next one comes, if that is soon: a join that another one meets on its way
/// begins anew, and librdkafka takes a second for that. False: it took too long.
bool Supervisor::await_join(std::size_t number, const std::stop_token& stop) const {
  const auto deadline = std::chrono::steady_clock::now() + join_patience;
  const auto joining = [&] {
    const std::lock_guard lock(mutex_);
    if (workers_[number] == nullptr) return true;
    const auto state = workers_[number]->state();
    return state == WorkerStatus::State::starting || state == WorkerStatus::State::rebalancing;
  };
  while (joining() && std::chrono::steady_clock::now() < deadline && pause_for(Milliseconds{2}, stop)) continue;
  return !joining();
}

bool Supervisor::await_topics(const std::stop_token& stop) {
  Backoff backoff(BackoffPolicy{.initial = Milliseconds{200}, .multiplier = 2, .max = Milliseconds{2'000}});
  std::optional<std::chrono::steady_clock::time_point> unfit_since;
  while (!stop.stop_requested()) {
    const auto fit = check_topics();
    if (fit) {
      spdlog::info("joining {} and {} into {}, {} partitions, {} threads", config_.topics.payments,
                   config_.topics.stock, config_.topics.orders, partitions_, config_.stream.threads);
      const std::lock_guard lock(mutex_);
      preflight_.clear();
      return true;
    }
    const auto now = std::chrono::steady_clock::now();
    if (is_waited_for(fit.error().error_class)) {
      unfit_since.reset();
    } else if (now - unfit_since.value_or(now) >= topics_patience) {
      give_up(fit.error());
      return false;
    } else if (!unfit_since) {
      unfit_since = now;
    }
    {
      const std::lock_guard lock(mutex_);
      if (preflight_ != fit.error().text()) spdlog::warn("waiting: {}", fit.error().text());
      preflight_ = fit.error().text();
    }
    if (!pause_for(backoff.next(), stop)) return false;
  }
  return false;
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

/// Runs the worker, and a new one in its place when it breaks, until stopped or until that happens too often.
void Supervisor::run_worker(std::size_t number, const std::stop_token& stop) {
  name_thread(fmt::format("join-{}", number).c_str());
  failure::RestartLimiter limiter(most_restarts, restart_window);
  while (!stop.stop_requested()) {
    auto options = worker_options(config_, connection_, number);
    options.partitions = partitions_;
    options.marker = &marker_;
    auto& buffer = options.task.buffer;
    buffer.store = config_.join.store;
    buffer.folder = state_folder(config_) / "join";
    buffer.memory = memory_;
    buffer.rebuilds = &rebuilds_;
    buffer.application_id = config_.application_id;
    buffer.cluster_id = cluster_id_;
    auto worker = std::make_shared<Worker>(std::move(options));
    {
      const std::lock_guard lock(mutex_);
      workers_[number] = worker;
    }
    Result<> ended;
    try {
      ended = worker->run(stop);
    } catch (const std::exception& e) {
      ended = fail(ErrorClass::bug, fmt::format("worker {}: {}", number, e.what()));
    }
    if (ended) return;
    const auto& error = ended.error();
    if (error.error_class != ErrorClass::bug || !limiter.may_restart(std::chrono::steady_clock::now()))
      return give_up(error);
    spdlog::error("worker {} failed and is replaced: {}", number, error.text());
    const std::lock_guard lock(mutex_);
    past_ += worker->give_up();
    workers_[number] = nullptr;
  }
}

void Supervisor::give_up(const Error& error) {
  std::call_once(failed_once_, [&] { failed_(error); });
}

Status Supervisor::status() const {
  std::vector<std::shared_ptr<Worker>> workers;
  Status status;
  {
    const std::lock_guard lock(mutex_);
    workers = workers_;
    status.fates = past_;
    status.rebuilds = rebuilds_;
    if (!preflight_.empty()) {
      status.workers.push_back({.state = WorkerStatus::State::starting,
                                .name = config_.instance_id,
                                .reason = preflight_,
                                .last_commit = {},
                                .tasks = {}});
    }
  }
  for (const auto& worker : workers) {
    if (worker == nullptr) continue;
    auto report = worker->report();
    status.fates += report.fates;
    status.workers.push_back(std::move(report.status));
  }
  return status;
}

}  // namespace orders::topology
