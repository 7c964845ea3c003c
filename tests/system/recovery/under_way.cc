#include "under_way.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "support/saga.h"
#include "support/wait_until.h"

namespace orders::test {

using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr int partitions = 4;
constexpr auto patience = 60s;
constexpr std::int64_t first_left_behind = 500'000;
constexpr std::int64_t first_created = 1ll << 32;  // ids that the daemon makes

/// Their end is the topic's, by their own account.
bool views_are_current(const json& status, const std::vector<std::int64_t>& ends) {
  for (const char* view : {"table", "database"}) {
    const auto& state = status.at("views").at(view);
    if (state.at("state") != "current") return false;
    for (const auto& at : state.at("partitions")) {
      if (at.at("next_offset") < ends.at(at.at("partition").get<std::size_t>())) return false;
    }
  }
  return true;
}

template <class Set>
void expect_same(const Set& observed, const Set& expected, const char* what) {
  Set missing, surplus;
  std::set_difference(expected.begin(), expected.end(), observed.begin(), observed.end(),
                      std::inserter(missing, missing.end()));
  std::set_difference(observed.begin(), observed.end(), expected.begin(), expected.end(),
                      std::inserter(surplus, surplus.end()));
  EXPECT_TRUE(missing.empty()) << missing.size() << " " << what << " are missing, such as "
                               << testing::PrintToString(*missing.begin());
  EXPECT_TRUE(surplus.empty()) << surplus.size() << " " << what << " are too many, such as "
                               << testing::PrintToString(*surplus.begin());
}

void expect_same_rows(const std::map<std::int64_t, json>& rows, const std::map<std::int64_t, json>& expected,
                      const char* where) {
  int wrong = 0;
  for (const auto& [id, value] : expected) {
    const auto row = rows.find(id);
    if (row != rows.end() && row->second == value) continue;
    if (++wrong <= 5) {
      ADD_FAILURE() << where << ": order " << id << " should be " << value << " and is "
                    << (row == rows.end() ? json("missing") : row->second);
    }
  }
  EXPECT_EQ(wrong, 0) << where;
  EXPECT_EQ(rows.size(), expected.size()) << where << " has rows that the topic does not know";
}

}  // namespace

UnderWay::UnderWay(const std::string& name, unsigned seed, const Settings& more, KafkaBroker& broker,
                   const std::string& bootstrap)
    : broker_(broker),
      daemon_(name, with(with({{"kafka.bootstrap_servers", bootstrap.empty() ? broker.bootstrap() : bootstrap},
                               {"database.backend", "postgresql"},
                               {"database.url", database_.url()},
                               {"stream.commit_interval", "100ms"}},
                              window_.settings()),
                         more)) {
  daemon_.ctl_ok({"db", "migrate"});
  create_topics(broker_.bootstrap(), daemon_, partitions);
  traffic_.emplace(broker_.bootstrap(), daemon_, partitions, seed);
}

void UnderWay::start(const std::string& failpoints, const std::string& watchdog_limit) {
  said_before_ = daemon_.log().size();
  daemon_.start({}, {{"ORDERSD_FAILPOINT", failpoints}, {"ORDERSD_WATCHDOG_LIMIT", watchdog_limit}});
}

void UnderWay::flow(int orders) {
  write(orders);
  await([&] { return !daemon_.running() || inputs_committed(broker_.bootstrap(), daemon_); });
}

void UnderWay::flow_until(const std::function<bool()>& reached) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!reached() && std::chrono::steady_clock::now() < deadline) {
    write();
    await([&] { return reached() || !daemon_.running() || inputs_committed(broker_.bootstrap(), daemon_); });
  }
  await(reached);
}

void UnderWay::await(const std::function<bool()>& reached) const {
  if (!wait_until(patience, reached)) throw std::runtime_error("it never came to that:\n" + daemon_.log());
}

void UnderWay::expect_death_at(const std::string& failpoint) {
  EXPECT_EQ(daemon_.wait(0ms), 137) << "SIGKILL";
  EXPECT_TRUE(said("failpoint " + failpoint + ": kill\n")) << failpoint;
}

void UnderWay::create_orders(int count) {
  const auto file = fmt::format("batch-{}.ndjson", creators_.size());
  write_file(daemon_.folder() / file, batch_of_orders(count));
  auto command = daemon_.ctl_command({"-q", "order", "create", "--batch", file, "--wait", "PT2M"});
  command.output = daemon_.folder() / "create.log";
  creators_.push_back(Process::spawn(command));
  created_ += static_cast<std::size_t>(count);
}

bool UnderWay::is_creating() {
  return std::ranges::any_of(creators_, [](Process& creator) { return creator.running(); });
}

void UnderWay::leave_orders_behind() {
  LogWriter writer(broker_.bootstrap());
  const std::pair<std::string, std::string> claimants[] = {{daemon_.setting("instance_id"), "0 s"}, {"dead", "1 h"}};
  for (const auto& [claimant, age] : claimants) {
    for (const bool published : {false, true, false}) {
      const std::int64_t id = first_left_behind + left_behind_++;
      database_.query(
          fmt::format("INSERT INTO orders (id, customer_id, status) VALUES ({0}, 7, 'NEW');"
                      "INSERT INTO order_items VALUES ({0}, 1, 'mug', 2, 12.50);"
                      "INSERT INTO outbox (order_id, claimant, created_at) VALUES ({0}, '{1}', now() - interval '{2}')",
                      id, claimant, age));
      auto record = answer(daemon_.orders(), -1, id, "NEW", 0);
      if (published) writer.write(record);
    }
  }
  writer.flush();
}

bool UnderWay::said(const std::string& text) const {
  return daemon_.log().find(text, said_before_) != std::string::npos;
}

// --- the whole

bool UnderWay::quiet(const std::vector<Daemon*>& all) {
  if (!inputs_committed(broker_.bootstrap(), daemon_)) return false;
  if (database_.query("SELECT count(*) FROM outbox") != "0") return false;
  if (!outputs_settled(broker_.bootstrap(), daemon_)) return false;
  const auto ends = end_offsets(broker_.bootstrap(), daemon_.orders());
  std::size_t owned = 0;
  for (const Daemon* daemon : all) {
    const auto status = daemon->get("/api/status");
    if (!status || !views_are_current(*status, ends)) return false;
    owned += status->at("/views/database/partitions"_json_pointer).size();
  }
  return owned == partitions;  // what an instance owned that has gone is nobody's for a while
}

void UnderWay::expect_whole(const std::vector<Daemon*>& others) {
  traffic_->finish();
  for (auto& creator : creators_) {
    const auto code = creator.wait(120s);
    // 4: some are saved and were not published when it was told so.
    ASSERT_TRUE(code == 0 || code == 4) << slurp(daemon_.folder() / "create.log") << daemon_.log();
  }
  auto all = others;
  all.push_back(&daemon_);
  ASSERT_TRUE(wait_until(60s, [&] { return quiet(all); }))
      << daemon_.get("/api/status").value_or("no answer").dump(1) << daemon_.log();
  for (const auto* daemon : all) EXPECT_TRUE(daemon->check_identity()) << "every record has one fate";
  expect_views_equal_the_topic();
  for (auto* daemon : all) EXPECT_EQ(daemon->stop(), 0);
  expect_fates_of_the_definition();
  expect_letters_of_the_view();
  expect_announced_once();
}

void UnderWay::expect_fates_of_the_definition() {
  const auto expected = fates_of(traffic_->log(), window_, partitions);
  const auto observed = observed_fates(broker_.bootstrap(), daemon_);
  ASSERT_GT(expected.results.size(), traffic_->log().size() / 3);
  ASSERT_FALSE(expected.dead.empty());
  expect_same(observed.results, expected.results, "results");
  expect_same(observed.dead, expected.dead, "dead letters");
}

/// Both views equal the fold of the topic, row by row.
void UnderWay::expect_views_equal_the_topic() {
  const auto is_bad = [](std::int64_t id) { return id >= Traffic::first_bad_key && id < first_created; };
  std::map<std::int64_t, json> newest, table, database;
  for (const auto& record : read_topic(broker_.bootstrap(), daemon_.orders())) {
    const auto id = from_int64_key(record.key.value());
    if (!is_bad(id)) newest[id] = json::parse(record.value.value());  // of one id all are in one partition
  }
  for (const auto& row : daemon_.ctl_lines({"state", "list", "--limit", "100000"})) {
    if (!is_bad(row.at("key"))) table[row.at("key")] = row.at("value");
  }
  for (auto row : daemon_.ctl_lines({"order", "list", "--limit", "100000"})) {
    for (const char* own : {"createdAt", "updatedAt", "result"}) row.erase(own);
    database[row.at("orderId")] = row;
  }
  expect_same_rows(table, newest, "the table");
  for (auto& [id, value] : newest) value.erase("mark");  // the database keeps the members that it knows
  expect_same_rows(database, newest, "the database");
}

/// At least once each, under one identity.
void UnderWay::expect_letters_of_the_view() {
  std::map<std::string, std::set<std::string>> identities;
  for (const auto& letter : read_topic(broker_.bootstrap(), daemon_.dead_letters())) {
    if (letter.header("orders-origin") != "database") continue;
    EXPECT_EQ(letter.header("orders-reason"), "invalid_value");
    identities[letter.value.value_or("null")].insert(origin_of(letter, daemon_));
  }
  for (int i = 0; i < traffic_->bad_orders(); ++i) {
    const auto value = fmt::format("bad {}", Traffic::first_bad_key + i);
    EXPECT_EQ(identities[value].size(), 1U) << value;
  }
  EXPECT_EQ(identities.size(), static_cast<std::size_t>(traffic_->bad_orders()));
}

/// Every order that was saved stands on the topic as NEW once, and no other does.
void UnderWay::expect_announced_once() {
  std::map<std::int64_t, int> announced;
  for (const auto& record : read_topic(broker_.bootstrap(), daemon_.orders())) {
    const auto id = from_int64_key(record.key.value());
    if (id < first_left_behind || (id >= Traffic::first_bad_key && id < first_created)) continue;
    ++announced[id];
  }
  std::map<std::int64_t, int> saved;
  for (const auto& line :
       parse_lines(database_.query(fmt::format("SELECT id FROM orders WHERE id >= {} AND (id < {} OR id >= {})",
                                               first_left_behind, Traffic::first_bad_key, first_created)))) {
    saved[line.get<std::int64_t>()] = 1;
  }
  EXPECT_EQ(saved.size(), created_ + static_cast<std::size_t>(left_behind_));
  int wrong = 0;
  for (const auto& [id, once] : saved) wrong += announced[id] == once ? 0 : 1;
  EXPECT_EQ(wrong, 0) << "orders that were saved and not announced just once";
  EXPECT_EQ(announced.size(), saved.size()) << "orders that were announced and not saved";
}

}  // namespace orders::test
