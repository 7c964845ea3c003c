#include "support/saga.h"

#include <ostream>
#include <stdexcept>

#include "support/wait_until.h"

namespace orders::test {

using nlohmann::json;

void PrintTo(const Outcome& outcome, std::ostream* out) { *out << outcome.status << " from " << outcome.source; }

Outcome decide(const json& payment, const json& stock) {
  const std::string p = payment.at("status");
  const std::string s = stock.at("status");
  const json stock_source = stock.contains("source") ? stock.at("source") : json(nullptr);
  if (p == "ACCEPT" && s == "ACCEPT") return {"CONFIRMED", nullptr};
  if (p == "REJECT" && s == "REJECT") return {"REJECTED", stock_source};
  if (p == "REJECT") return {"ROLLBACK", "PAYMENT"};
  if (s == "REJECT") return {"ROLLBACK", "INVENTORY"};
  return {s, stock_source};
}

std::string answer_json(std::int64_t id, const std::string& status, const std::string& mark) {
  return R"({"orderId":)" + std::to_string(id) + R"(,"customerId":7,"status":")" + status +
         R"(","source":null,"items":[{"itemId":1,"productId":"mug","quantity":2,"productPrice":12.50}],"mark":")" +
         mark + R"("})";
}

LogWriter::Record answer(const std::string& topic, std::int32_t partition, std::int64_t id, const std::string& status,
                         std::int64_t timestamp, const std::string& mark) {
  return {topic, partition, int64_key(id), answer_json(id, status, mark), timestamp, {}};
}

std::map<std::int64_t, std::vector<json>> by_order(const std::vector<LoggedRecord>& records) {
  std::map<std::int64_t, std::vector<json>> orders;
  for (const auto& record : records) {
    json value = json::parse(record.value.value());
    const std::int64_t id = value.at("orderId");
    orders[id].push_back(std::move(value));
  }
  return orders;
}

bool is_result(const LoggedRecord& record) { return record.value && json::parse(*record.value).at("status") != "NEW"; }

std::vector<LoggedRecord> results_only(std::vector<LoggedRecord> records) {
  std::erase_if(records, [](const LoggedRecord& record) { return !is_result(record); });
  return records;
}

std::string batch_of_orders(int count, int first_customer) {
  std::string lines;
  for (int i = 0; i < count; ++i) {
    lines += R"({"customerId":)" + std::to_string(first_customer + i % 100) + R"(,"items":[{"productId":"sku-)" +
             std::to_string(i % 50) + R"(","quantity":)" + std::to_string(1 + i % 3) + R"(,"productPrice":)" +
             std::to_string(1 + i % 900) + ".99}]}\n";
  }
  return lines;
}

void create_topics(const std::string& bootstrap, const Daemon& daemon, int partitions) {
  for (const auto& topic : {daemon.payments(), daemon.stock(), daemon.orders()}) {
    create_topic(bootstrap, topic, partitions);
  }
  create_topic(bootstrap, daemon.dead_letters(), 1);
  create_topic(bootstrap, daemon.setting("topics.drained"), 1, {{"cleanup.policy", "compact"}});
}

void ResultFollower::await(std::size_t count, std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (count_ < count) {
    if (const auto record = reader_.next(std::chrono::milliseconds{200})) count_ += is_result(*record) ? 1 : 0;
    if (std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error(std::to_string(count_) + " results after " + std::to_string(timeout.count()) +
                               " ms, not " + std::to_string(count));
    }
  }
}

std::size_t ResultFollower::catch_up() const { return results_only(read_topic(bootstrap_, topic_)).size(); }

bool inputs_committed(const std::string& bootstrap, const Daemon& daemon) {
  for (const auto& topic : {daemon.payments(), daemon.stock()}) {
    if (committed_offsets(bootstrap, daemon.setting("application_id"), topic) != end_offsets(bootstrap, topic)) {
      return false;
    }
  }
  return true;
}

bool outputs_settled(const std::string& bootstrap, const Daemon& daemon) {
  for (const auto& topic : {daemon.orders(), daemon.dead_letters()}) {
    if (end_offsets(bootstrap, topic) != end_offsets(bootstrap, topic, Isolation::read_uncommitted)) return false;
  }
  return true;
}

json join_with_waiting(const Daemon& daemon, std::size_t count) {
  json status;
  const bool reached = wait_until(std::chrono::seconds{60}, [&] {
    status = daemon.get("/api/status").value_or(json::object());
    return status.contains("join") && status["join"].value("waiting", json(nullptr)) == count;
  });
  if (!reached) {
    throw std::runtime_error(std::to_string(count) + " do not wait: " + status.dump(1) + daemon.log());
  }
  return status["join"];
}

std::int64_t join_figure(const Daemon& daemon, const std::string& pointer) {
  const auto status = daemon.get("/api/status");
  if (!status) return -1;
  const auto figure = status->value(json::json_pointer("/join" + pointer), json(nullptr));
  return figure.is_number() ? figure.get<std::int64_t>() : -1;
}

}  // namespace orders::test
