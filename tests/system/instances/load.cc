#include "load.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "api/client.h"
#include "support/saga.h"
#include "support/wait_until.h"
#include "surroundings.h"

namespace orders::test {

using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr auto request_patience = 3s;
constexpr auto hang_up_after = 5ms;
constexpr auto request_pause = 150ms;
constexpr auto turn = 20ms;
constexpr int own_orders_a_turn = 2;
constexpr unsigned answer_takes = 1'200;  // milliseconds, at most: always within the window
constexpr std::int64_t late_by = 8'000;

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// The ids of a batch's answer, if every line is settled.
std::optional<std::vector<std::int64_t>> ids_of(const api::Response& response) try {
  if (response.status != 200) return std::nullopt;
  std::vector<std::int64_t> ids;
  for (const auto& line : parse_lines(response.body)) {
    const int status = line.at("status");
    if (status != 200 && status != 201 && status != 202) return std::nullopt;
    ids.push_back(line.at("body").at("orderId"));
  }
  if (ids.size() != Load::orders_in_request) return std::nullopt;
  return ids;
} catch (const json::exception& e) {
  ADD_FAILURE() << e.what() << ": " << response.body;
  return std::nullopt;
}

}  // namespace

Load::Load(const Fleet& fleet, unsigned seed)
    : fleet_(fleet),
      bootstrap_(surroundings().bootstrap()),
      random_(seed),
      writer_(std::make_unique<LogWriter>(bootstrap_)) {
  for (std::size_t member = 0; member < fleet.size(); ++member) {
    clients_.emplace_back([this, member, seed] { create(member, seed + static_cast<unsigned>(member)); });
  }
  service_ = std::jthread([this] { answer(); });
}

Load::~Load() {
  making_ = false;
  given_up_ = true;
}

// --- clients

void Load::create(std::size_t member, unsigned seed) {
  std::mt19937 random(seed);
  api::Client client(fleet_.daemon(member).setting("api.socket"));
  int made = 0;
  while (!given_up_) {
    std::this_thread::sleep_for(request_pause);
    if (!fleet_.serves(member)) continue;
    const auto request = next_request(member, made);
    if (!request) continue;
    const bool hangs_up = random() % 20 == 0;
    const auto response =
        client.post("/api/orders/batch", request->body, "application/x-ndjson", {{"Idempotency-Key", request->key}},
                    hangs_up ? hang_up_after : request_patience);
    if (hangs_up && !response) ++hung_up_;
    auto ids = response ? ids_of(*response) : std::nullopt;
    const std::lock_guard lock(mutex_);
    if (ids) {
      created_[request->key] = *std::move(ids);
      --open_;
    } else {
      unsettled_.push_back(*request);
    }
  }
}

std::optional<Load::Request> Load::next_request(std::size_t member, int& made) {
  const std::lock_guard lock(mutex_);
  if (!unsettled_.empty()) {
    auto request = std::move(unsettled_.front());
    unsettled_.pop_front();
    return request;
  }
  if (!making_) return std::nullopt;
  ++open_;
  return Request{fmt::format("client-{}-{}", member, ++made), batch_of_orders(orders_in_request)};
}

bool Load::stop_making(std::chrono::milliseconds patience) {
  making_ = false;
  return wait_until(patience, [&] {
    const std::lock_guard lock(mutex_);
    return open_ == 0;
  });
}

std::map<std::string, std::vector<std::int64_t>> Load::created() const {
  const std::lock_guard lock(mutex_);
  return created_;
}

// --- the service

void Load::answer() try {
  while (!given_up_) {
    std::this_thread::sleep_for(turn);
    read_new();
    for (int i = 0; making_ && i < own_orders_a_turn; ++i) plan(++own_made_, false);
    write_due(now_ms());
    if (finishing_ && all_new_seen_ && to_come_.empty()) return close(now_ms());
  }
} catch (const std::exception& e) {
  failure_ = e.what();
}

void Load::plan(std::int64_t id, bool plain) {
  constexpr std::array flaws = {Flaw::no_json, Flaw::no_key,    Flaw::no_value,
                                Flaw::bad_key, Flaw::other_key, Flaw::bad_status};
  for (const bool stock : {false, true}) {
    if (!plain && chance(4)) continue;
    for (int copy = !plain && chance(3) ? 2 : 1; copy > 0; --copy) {
      Answer answer{.stock = stock,
                    .id = id,
                    .flaw = !plain && chance(3) ? flaws[random_() % flaws.size()] : Flaw::none,
                    .status = chance(20) ? "REJECT" : "ACCEPT",
                    .mark = fmt::format("{}{}/{}", stock ? "s" : "p", id, copy),
                    .age = !plain && chance(3) ? late_by : 0};
      to_come_.emplace(now_ms() + static_cast<std::int64_t>(random_() % answer_takes), std::move(answer));
    }
  }
}

/// A reader that broke while the broker was away begins anew.
std::optional<LoggedRecord> Load::next_of_orders() try {
  if (!orders_) orders_.emplace(bootstrap_, fleet_.names().orders());
  return orders_->next(0ms);
} catch (const std::runtime_error&) {
  orders_.reset();
  return std::nullopt;
}

void Load::read_new() {
  while (const auto record = next_of_orders()) {
    if (!record->value) continue;
    if (is_result(*record)) {
      newest_result_ = std::max(newest_result_.load(), record->timestamp);
      continue;
    }
    const auto id = from_int64_key(record->key.value());
    if (seen_new_.insert(id).second) plan(id, true);
  }
  if (!finishing_ || all_new_seen_) return;
  const std::lock_guard lock(mutex_);
  std::size_t seen = 0, all = 0;
  for (const auto& [key, ids] : created_) {
    all += ids.size();
    for (const auto id : ids) seen += seen_new_.contains(id) ? 1 : 0;
  }
  if (seen == all) all_new_seen_ = true;
}

void Load::write_due(std::int64_t now) {
  while (!to_come_.empty() && to_come_.begin()->first <= now) {
    const auto due = std::move(to_come_.extract(to_come_.begin()).mapped());
    write(record_of(due, now));
  }
}

LogWriter::Record Load::record_of(const Answer& answer, std::int64_t now) const {
  auto record = orders::test::answer(answer.stock ? fleet_.names().stock() : fleet_.names().payments(),
                                     java_partition(int64_key(answer.id), Fleet::partitions), answer.id,
                                     answer.status, now - answer.age, answer.mark);
  switch (answer.flaw) {
    case Flaw::none:
      break;
    case Flaw::no_json:
      record.value = "no JSON: " + answer.mark;
      break;
    case Flaw::no_key:
      record.key.reset();
      break;
    case Flaw::no_value:
      record.value.reset();
      break;
    case Flaw::bad_key:
      record.key = "no id";
      break;
    case Flaw::other_key:
      record.key = int64_key(answer.id + 1);
      break;
    case Flaw::bad_status:
      record.value = answer_json(answer.id, "PERHAPS", answer.mark);
      break;
  }
  return record;
}

void Load::write(const LogWriter::Record& record) {
  try {
    writer_->write(record);
  } catch (const std::runtime_error&) {
    replace_writer();
    writer_->write(record);
  }
  ++answers_;
  ++unconfirmed_;
}

/// librdkafka 2.0.2 gives an idempotent producer up for good when it loses count of a batch over a broken connection.
void Load::replace_writer() {
  uncertain_ += std::exchange(unconfirmed_, 0);
  writer_ = std::make_unique<LogWriter>(bootstrap_);
}

/// An order in each partition from so much later that whatever waits there has waited long enough.
void Load::close(std::int64_t now) {
  try {
    writer_->flush();
  } catch (const std::runtime_error&) {
    replace_writer();
  }
  std::set<std::int32_t> closed;
  for (std::int64_t id = first_created - 1; closed.size() < Fleet::partitions; --id) {
    const auto partition = java_partition(int64_key(id), Fleet::partitions);
    if (!closed.insert(partition).second) continue;
    for (const auto& topic : {fleet_.names().payments(), fleet_.names().stock()}) {
      const std::string side = topic == fleet_.names().stock() ? "s" : "p";
      write(orders::test::answer(topic, partition, id, "ACCEPT", now + 2 * window.retention(),
                                 fmt::format("{}{}/1", side, id)));
    }
  }
  writer_->flush();
}

bool Load::finish(std::chrono::milliseconds patience) {
  finishing_ = true;
  const bool all_there = wait_until(patience, [&] { return all_new_seen_.load(); });
  all_new_seen_ = true;  // goes on with what there is
  service_.join();
  given_up_ = true;
  clients_.clear();
  if (!failure_.empty()) throw std::runtime_error("the service of the test: " + failure_);
  return all_there;
}

}  // namespace orders::test
