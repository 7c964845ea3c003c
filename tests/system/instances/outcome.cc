#include "outcome.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "support/saga.h"
#include "surroundings.h"

namespace orders::test {
namespace {

using nlohmann::json;

constexpr std::size_t most_examples = 12;

/// What a store holds of an order: status, source, and the result's offset (-1: none).
struct Row {
  std::string status;
  std::string source;  ///< empty: null
  std::int64_t result = -1;
  friend bool operator==(const Row&, const Row&) = default;
};
using Rows = std::map<std::int64_t, Row>;

std::string text(const Row& row) { return fmt::format("{} ({}) @{}", row.status, row.source, row.result); }

/// A record of an input: an answer, or why it is none.
WrittenAnswer as_written(bool stock, const LoggedRecord& record) {
  WrittenAnswer written{.stock = stock,
                        .partition = record.partition,
                        .offset = record.offset,
                        .id = 0,
                        .time = record.timestamp,
                        .status = "",
                        .mark = "",
                        .reason = ""};
  if (!record.key || !record.value) return written;
  const auto value = json::parse(*record.value, nullptr, false);
  if (record.key->size() != 8) {
    written.reason = "invalid_key";
  } else if (value.is_discarded()) {
    written.reason = "invalid_value";
  } else if (written.id = from_int64_key(*record.key); value.at("orderId").get<std::int64_t>() != written.id) {
    written.reason = "key_mismatch";
  } else if (const auto& status = value.at("status"); status != "ACCEPT" && status != "REJECT") {
    written.reason = "invalid_status";
  } else {
    written.status = status.get<std::string>();
    written.mark = value.at("mark").get<std::string>();
  }
  return written;
}

class Examination {
 public:
  Examination(Fleet& fleet, const Load& load) : fleet_(fleet), load_(load) {}

  Figures run() {
    figures_.hung_up = load_.hung_up();
    figures_.answers = load_.answers();
    read_orders();
    compare_fates();
    compare_news();
    compare_rows("database", rows_of_database(), figures_.stale_rows);
    for (const auto* daemon : fleet_.running()) {
      compare_rows("table of " + daemon->setting("instance_id"), rows_of_table(*daemon), figures_.table_rows);
    }
    compare_requests();
    return std::move(figures_);
  }

 private:
  void count(std::size_t& counter, std::string example) {
    ++counter;
    if (figures_.examples.size() < most_examples) figures_.examples.push_back(std::move(example));
  }

  static Row row_of(const json& value, std::int64_t result) {
    const auto& source = value.at("source");
    return {value.at("status"), source.is_null() ? "" : source.get<std::string>(), result};
  }

  /// The fold of the topic: the newest of each order, and how often each was announced.
  void read_orders() {
    for (const auto& record : read_topic(bootstrap_, fleet_.names().orders())) {
      const auto value = json::parse(record.value.value());
      const std::int64_t id = value.at("orderId");
      const bool is_new = value.at("status") == "NEW";
      is_new ? ++news_[id] : ++figures_.results;
      const auto known = newest_.find(id);
      const auto before = known == newest_.end() ? -1 : known->second.result;
      newest_[id] = row_of(value, is_new ? before : record.offset);
    }
  }

  std::vector<WrittenAnswer> read_inputs() {
    std::vector<WrittenAnswer> log;
    for (const bool stock : {false, true}) {
      for (const auto& record : read_topic(bootstrap_, stock ? fleet_.names().stock() : fleet_.names().payments())) {
        log.push_back(as_written(stock, record));
      }
    }
    return log;
  }

  void compare_fates() {
    const auto log = read_inputs();
    if (log.size() > load_.answers() || log.size() + load_.uncertain() < load_.answers()) {
      count(figures_.missing, fmt::format("{} answers on the topics, {} written", log.size(), load_.answers()));
    }
    const auto expected = fates_of(log, Load::window, Fleet::partitions);
    const auto observed = observed_fates(bootstrap_, fleet_.names());
    compare(expected.results, observed.results, "result", figures_.missing, figures_.duplicates);
    compare(expected.dead, observed.dead, "dead letter", figures_.dead_letters, figures_.dead_letters);
  }

  template <class Set>
  void compare(const Set& expected, const Set& observed, const std::string& what, std::size_t& missing,
               std::size_t& surplus) {
    std::vector<typename Set::value_type> difference;
    std::ranges::set_difference(expected, observed, std::back_inserter(difference));
    for (const auto& one : difference) count(missing, what + " missing: " + text_of(one));
    difference.clear();
    std::ranges::set_difference(observed, expected, std::back_inserter(difference));
    for (const auto& one : difference) count(surplus, what + " too much: " + text_of(one));
  }
  static std::string text_of(const std::tuple<std::string, std::string, std::int64_t>& result) {
    return fmt::format("{} {} {}", std::get<0>(result), std::get<1>(result), std::get<2>(result));
  }
  static std::string text_of(const std::pair<std::string, std::string>& letter) {
    return letter.first + " " + letter.second;
  }

  /// Every order that was created is announced once, and no other.
  void compare_news() {
    for (const auto& [key, ids] : load_.created()) {
      for (const auto id : ids) {
        ++figures_.created;
        if (!news_.contains(id)) count(figures_.missing, fmt::format("NEW of {} missing", id));
      }
    }
    for (const auto& [id, times] : news_) {
      for (int more = 1; more < times; ++more) count(figures_.duplicates, fmt::format("a second NEW of {}", id));
    }
  }

  Rows rows_of_database() {
    Rows rows;
    std::istringstream lines(fleet_.database().query(
        "SELECT id, status, coalesce(source, ''), coalesce(result_offset, -1) FROM orders ORDER BY id"));
    for (std::string line; std::getline(lines, line);) {
      std::istringstream cells(line);
      std::string id, status, source, result;
      for (auto* cell : {&id, &status, &source, &result}) std::getline(cells, *cell, '|');
      rows[std::stoll(id)] = {status, source, std::stoll(result)};
    }
    return rows;
  }

  Rows rows_of_table(const Daemon& daemon) {
    Rows rows;
    for (const auto& row : daemon.ctl_lines({"state", "list", "--limit", "1000000"})) {
      const auto& value = row.at("value");
      const bool is_new = value.at("status") == "NEW";
      rows[row.at("key")] = row_of(value, is_new ? -1 : row.at("offset").get<std::int64_t>());
    }
    return rows;
  }

  void compare_rows(const std::string& where, const Rows& rows, std::size_t& wrong) {
    for (const auto& [id, row] : newest_) {
      const auto found = rows.find(id);
      if (found != rows.end() && found->second == row) continue;
      count(wrong, fmt::format("{}: {} should be {} and is {}", where, id, text(row),
                               found == rows.end() ? "missing" : text(found->second)));
    }
    for (const auto& [id, row] : rows) {
      if (!newest_.contains(id)) count(wrong, fmt::format("{}: {} is not on the topic", where, id));
    }
  }

  /// A key's orders are there once, and those that the client was told of, whomever it asked and how often.
  void compare_requests() {
    std::map<std::string, std::int64_t> told;
    for (const auto& [key, ids] : load_.created()) {
      for (std::size_t line = 0; line < ids.size(); ++line) told[fmt::format("{}/{}", key, line + 1)] = ids[line];
    }
    std::map<std::string, std::int64_t> saved;
    std::istringstream lines(
        fleet_.database().query("SELECT idempotency_key, id FROM orders WHERE idempotency_key IS NOT NULL"));
    for (std::string line; std::getline(lines, line);) {
      const auto bar = line.rfind('|');
      saved[line.substr(0, bar)] = std::stoll(line.substr(bar + 1));
    }
    for (const auto& [key, id] : told) {
      if (!saved.contains(key) || saved.at(key) != id) count(figures_.requests, fmt::format("{}: not {}", key, id));
    }
    for (const auto& [key, id] : saved) {
      if (!told.contains(key)) count(figures_.requests, fmt::format("{}: {} was told to nobody", key, id));
    }
    for (const auto& [id, times] : news_) {
      const bool known = std::ranges::any_of(told, [&](const auto& one) { return one.second == id; });
      if (!known) count(figures_.duplicates, fmt::format("NEW of {}, which nobody created", id));
    }
  }

  Fleet& fleet_;
  const Load& load_;
  const std::string bootstrap_ = surroundings().bootstrap();
  Figures figures_;
  Rows newest_;
  std::map<std::int64_t, int> news_;
};

}  // namespace

void Figures::add(const Figures& other) {
  for (const auto count : {&Figures::created, &Figures::hung_up, &Figures::answers, &Figures::results,
                           &Figures::duplicates, &Figures::missing, &Figures::stale_rows, &Figures::table_rows,
                           &Figures::dead_letters, &Figures::requests}) {
    this->*count += other.*count;
  }
}

Figures examine(Fleet& fleet, const Load& load) { return Examination(fleet, load).run(); }

}  // namespace orders::test
