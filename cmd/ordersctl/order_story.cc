#include "ordersctl/order_story.h"

#include <fmt/format.h>

#include <algorithm>

namespace orders::ctl {
namespace {

using Kind = TracedRecord::Kind;
using State = OrderState::Kind;

std::size_t index_of(Kind kind) { return static_cast<std::size_t>(kind); }

/// The story of the answers of an order that has no result.
class Answers {
 public:
  Answers(const OrderTrace& trace, const config::Join& join)
      : trace_(trace),
        join_(join),
        payments_(trace.records.of(Kind::payment)),
        stock_(trace.records.of(Kind::stock)) {}

  OrderState state() && {
    look_for_unread();
    if (state_.kind == State::unread) return std::move(state_);
    look_for_letters();
    if (payments_.empty() || stock_.empty()) {
      one_sided();
    } else {
      both_sided();
    }
    return std::move(state_);
  }

 private:
  [[nodiscard]] const JoinPlace* place(const kafka::TopicPartition& at) const {
    const auto found = trace_.join.find(at);
    return found == trace_.join.end() ? nullptr : &found->second;
  }
  void say(std::string words) { state_.words.push_back(std::move(words)); }

  void look_for_unread() {
    for (const auto* side : {&payments_, &stock_}) {
      for (const auto& answer : *side) {
        const auto* join = place(answer.at);
        if (join == nullptr) continue;
        if (join->next_offset && *join->next_offset > answer.offset) continue;
        state_.kind = State::unread;
        say(join->next_offset ? fmt::format("the join has not committed {} yet: it is at offset {}", answer.where(),
                                            *join->next_offset)
                              : fmt::format("the join has never committed anything of {}", answer.at.text()));
      }
    }
  }

  void look_for_letters() {
    for (const auto& letter : trace_.records.of(Kind::dead_letter)) {
      const auto is_of = [&](const TracedRecord& answer) { return letter.original == answer.where(); };
      if (std::ranges::none_of(payments_, is_of) && std::ranges::none_of(stock_, is_of)) continue;
      say(fmt::format("{} is a dead letter: {}", letter.original, letter.reason));
    }
  }
  [[nodiscard]] bool is_dead(const TracedRecord& answer) const {
    return std::ranges::any_of(trace_.records.of(Kind::dead_letter), [&](const TracedRecord& letter) {
      return letter.original == answer.where();
    });
  }

  /// The time up to which the answer's partner may come, on the partner's clock: its stream time.
  void one_sided() {
    const bool has_payment = !payments_.empty();
    const auto& answer = has_payment ? payments_.back() : stock_.back();
    const char* partner = has_payment ? "stock" : "payment";
    if (is_dead(answer)) {
      state_.kind = State::missed;
      return;
    }
    const auto until = answer.time + join_.before + join_.after + join_.grace;
    const auto time = partner_time(answer.at.partition, has_payment);
    if (time && *time > until) {
      state_.kind = State::missed;
      return say(fmt::format("no {} answer came in time: {} is past {}, up to which one was waited for", partner,
                             format_timestamp(*time), format_timestamp(until)));
    }
    state_.kind = State::waiting;
    state_.waits_for = {partner};
    state_.since = answer.time;
    say(fmt::format("waits for the {} answer since {}, until that side's time is past {}{}", partner,
                    format_timestamp(answer.time), format_timestamp(until),
                    time ? fmt::format("; it is {} now", format_timestamp(*time)) : std::string{}));
    if (!trace_.all_partitions) say("only the partitions of its key were read: --all-partitions looks everywhere");
  }

  /// The stream time of the other input's partition of the same number.
  [[nodiscard]] std::optional<Timestamp> partner_time(std::int32_t partition, bool has_payment) const {
    const auto& answer = has_payment ? payments_.back() : stock_.back();
    for (const auto& [at, place] : trace_.join) {
      if (at.partition == partition && at.topic != answer.at.topic) return place.stream_time;
    }
    return std::nullopt;
  }

  void both_sided() {
    state_.kind = State::missed;
    const auto& payment = payments_.back();
    const auto& stock = stock_.back();
    if (payment.at.partition != stock.at.partition) {
      return say(fmt::format("{} and {} can't meet: their partitions have different numbers, so the services that "
                             "wrote them partition differently (ordersctl doctor)",
                             payment.where(), stock.where()));
    }
    const auto apart = stock.time - payment.time;
    if (apart > join_.after || -apart > join_.before) {
      return say(fmt::format("the answers lie {} apart: the window is {} before and {} after the payment",
                             format_duration(std::chrono::abs(apart)), format_duration(join_.before),
                             format_duration(join_.after)));
    }
    if (state_.words.empty()) say("both answers were read, and no result was found: --since looks further back");
  }

  const OrderTrace& trace_;
  const config::Join& join_;
  const std::vector<TracedRecord>& payments_;
  const std::vector<TracedRecord>& stock_;
  OrderState state_;
};

OrderState announced(const TracedRecord& order) {
  OrderState state;
  state.kind = State::announced;
  state.waits_for = {"payment", "stock"};
  state.since = order.time;
  state.words = {fmt::format("waits for both answers since {}: neither service has answered",
                             format_timestamp(order.time))};
  return state;
}

OrderState decided(const TracedRecords& records) {
  OrderState state;
  state.kind = State::decided;
  const auto count = records.of(Kind::result).size() + records.left_out(Kind::result);
  if (count > 1) state.words = {fmt::format("{} results: each pair of answers makes one (join.duplicates)", count)};
  return state;
}

}  // namespace

std::string TracedRecord::where() const { return fmt::format("{}@{}", at.text(), offset); }

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::announced:
      return "new";
    case Kind::payment:
      return "payment";
    case Kind::stock:
      return "stock";
    case Kind::result:
      return "result";
    case Kind::dead_letter:
      return "dead_letter";
  }
  return "?";
}

std::string_view to_string(State kind) {
  switch (kind) {
    case State::decided:
      return "decided";
    case State::announced:
      return "announced";
    case State::waiting:
      return "waiting";
    case State::unread:
      return "unread";
    case State::missed:
      return "missed";
    case State::stored:
      return "stored";
    case State::unknown:
      return "unknown";
  }
  return "?";
}

/// The newest are kept.
void TracedRecords::add(TracedRecord record) {
  auto& [kept, left_out] = bins_[index_of(record.kind)];
  const auto place = std::ranges::upper_bound(kept, record.time, {}, &TracedRecord::time);
  kept.insert(place, std::move(record));
  if (kept.size() <= limit) return;
  kept.erase(kept.begin());
  ++left_out;
}

std::vector<TracedRecord> TracedRecords::all() const {
  std::vector<TracedRecord> records;
  for (const auto& bin : bins_) records.insert(records.end(), bin.kept.begin(), bin.kept.end());
  return records;
}

const std::vector<TracedRecord>& TracedRecords::of(Kind kind) const { return bins_[index_of(kind)].kept; }

std::uint64_t TracedRecords::left_out(Kind kind) const { return bins_[index_of(kind)].left_out; }

bool TracedRecords::empty() const {
  return std::ranges::all_of(bins_, [](const Bin& bin) { return bin.kept.empty(); });
}

bool OrderTrace::unknown() const {
  return records.empty() && row.state != Holding::State::present && table.state != Holding::State::present;
}

bool OrderTrace::complete() const {
  return row.state != Holding::State::unknown && table.state != Holding::State::unknown;
}

OrderState state_of(const OrderTrace& trace, const config::Join& join) {
  const auto& records = trace.records;
  if (!records.of(Kind::result).empty()) return decided(records);
  if (!records.of(Kind::payment).empty() || !records.of(Kind::stock).empty()) return Answers(trace, join).state();
  if (!records.of(Kind::announced).empty()) return announced(records.of(Kind::announced).back());
  OrderState state;
  if (trace.unknown()) return state;
  state.kind = State::stored;
  state.words = {fmt::format("no record of it was written in the last {}; --since looks further back",
                             format_duration(trace.looked_back))};
  return state;
}

}  // namespace orders::ctl
