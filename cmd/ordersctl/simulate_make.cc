#include "ordersctl/simulate_make.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>

#include "ordersctl/order_batch.h"
#include "ordersctl/order_request.h"
#include "ordersctl/stop.h"

namespace orders::ctl {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t chunk = 500;
constexpr Milliseconds patience_for_daemon = 60s;

}  // namespace

std::string made_order(std::uint64_t seed, std::uint64_t n, const std::vector<std::string>& products) {
  std::seed_seq sequence{seed & 0xFFFFFFFFu, seed >> 32, n & 0xFFFFFFFFu, n >> 32};
  std::mt19937 random(sequence);
  // Not std::uniform_int_distribution, whose results differ from library to library.
  const auto up_to = [&random](std::uint64_t limit) { return random() % limit; };
  const auto kinds = products.empty() ? 100 : products.size();
  const auto items = std::min<std::uint64_t>(1 + up_to(3), kinds);
  const auto first = up_to(kinds);
  std::vector<RequestedItem> requested;
  for (std::uint64_t i = 0; i < items; ++i) {
    const auto kind = (first + i * std::max<std::uint64_t>(kinds / 3, 1)) % kinds;
    const auto cents = 100 + up_to(100'000);
    requested.push_back({products.empty() ? fmt::format("product-{}", kind + 1) : products[kind],
                         static_cast<std::int64_t>(1 + up_to(9)), fmt::format("{}.{:02}", cents / 100, cents % 100)});
  }
  return request_json(static_cast<std::int64_t>(1 + up_to(1'000)), requested);
}

OrderMaker::OrderMaker(MakeOptions options) : options_(std::move(options)), thread_([this] { run(); }) {}

OrderMaker::~OrderMaker() {
  stop_ = true;
  thread_.join();
}

std::optional<Error> OrderMaker::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

void OrderMaker::run() {
  if (auto sent = send(); !sent) {
    const std::lock_guard lock(mutex_);
    error_ = std::move(sent.error());
  }
  finished_ = true;
  stop_wakeup().notify();
}

Result<> OrderMaker::send() {
  Daemon daemon(options_.daemon);
  const auto key = new_uuid();
  const auto start = Clock::now();
  while (made_ < options_.count && !stop_ && !stop_requested()) {
    std::uint64_t due = options_.count;
    if (options_.rate > 0) {
      const std::chrono::duration<double> elapsed = Clock::now() - start;
      due = std::min(due, static_cast<std::uint64_t>(elapsed.count() * static_cast<double>(options_.rate)) + 1);
    }
    if (due <= made_) {
      std::this_thread::sleep_for(10ms);
      continue;
    }
    ChunkReader::Chunk orders;
    orders.first_line = static_cast<std::int64_t>(made_ + 1);
    orders.lines = static_cast<std::int64_t>(std::min(due - made_, chunk));
    for (std::int64_t i = 0; i < orders.lines; ++i) {
      orders.text += made_order(options_.seed, made_ + static_cast<std::uint64_t>(i), options_.products) + "\n";
    }
    auto answer = send_chunk(daemon, orders, key, {patience_for_daemon, false, any_unsaved});
    if (!answer) return fail(std::move(answer.error()));
    auto lines = parse_batch_answer(*answer);
    if (!lines) return fail(std::move(lines.error()));
    for (const auto& line : *lines) {
      if (line.status >= 400) return fail(problem_error(line.status, line.body));
    }
    made_ += lines->size();
  }
  return {};
}

}  // namespace orders::ctl
