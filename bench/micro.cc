// bench_micro: what the stages of the join cost, by the record. One iteration is one order: a payment and a stock
// record, of the benchmark's own data.
#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "data.h"
#include "join/memory_buffer.h"
#include "order/document.h"
#include "topology/task.h"

namespace orders::bench {
namespace {

/// Fewer would stay in the cache, as a real window does not.
constexpr std::size_t count = 1 << 16;
/// So that a window of 10 s has let go of an order before it comes again.
constexpr std::int64_t spacing_us = 800;

struct Sample {
  std::array<char, 8> key;
  order::OrderId id;
  AnswerTexts texts;
};

/// Made before any clock runs.
const auto samples = [] {
  const Recipe recipe{.first = 1, .orders = count};
  std::vector<Sample> made(count);
  for (std::size_t i = 0; i < count; ++i) {
    made[i].id = recipe.id_of(i + 1);
    made[i].key = key_of(made[i].id);
    recipe.write(i + 1, made[i].texts);
  }
  return made;
}();

Timestamp time_of(std::int64_t order) { return from_millis(1'700'000'000'000 + order * spacing_us / 1'000); }
const Sample& sample(std::int64_t order) { return samples[static_cast<std::size_t>(order) % count]; }

void done(benchmark::State& state) { state.SetItemsProcessed(state.iterations()); }

void parse_answer(benchmark::State& state) {
  order::Parser parser;
  std::int64_t order = 0;
  for (auto _ : state) {
    auto answer = parser.parse_answer(sample(order++).texts.stock);
    benchmark::DoNotOptimize(answer);
  }
  done(state);
}
BENCHMARK(parse_answer);

void splice_result(benchmark::State& state) {
  order::Parser parser;
  std::vector<order::Answer> answers;
  for (const auto& one : samples) answers.push_back(parser.parse_answer(one.texts.stock).value());
  std::int64_t order = 0;
  for (auto _ : state) {
    const auto& answer = answers[static_cast<std::size_t>(order) % count];
    auto result = order::splice_result(sample(order++).texts.stock, answer.splice,
                                       order::resolve(order::Status::accept, answer.status));
    benchmark::DoNotOptimize(result);
  }
  done(state);
}
BENCHMARK(splice_result);

/// The payment waits, its stock record finds it, and both leave when the window is over.
void memory_buffer(benchmark::State& state) {
  using join::Side;
  constexpr Milliseconds window{10'000};
  join::MemoryBuffer buffer;
  std::int64_t order = 0, pairs = 0;
  for (auto _ : state) {
    const auto& one = sample(order);
    const auto now = time_of(order);
    join::Entry entry;
    entry.key = one.id;
    entry.timestamp = now;
    entry.offset = order;
    entry.status = order::Status::accept;
    entry.value = one.texts.payment;
    for (const auto side : {Side::payment, Side::stock}) {
      buffer.expire(join::other(side), now - 2 * window, [](const join::Entry&) {});
      buffer.join(join::other(side), one.id, now - window, now + window, [&](const join::Entry&, bool) { ++pairs; });
      entry.joined = side == Side::stock;
      if (side == Side::stock) entry.value = one.texts.stock;
      buffer.insert(side, entry);
    }
    ++order;
  }
  if (pairs != order) state.SkipWithError("not every payment found its stock record");
  done(state);
}
BENCHMARK(memory_buffer);

/// The whole task: decode, join, resolve, splice, outputs.
void task_process(benchmark::State& state) {
  topology::TaskOptions options;
  topology::Task task(0, options);
  if (!task.restore({})) state.SkipWithError("the task does not start");
  topology::Outputs outputs;
  std::int64_t order = 0, results = 0;
  const auto process = [&](join::Side side, const Sample& one, const std::string& value) {
    topology::SourceRecord record;
    record.offset = order;
    record.timestamp = time_of(order);
    record.key = std::string_view(one.key.data(), one.key.size());
    record.value = value;
    task.process(side, record, outputs);
  };
  for (auto _ : state) {
    const auto& one = sample(order);
    process(join::Side::payment, one, one.texts.payment);
    process(join::Side::stock, one, one.texts.stock);
    if (++order % 1'024 == 0) {
      results += static_cast<std::int64_t>(outputs.records.size());
      outputs = {};
    }
  }
  results += static_cast<std::int64_t>(outputs.records.size());
  if (results != order) state.SkipWithError("not one result for each order");
  done(state);
}
BENCHMARK(task_process);

}  // namespace
}  // namespace orders::bench

BENCHMARK_MAIN();
