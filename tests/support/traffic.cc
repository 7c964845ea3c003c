#include "support/traffic.h"

#include <limits>
#include <tuple>

#include "base/bytes.h"
#include "support/saga.h"

namespace orders::test {

using nlohmann::json;

namespace {

constexpr std::int64_t base = 1'700'000'000'000;
constexpr std::int64_t spacing = 40;

std::string place(bool stock, std::int32_t partition, std::int64_t offset) {
  return (stock ? "stock[" : "payments[") + std::to_string(partition) + "]@" + std::to_string(offset);
}

struct OnTime {
  std::vector<const WrittenAnswer*> side[2];
  std::int64_t stream_time[2] = {-1, -1};
};

/// Who is on time in one partition; the others are dead.
OnTime on_time_of(const std::vector<WrittenAnswer>& log, const JoinWindow& window, int partition, JoinFates& fates) {
  OnTime found;
  for (const auto& answer : log) {
    if (answer.partition != partition) continue;
    if (answer.status.empty()) {
      if (!answer.reason.empty()) fates.dead.emplace(place(answer.stock, partition, answer.offset), answer.reason);
      continue;
    }
    auto& stream_time = found.stream_time[answer.stock];
    const bool late = answer.time + (answer.stock ? window.before : window.after) + window.grace < stream_time;
    stream_time = std::max(stream_time, answer.time);
    if (late) {
      fates.dead.emplace(place(answer.stock, partition, answer.offset), "late");
    } else {
      found.side[answer.stock].push_back(&answer);
    }
  }
  return found;
}

}  // namespace

Settings JoinWindow::settings() const {
  return {{"join.window", "{before: " + std::to_string(before) + "ms, after: " + std::to_string(after) + "ms}"},
          {"join.grace", std::to_string(grace) + "ms"}};
}

JoinFates fates_of(const std::vector<WrittenAnswer>& log, const JoinWindow& window, int partitions) {
  JoinFates fates;
  for (int partition = 0; partition < partitions; ++partition) {
    const auto on_time = on_time_of(log, window, partition, fates);
    std::set<const WrittenAnswer*> joined;
    for (const auto* p : on_time.side[0]) {
      for (const auto* s : on_time.side[1]) {
        if (p->id != s->id || s->time < p->time - window.before || s->time > p->time + window.after) continue;
        const auto outcome = decide({{"status", p->status}}, {{"status", s->status}, {"source", nullptr}});
        fates.results.emplace(s->mark, outcome.status, std::max(p->time, s->time));
        joined.insert({p, s});
      }
    }
    for (const int side : {0, 1}) {
      for (const auto* answer : on_time.side[side]) {
        const bool passed = answer->time + window.retention() < on_time.stream_time[1 - side];
        if (passed && !joined.contains(answer)) {
          fates.dead.emplace(place(answer->stock, partition, answer->offset), "unmatched");
        }
      }
    }
  }
  return fates;
}

std::string origin_of(const LoggedRecord& letter, const Daemon& daemon) {
  const auto topic = letter.header("kafka_dlt-original-topic").value_or("");
  const auto partition = letter.header("kafka_dlt-original-partition").value_or("");
  const auto offset = letter.header("kafka_dlt-original-offset").value_or("");
  if (partition.size() != 4 || offset.size() != 8) return "no headers";
  const std::string name = topic == daemon.payments() ? "payments"
                           : topic == daemon.stock()  ? "stock"
                           : topic == daemon.orders() ? "orders"
                                                      : topic;
  return name + "[" + std::to_string(load_be32(partition.data())) + "]@" + std::to_string(load_be64(offset.data()));
}

JoinFates observed_fates(const std::string& bootstrap, const Daemon& daemon) {
  JoinFates fates;
  for (const auto& record : read_topic(bootstrap, daemon.orders())) {
    const auto value = json::parse(record.value.value(), nullptr, false);
    if (value.is_discarded() || value.at("status") == "NEW") continue;
    fates.results.emplace(value.at("mark"), value.at("status"), record.timestamp);
  }
  for (const auto& record : read_topic(bootstrap, daemon.dead_letters())) {
    if (record.header("orders-origin") != "join") continue;
    fates.dead.emplace(origin_of(record, daemon), record.header("orders-reason").value_or("no reason"));
  }
  return fates;
}

Traffic::Traffic(const std::string& bootstrap, const Daemon& daemon, int partitions, unsigned seed)
    : writer_(bootstrap),
      orders_(daemon.orders()),
      payments_(daemon.payments()),
      stock_(daemon.stock()),
      partitions_(partitions),
      random_(seed) {}

void Traffic::add_answers(std::int64_t id) {
  const std::int64_t at = base + id * spacing;
  for (const bool stock : {false, true}) {
    if (chance(5)) continue;
    for (int copy = chance(3) ? 2 : 1; copy > 0; --copy) {
      WrittenAnswer answer;
      answer.stock = stock;
      answer.partition = static_cast<std::int32_t>(id % partitions_);
      answer.id = id;
      answer.time = at + static_cast<std::int64_t>(random_() % 4'000);
      answer.status = chance(2) ? "" : chance(20) ? "REJECT" : "ACCEPT";
      answer.mark = (stock ? "s" : "p") + std::to_string(id) + "/" + std::to_string(copy);
      const std::int64_t delay = chance(4) ? 8'000 : static_cast<std::int64_t>(random_() % 1'500);
      to_come_.emplace(answer.time + delay, std::move(answer));
    }
  }
}

/// NEW comes before the answers, as it does in life: its offset decides which of them is the newest.
void Traffic::write(int count) {
  const auto first = made_ + 1;
  made_ += count;
  for (auto id = first; id <= made_; ++id) {
    add_answers(id);
    if (chance(30)) continue;  // its row is missing when the result comes
    writer_.write(answer(orders_, static_cast<std::int32_t>(id % partitions_), id, "NEW", base + id * spacing));
  }
  const std::int64_t bad = first_bad_key + bad_orders_++;
  writer_.write({orders_,
                 static_cast<std::int32_t>(bad % partitions_),
                 int64_key(bad),
                 "bad " + std::to_string(bad),
                 base + made_ * spacing,
                 {}});
  writer_.flush();
  write_until(base + made_ * spacing);
}

void Traffic::finish() { write_until(std::numeric_limits<std::int64_t>::max()); }

void Traffic::write_until(std::int64_t moment) {
  while (!to_come_.empty() && to_come_.begin()->first <= moment) {
    auto written = std::move(to_come_.extract(to_come_.begin()).mapped());
    written.offset = next_offset_[{written.stock, written.partition}]++;
    auto record = answer(written.stock ? stock_ : payments_, written.partition, written.id, written.status,
                         written.time, written.mark);
    if (written.status.empty()) record.value = "no JSON: " + written.mark;
    writer_.write(record);
    log_.push_back(std::move(written));
  }
  writer_.flush();
}

}  // namespace orders::test
