// One suite for all buffers: random calls against a model that keeps everything in a list.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <tuple>

#include "join/disk_buffer.h"
#include "join/memory_buffer.h"
#include "support/temp_folder.h"

namespace orders::join {
namespace {

/// Hundreds of flushes: without a disk to wait for, where that can be had.
[[maybe_unused]] const bool in_memory =
    std::filesystem::is_directory("/dev/shm") && ::setenv("TMPDIR", "/dev/shm", 0) == 0;

using order::Status;
using order::StatusId;

struct Stored {
  Side side;
  OrderId key;
  std::int64_t time, offset;
  Status status;
  bool joined;
  std::string value, headers;
};

/// What a buffer must do, in the words of buffer.h.
struct Model {
  std::vector<Stored> entries;
  std::vector<std::tuple<Side, OrderId, StatusId, std::int64_t>> marks;
  std::int64_t mark_bound[2] = {-1, -1};

  std::vector<Stored*> of(Side side, auto wanted) {
    std::vector<Stored*> found;
    for (auto& entry : entries) {
      if (entry.side == side && wanted(entry)) found.push_back(&entry);
    }
    std::ranges::sort(found, [](const Stored* a, const Stored* b) {
      return std::tie(a->time, a->offset) < std::tie(b->time, b->offset);
    });
    return found;
  }
  bool repeats(Side side, OrderId key, StatusId status, std::int64_t time, std::int64_t bound) {
    auto& highest = mark_bound[static_cast<int>(side)];
    highest = std::max(highest, bound);
    const bool repeats = std::ranges::any_of(marks, [&](const auto& mark) {
      return std::get<0>(mark) == side && std::get<1>(mark) == key && std::get<2>(mark) == status &&
             std::get<3>(mark) >= highest;
    });
    marks.emplace_back(side, key, status, time);
    return repeats;
  }
  void forget(Side side) {
    std::erase_if(marks, [&](const auto& mark) { return std::get<0>(mark) == side; });
    mark_bound[static_cast<int>(side)] = -1;
  }
};

std::string show(const Entry& entry) {
  const auto& s = entry.splice;
  return fmt::format("{} @{} #{} {} {} [{}] [{}] {}", entry.key, to_millis(entry.timestamp), entry.offset,
                     to_string(entry.status), entry.joined, entry.value, entry.headers,
                     entry.value.empty() ? 0 : s.status_begin + s.status_end + s.source_begin + s.source_end + s.close);
}
std::string show(const Stored& entry) {
  const bool bytes = !entry.joined || entry.side == Side::stock;
  return fmt::format("{} @{} #{} {} {} [{}] [{}] {}", entry.key, entry.time, entry.offset, to_string(entry.status),
                     entry.joined, bytes ? entry.value : "", bytes ? entry.headers : "",
                     bytes && !entry.value.empty() ? entry.offset * 15 : 0);
}

/// A buffer under test, and what may happen to it between two calls without anybody noticing.
class Subject {
 public:
  virtual ~Subject() = default;
  virtual Buffer& get() = 0;
  virtual void disturb(std::mt19937&) {}
  virtual void check() {}
};

struct InMemory final : Subject {
  MemoryBuffer buffer;
  Buffer& get() override { return buffer; }
};

struct OnDisk : Subject {
  test::TempFolder folder{"buffer"};
  DiskOptions options{.path = folder / "0", .memory = {}, .cache = 2'000};  // so small that rows are read again
  std::unique_ptr<DiskBuffer> buffer = DiskBuffer::open(options).value();
  Buffer& get() override { return *buffer; }
  void disturb(std::mt19937& random) override {
    const auto what = random() % 60;
    if (what < 12) {
      ASSERT_TRUE(buffer->apply("here"));
    }
    if (what == 12) {
      ASSERT_TRUE(buffer->flush_soon());
    }
    if (what == 13) {
      ASSERT_TRUE(buffer->flush());
    }
    if (what == 14) reopen();
    if (what == 15) {
      ASSERT_TRUE(buffer->compact());
    }
  }
  void reopen() {
    ASSERT_TRUE(buffer->apply("there"));
    buffer.reset();
    buffer = DiskBuffer::open(options).value();
    ASSERT_EQ(buffer->position(), "there");
  }
  void check() override { ASSERT_FALSE(buffer->failed()) << buffer->failed()->text(); }
};

/// In memory until some moment, then on disk.
struct TakenOver final : OnDisk {
  MemoryBuffer memory;
  bool over = false;
  Buffer& get() override { return over ? static_cast<Buffer&>(*buffer) : memory; }
  void disturb(std::mt19937& random) override {
    if (over) return OnDisk::disturb(random);
    if (random() % 100 != 0) return;
    ASSERT_TRUE(buffer->take_over(memory));
    ASSERT_TRUE(buffer->apply("taken over"));
    over = true;
  }
};

using Make = std::unique_ptr<Subject> (*)();
struct Kind {
  const char* name;
  Make make;
  unsigned rounds;
};

class AnyBuffer : public testing::TestWithParam<Kind> {};

struct Driver {
  std::mt19937 random;
  Subject& subject;
  Model model;
  std::int64_t now = 500, offset = 0;
  std::int64_t bounds[2] = {-1, -1};

  std::int64_t pick(std::int64_t low, std::int64_t high) { return std::uniform_int_distribution(low, high)(random); }
  /// A few that meet often, and rows enough that some have left as a whole.
  OrderId key() { return pick(0, 1) == 0 ? pick(1, 8) : pick(1, 60); }
  Side side() { return static_cast<Side>(pick(0, 1)); }
  Status status() { return static_cast<Status>(pick(1, 2)); }

  void insert() {
    const auto at = offset++;
    Stored entry{side(),
                 key(),
                 std::max<std::int64_t>(0, now + pick(-200, 20)),
                 at,
                 status(),
                 pick(0, 3) == 0,
                 std::string(static_cast<std::size_t>(pick(0, 50)), 'v') + std::to_string(at),
                 std::string(static_cast<std::size_t>(pick(0, 5)), 'h')};
    const auto number = static_cast<std::uint32_t>(at);
    subject.get().insert(entry.side, {.key = entry.key,
                                      .timestamp = from_millis(entry.time),
                                      .offset = at,
                                      .status = entry.status,
                                      .joined = entry.joined,
                                      .splice = {number, number * 2, number * 3, number * 4, number * 5, true},
                                      .value = entry.value,
                                      .headers = entry.headers});
    model.entries.push_back(entry);
  }
  void join() {
    const auto side = this->side();
    const auto key = this->key(), first = now + pick(-200, 20), last = first + pick(0, 150);
    std::vector<std::string> expected, seen;
    for (auto* entry :
         model.of(side, [&](const Stored& e) { return e.key == key && e.time >= first && e.time <= last; })) {
      expected.push_back(show(*entry) + (entry->joined ? "" : " first"));
      entry->joined = true;
    }
    subject.get().join(side, key, from_millis(first), from_millis(last), [&](const Entry& entry, bool first_time) {
      seen.push_back(show(entry) + (first_time ? " first" : ""));
    });
    ASSERT_EQ(seen, expected);
  }
  void expire() {
    const auto side = this->side();
    const auto bound = now + pick(-300, -100);  // now and then below an earlier one
    std::vector<std::string> expected, seen;
    for (const auto* entry : model.of(side, [&](const Stored& e) { return !e.joined && e.time < bound; }))
      expected.push_back(show(*entry));
    std::erase_if(model.entries, [&](const Stored& e) { return e.side == side && e.time < bound; });
    subject.get().expire(side, from_millis(bound), [&](const Entry& entry) { seen.push_back(show(entry)); });
    ASSERT_EQ(seen, expected);
  }
  void repeat() {
    const auto side = this->side();
    if (pick(0, 30) == 0) {
      subject.get().forget(side);
      return model.forget(side);
    }
    const auto key = this->key(), time = now + pick(-200, 0), bound = now + pick(-250, -100);
    const auto status = pick(0, 1) == 0 ? order::status_id(this->status())
                                        : order::status_id(pick(0, 1) == 0 ? "HOLD" : "SHIPPED");
    const bool expected = model.repeats(side, key, status, time, bound);
    ASSERT_EQ(subject.get().repeats(side, key, status, from_millis(time), from_millis(bound)), expected);
  }
  void look() {
    for (const Side side : {Side::payment, Side::stock}) {
      const auto waiting = model.of(side, [](const Stored& e) { return !e.joined; });
      ASSERT_EQ(subject.get().waiting(side), waiting.size());
      const auto oldest = subject.get().oldest_waiting(side);
      ASSERT_EQ(oldest.has_value(), !waiting.empty());
      if (oldest) {
        ASSERT_EQ(to_millis(*oldest), waiting.front()->time);
      }
      if (auto* memory = dynamic_cast<MemoryBuffer*>(&subject.get())) {
        ASSERT_EQ(memory->waits_from(side), oldest) << "exact where few came out of order";
        ASSERT_NO_FATAL_FAILURE(peek(*memory, side));
      }
      std::vector<std::string> expected, seen;
      for (const auto* entry : waiting) expected.push_back(show(*entry));
      const auto see = [&](const Entry& entry) { return seen.push_back(show(entry)), true; };
      subject.get().each_waiting(side, {}, see);
      ASSERT_EQ(seen, expected);
      if (waiting.empty()) continue;
      const auto from = static_cast<std::size_t>(pick(0, static_cast<int>(waiting.size()) - 1));
      seen.clear();
      subject.get().each_waiting(side, {from_millis(waiting[from]->time), waiting[from]->offset}, see);
      expected.erase(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(from));
      ASSERT_EQ(seen, expected) << "from one of them on";
    }
  }
  void peek(const MemoryBuffer& buffer, Side side) {
    const auto key = this->key();
    const auto with_value = model.of(
        side, [&](const Stored& e) { return e.key == key && (!e.joined || e.side == Side::stock); });
    const auto seen = buffer.peek(side, key);
    ASSERT_EQ(seen.has_value(), !with_value.empty());
    if (seen) {
      ASSERT_EQ(show(*seen), show(*with_value.front()));
    }
  }
  void run(int steps) {
    for (; steps > 0 && !testing::Test::HasFatalFailure(); --steps) {
      now += pick(0, 4);
      const auto what = pick(0, 99);
      if (what < 40)
        insert();
      else if (what < 70)
        join();
      else if (what < 85)
        expire();
      else if (what < 95)
        repeat();
      else
        look();
      if (testing::Test::HasFatalFailure()) return;
      subject.disturb(random);
      subject.check();
    }
    look();
  }
};

TEST_P(AnyBuffer, DoesWhatAListDoes) {
  for (unsigned seed = 1; seed <= GetParam().rounds; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const auto subject = GetParam().make();
    Driver driver{.random = std::mt19937(seed), .subject = *subject, .model = {}};
    driver.run(1'000);
    if (HasFatalFailure()) return;
  }
}

TEST(AMemoryBuffer, GivesABoundOfWhatWaitsWhereManyCameOutOfOrder) {
  MemoryBuffer buffer;
  const auto insert = [&](std::int64_t time, bool joined) {
    Entry entry{};
    entry.key = entry.offset = time;
    entry.timestamp = from_millis(time);
    entry.joined = joined;
    buffer.insert(Side::stock, entry);
  };
  insert(100'000, false);
  for (std::int64_t time = 50'000; time > 40'000; --time) insert(time, time != 45'000);
  EXPECT_EQ(buffer.oldest_waiting(Side::stock), from_millis(45'000));
  EXPECT_EQ(buffer.waits_from(Side::stock), from_millis(40'001));
  EXPECT_EQ(buffer.waits_from(Side::payment), std::nullopt);
  buffer.expire(Side::stock, from_millis(49'000), [](const Entry&) {});
  EXPECT_EQ(buffer.waits_from(Side::stock), from_millis(100'000)) << "few are left";
}

INSTANTIATE_TEST_SUITE_P(
    Buffers, AnyBuffer,
    testing::Values(Kind{"Memory", []() -> std::unique_ptr<Subject> { return std::make_unique<InMemory>(); }, 100},
                    Kind{"Disk", []() -> std::unique_ptr<Subject> { return std::make_unique<OnDisk>(); }, 6},
                    Kind{"TakenOver", []() -> std::unique_ptr<Subject> { return std::make_unique<TakenOver>(); }, 6}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace orders::join
