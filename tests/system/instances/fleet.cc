#include "fleet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <set>

#include "support/saga.h"
#include "surroundings.h"

namespace orders::test {

using namespace std::chrono_literals;
using nlohmann::json;

namespace {

/// A stop may have to wait for a database or a group in which somebody sleeps.
constexpr auto stop_patience = 40s;

/// The offsets that a view has come to, by partition; those it does not read are left out.
std::map<int, std::int64_t> reached(const json& view) {
  std::map<int, std::int64_t> reached;
  for (const auto& at : view.at("partitions")) reached[at.at("partition")] = at.at("next_offset");
  return reached;
}

}  // namespace

Fleet::Fleet(std::size_t members, const Settings& more) {
  Settings settings = {{"kafka.session_timeout", std::to_string(session.count()) + "ms"},
                       {"kafka.transaction_timeout", "4s"},
                       {"stream.threads", "1"},
                       {"stream.commit_interval", "200ms"},
                       {"database.backend", "postgresql"},
                       {"database.url", database_.url()}};
  for (const auto& [name, value] : more) settings[name] = value;
  for (std::size_t i = 0; i < members; ++i) {
    settings["instance_id"] = "i" + std::to_string(i + 1);
    settings["kafka.bootstrap_servers"] = surroundings().bootstrap_of(i);
    auto& member = *members_.emplace_back(std::make_unique<Member>());
    settings["state.directory"] = member.disk.path() / "state";
    member.daemon = std::make_unique<Daemon>("fleet", settings);
    if (i > 0) continue;
    for (const auto* shared : {"application_id", "topics.orders", "topics.payments", "topics.stock",
                               "topics.dead_letter", "topics.drained"}) {
      settings[shared] = member.daemon->setting(shared);
    }
  }
  create_topics(surroundings().bootstrap(), names(), partitions);
  names().ctl_ok({"db", "migrate"});
}

std::vector<const Daemon*> Fleet::running() const {
  std::vector<const Daemon*> running;
  for (const auto& member : members_) {
    if (member->life == Life::running) running.push_back(member->daemon.get());
  }
  return running;
}

void Fleet::perform(Action action, std::size_t number) {
  auto& member = *members_[number];
  if (!is_possible(action, member.life)) return;  // it ended by itself, which has been told
  auto& daemon = *member.daemon;
  member.serves = after(action) == Life::running;
  switch (action) {
    case Action::join:
      daemon.start();
      break;
    case Action::leave:
      EXPECT_EQ(daemon.stop(stop_patience), 0) << daemon.setting("instance_id");
      break;
    case Action::kill:
      daemon.kill();
      break;
    case Action::pause:
      daemon.process().suspend();
      break;
    case Action::wake:
      daemon.process().signal(SIGCONT);
      break;
  }
  member.life = after(action);
}

void Fleet::fill_disk(std::size_t member) { members_[member]->disk.fill(daemon(member).process()); }
void Fleet::empty_disk(std::size_t member) { members_[member]->disk.empty(daemon(member).process()); }

void Fleet::watch() {
  for (const auto& member : members_) {
    if (member->life != Life::running) continue;
    auto& daemon = *member->daemon;
    if (daemon.running()) {
      daemon.check_identity(1s);
      continue;
    }
    ADD_FAILURE() << daemon.setting("instance_id") << " ended by itself with " << daemon.wait(0ms).value_or(-1);
    member->life = Life::absent;
    member->serves = false;
  }
}

std::vector<std::vector<int>> Fleet::tasks() const {
  std::vector<std::vector<int>> tasks;
  for (const auto* daemon : running()) {
    auto& own = tasks.emplace_back();
    const auto status = daemon->get("/api/status");
    if (!status) continue;
    for (const auto& worker : status->at("join").at("workers")) {
      for (const auto& task : worker.at("tasks")) {
        if (task.at("state") == "running") own.push_back(task.at("partition"));
      }
    }
  }
  return tasks;
}

bool Fleet::shared_out() const {
  std::multiset<int> owned;
  for (const auto& own : tasks()) {
    if (own.empty()) return false;
    owned.insert(own.begin(), own.end());
  }
  return owned == std::multiset<int>{0, 1, 2, 3};
}

bool Fleet::caught_up() const {
  const auto& bootstrap = surroundings().bootstrap();
  if (!inputs_committed(bootstrap, names()) || !outputs_settled(bootstrap, names())) return false;
  const auto ends = end_offsets(bootstrap, names().orders());
  std::map<int, std::int64_t> rows;
  for (const auto* daemon : running()) {
    const auto status = daemon->get("/api/status");
    if (!status) return false;
    const auto& views = status->at("views");
    if (views.at("table").at("state") != "current" || views.at("database").at("state") != "current") return false;
    const auto table = reached(views.at("table"));
    for (int p = 0; p < partitions; ++p) {
      if (!table.contains(p) || table.at(p) < ends[static_cast<std::size_t>(p)]) return false;
    }
    rows.merge(reached(views.at("database")));
  }
  return rows.size() == partitions && std::ranges::all_of(rows, [&](const auto& row) {
           return row.second >= ends[static_cast<std::size_t>(row.first)];
         });
}

std::string Fleet::story() const {
  std::string story;
  for (const auto& member : members_) {
    story += "--- " + member->daemon->setting("instance_id") + "\n";
    const auto status = member->life == Life::running ? member->daemon->get("/api/status") : std::nullopt;
    story += status.value_or("no answer").dump(1) + "\n";
  }
  return story;
}

}  // namespace orders::test
