// A database and a broker in memory, with their faults. Both can be asked, changed and awaited from the test's thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "database/database.h"
#include "intake/engine.h"
#include "intake/publisher.h"

namespace orders::intake::test {

using order::OrderId;

/// What the sessions share.
class FakeDatabase : public database::Database {
 public:
  std::unique_ptr<database::Session> session() override;
  Result<database::SchemaState> schema() override { return database::SchemaState{1, 1}; }
  Result<std::vector<int>> migrate() override { return std::vector<int>{}; }
  std::string describe() const override { return "a fake"; }

  struct Row {
    database::OrderRow row;
    std::string key;
  };
  struct Outbox {
    std::string claimant;
    bool old = false;  ///< older than any age asked for
  };

  template <class Change>
  auto change(Change change) {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
    return change(*this);
  }
  /// False after thirty seconds.
  bool wait_until(const std::function<bool(FakeDatabase&)>& condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), [&] { return condition(*this); });
  }
  /// As a crash between the saving and the publishing leaves it.
  void leave_behind(const order::Order& order, const std::string& claimant, bool old = false) {
    change([&](FakeDatabase& db) {
      db.orders[order.id].row.order = order;
      db.outbox[order.id] = {claimant, old};
    });
  }

  // Under change() and wait_until() only.
  bool away = false;
  bool removal_fails = false;
  bool rows_are_old = false;                       ///< those saved from now on
  enum class Commit { works, lost_answer, lost };  ///< lost…: `abort`, the order saved or not
  std::deque<Commit> commits;                      ///< of the next save_new calls
  std::string refused_product;                     ///< an order with it is `record`
  std::map<OrderId, Row> orders;
  std::map<OrderId, Outbox> outbox;
  int saves = 0;

 private:
  friend class FakeSession;
  std::mutex mutex_;
  std::condition_variable changed_;
};

class FakeSession : public database::Session {
 public:
  explicit FakeSession(FakeDatabase& db) : db_(db) {}

  Result<std::vector<database::Saved>> save_new(std::span<const database::NewOrder> orders,
                                                std::string_view claimant) override {
    return locked<std::vector<database::Saved>>([&]() -> Result<std::vector<database::Saved>> {
      ++db_.saves;
      auto commit = FakeDatabase::Commit::works;
      if (!db_.commits.empty()) {
        commit = db_.commits.front();
        db_.commits.pop_front();
      }
      if (commit == FakeDatabase::Commit::lost) return fail(ErrorClass::abort, "the connection broke");
      for (const auto& order : orders) {
        if (db_.orders.contains(order.order.id)) return fail(ErrorClass::abort, "the id is taken");
        for (const auto& item : order.order.items) {
          if (item.product_id == db_.refused_product) return fail(ErrorClass::record, "the database refuses it");
        }
      }
      std::vector<database::Saved> saved;
      for (const auto& order : orders) saved.push_back(save(order, claimant));
      if (commit == FakeDatabase::Commit::lost_answer) return fail(ErrorClass::abort, "the connection broke");
      return saved;
    });
  }

  Result<std::vector<database::OutboxRow>> outbox(std::string_view claimant, std::size_t limit) override {
    return locked<std::vector<database::OutboxRow>>([&]() -> Result<std::vector<database::OutboxRow>> {
      std::vector<database::OutboxRow> rows;
      for (const auto& [id, row] : db_.outbox) {
        if (row.claimant == claimant && rows.size() < limit) rows.push_back({id, row.claimant, Timestamp()});
      }
      return rows;
    });
  }
  Result<std::vector<std::string>> outbox_claimants(Milliseconds) override {
    return locked<std::vector<std::string>>([&]() -> Result<std::vector<std::string>> {
      std::set<std::string> claimants;
      for (const auto& [id, row] : db_.outbox) {
        if (row.old) claimants.insert(row.claimant);
      }
      return std::vector<std::string>(claimants.begin(), claimants.end());
    });
  }
  Result<std::uint64_t> outbox_claim(std::string_view, std::string_view) override {
    return fail(ErrorClass::bug, "intake moves no claims");
  }
  Result<> outbox_remove(std::span<const OrderId> ids) override {
    return locked<void>([&]() -> Result<> {
      if (db_.removal_fails) return fail(ErrorClass::wait, "the database is away");
      for (const OrderId id : ids) db_.outbox.erase(id);
      return {};
    });
  }
  Result<std::uint64_t> outbox_depth() override {
    return locked<std::uint64_t>([&]() -> Result<std::uint64_t> { return db_.outbox.size(); });
  }
  Result<std::optional<database::OrderRow>> find(OrderId id) override {
    return locked<std::optional<database::OrderRow>>([&]() -> Result<std::optional<database::OrderRow>> {
      const auto found = db_.orders.find(id);
      if (found == db_.orders.end()) return std::nullopt;
      return found->second.row;
    });
  }

  Result<std::vector<database::Position>> positions() override { return fail(ErrorClass::bug, "not intake's"); }
  Result<database::Applied> apply(const database::Batch&) override { return fail(ErrorClass::bug, "not intake's"); }
  Result<std::vector<database::OrderRow>> list(const database::ListFilter&) override {
    return fail(ErrorClass::bug, "not intake's");
  }
  Result<std::vector<StatusCount>> count_by_status() override { return fail(ErrorClass::bug, "not intake's"); }

 private:
  template <class T, class Work>
  Result<T> locked(Work work) {
    const std::lock_guard lock(db_.mutex_);
    db_.changed_.notify_all();
    if (db_.away) return fail(ErrorClass::wait, "the database is away");
    return work();
  }

  database::Saved save(const database::NewOrder& order, std::string_view claimant) {
    for (const auto& [id, row] : db_.orders) {
      if (!order.idempotency_key.empty() && row.key == order.idempotency_key)
        return {row.row.order, true, db_.outbox.contains(id)};
    }
    db_.orders[order.order.id].row.order = order.order;
    db_.orders[order.order.id].key = order.idempotency_key;
    db_.outbox[order.order.id] = {std::string(claimant), db_.rows_are_old};
    return {.order = order.order};
  }

  FakeDatabase& db_;
};

inline std::unique_ptr<database::Session> FakeDatabase::session() { return std::make_unique<FakeSession>(*this); }

/// The topic, and who owns which identity. A publisher whose identity was taken over fails with `fenced`.
class FakeBroker {
 public:
  enum class Fate { works, wait, abort, lost_before, lost_after, fenced };  ///< lost…: `recreate`, published or not

  PublisherFactory publishers() {
    return [this](const std::string& claimant) -> Result<std::unique_ptr<Publisher>> {
      return std::make_unique<Producer>(*this, claimant);
    };
  }
  PublishedCheck is_published() {
    return [this](const std::vector<OrderId>& ids) -> Result<std::vector<bool>> {
      const std::lock_guard lock(mutex_);
      ++checks;
      changed_.notify_all();
      if (table_behind) return fail(ErrorClass::wait, "the table is behind");
      std::vector<bool> published;
      for (const OrderId id : ids) published.push_back(count(id) > 0);
      return published;
    };
  }

  template <class Change>
  auto change(Change change) {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
    return change(*this);
  }
  bool wait_until(const std::function<bool(FakeBroker&)>& condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), [&] { return condition(*this); });
  }

  // Under change() and wait_until() only.
  [[nodiscard]] std::size_t count(OrderId id) const {
    std::size_t found = 0;
    for (const auto& order : topic) found += order.id == id ? 1u : 0u;
    return found;
  }
  bool away = false;          ///< init() and publish() give `wait`
  bool hangs = false;         ///< publish() waits until it no longer does
  bool table_behind = false;  ///< the check can't say
  std::string refused_product;
  std::deque<Fate> fates;  ///< of the next publish calls
  std::vector<order::Order> topic;
  std::vector<std::size_t> transactions;  ///< orders of each that was committed
  std::map<std::string, int> epochs;      ///< inits of each identity
  std::map<std::string, int> fenced;      ///< publishes that met a newer owner
  int checks = 0;
  int publishes = 0;

 private:
  class Producer : public Publisher {
   public:
    Producer(FakeBroker& broker, std::string claimant) : broker_(broker), claimant_(std::move(claimant)) {}
    Result<> init(Milliseconds) override {
      return broker_.change([&](FakeBroker& broker) -> Result<> {
        if (broker.away) return fail(ErrorClass::wait, "the broker is away");
        epoch_ = ++broker.epochs[claimant_];
        return {};
      });
    }
    Result<std::vector<Landed>> publish(std::span<const OrderPtr> orders, Milliseconds) override {
      return broker_.publish(claimant_, epoch_, orders);
    }

   private:
    FakeBroker& broker_;
    std::string claimant_;
    int epoch_ = 0;
  };

  Result<std::vector<Landed>> publish(const std::string& claimant, int epoch, std::span<const OrderPtr> orders) {
    std::unique_lock lock(mutex_);
    ++publishes;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !hangs; });
    if (away) return fail(ErrorClass::wait, "the broker is away");
    if (epochs[claimant] != epoch) {
      ++fenced[claimant];
      return fail(ErrorClass::fenced, "fenced");
    }
    Fate fate = Fate::works;
    if (!fates.empty()) {
      fate = fates.front();
      fates.pop_front();
    }
    if (fate == Fate::wait) return fail(ErrorClass::wait, "the broker is away");
    if (fate == Fate::abort) return fail(ErrorClass::abort, "aborted");
    if (fate == Fate::fenced) return fail(ErrorClass::fenced, "fenced");
    if (fate == Fate::lost_before) return fail(ErrorClass::recreate, "outcome unknown");
    for (const auto& order : orders) {
      for (const auto& item : order->items) {
        if (item.product_id == refused_product) return fail(ErrorClass::record, "too large");
      }
    }
    std::vector<Landed> landed;
    for (const auto& order : orders) {
      landed.push_back({0, static_cast<std::int64_t>(topic.size())});
      topic.push_back(*order);
    }
    transactions.push_back(orders.size());
    if (fate == Fate::lost_after) return fail(ErrorClass::recreate, "outcome unknown");
    return landed;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
};

}  // namespace orders::intake::test
