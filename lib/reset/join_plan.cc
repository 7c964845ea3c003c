#include "reset/join_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "topology/commit_metadata.h"

namespace orders::reset {
namespace {

using kafka::offset_none;

/// What the worker will not go on from, and where it can (docs/failures.md, "gap").
struct Gap {
  std::int64_t to = 0;
  std::string why;
};

bool is_ours(const Input& input) {
  const auto metadata = topology::decode(input.metadata);
  return metadata && *metadata;
}

Gap offset_gone(const Input& input) {
  return {input.marks.low, fmt::format("the committed offset is gone. What the input still holds ({}..{}) is read as "
                                       "new: nothing is lost, and results that it had made are published once more",
                                       input.marks.low, input.marks.high)};
}

Gap made_anew(const Input& input) {
  return {input.marks.low, fmt::format("it ends at {}, and {} was committed: the topic was made anew. It is read from "
                                       "its begin: nothing of it is lost",
                                       input.marks.high, input.committed)};
}

/// Retention has eaten what the rebuild needs, and perhaps what was not even read.
Gap records_gone(const Input& input, std::int64_t from) {
  const auto low = input.marks.low;
  auto why = fmt::format("records {}..{} are gone, which the join needs: what waited among them is lost without a dead "
                         "letter, and a partner that is still there ends as unmatched",
                         from, std::min(low, input.committed) - 1);
  if (from >= input.committed) why.clear();
  if (low > input.committed) {
    why += fmt::format("{}records {}..{} are gone and were never read: they are lost", why.empty() ? "" : "; ",
                       input.committed, low - 1);
  }
  return {std::max(low, input.committed), std::move(why)};
}

std::optional<Gap> gap_of(const Input& input, bool has_run, bool buffered) {
  if (input.committed == offset_none) return has_run ? std::optional(offset_gone(input)) : std::nullopt;
  if (input.committed > input.marks.high) return made_anew(input);
  const auto metadata = topology::decode(input.metadata);
  if (!metadata) {
    return Gap{std::max(input.committed, input.marks.low),
               fmt::format("{}. It goes on from the same offset without it: nothing is lost",
                           metadata.error().message)};
  }
  const auto from = *metadata ? (*metadata)->start.from.offset : input.committed;
  if (from < input.marks.low && !buffered) return records_gone(input, from);
  return std::nullopt;
}

/// Whether anything at all is committed: where nothing is, the group itself has gone.
bool any_committed(const Situation& situation) {
  return std::ranges::any_of(situation.tasks, [](const Task& task) {
    return std::ranges::any_of(task.inputs, [](const Input& input) { return input.committed != offset_none; });
  });
}

class Planner {
 public:
  Planner(const Situation& situation, const JoinRequest& request)
      : situation_(situation), request_(request), group_gone_(!any_committed(situation) && situation.ran_with > 0) {}

  Result<JoinPlan> plan() {
    if (auto valid = check_request(); !valid) return fail(valid.error());
    if (auto same = check_count(); !same) return fail(same.error());
    for (const auto& task : situation_.tasks) {
      const bool named = std::ranges::find(request_.partitions, partition_of(task)) != request_.partitions.end();
      if (!named && !request_.partitions.empty()) continue;
      auto planned = request_.to ? wind(task) : mend(task, named);
      if (!planned) return fail(planned.error());
    }
    return std::move(plan_);
  }

 private:
  static std::int32_t partition_of(const Task& task) { return task.inputs[0].at.partition; }

  [[nodiscard]] Result<> check_request() const {
    const auto count = static_cast<std::int32_t>(situation_.tasks.size());
    for (const auto partition : request_.partitions) {
      if (partition >= 0 && partition < count) continue;
      return fail(ErrorClass::invalid, fmt::format("there is no partition {}: the inputs have {}", partition, count));
    }
    if (request_.topic.empty() || count == 0) return {};
    const auto& inputs = situation_.tasks.front().inputs;
    if (request_.topic == inputs[0].at.topic || request_.topic == inputs[1].at.topic) return {};
    return fail(ErrorClass::invalid, fmt::format("{} is no input of the join: those are {} and {}", request_.topic,
                                                 inputs[0].at.topic, inputs[1].at.topic));
  }

  Result<> check_count() {
    const auto count = static_cast<std::int32_t>(situation_.tasks.size());
    if (situation_.ran_with == 0 || situation_.ran_with == count) return {};
    auto changed = fmt::format("the inputs have {} partitions, and had {} when the join ran last: keys have moved, so "
                               "that orders with one answer in each place end as unmatched",
                               count, situation_.ran_with);
    if (request_.accept_gap) {
      plan_.forgets_run = std::move(changed);
      return {};
    }
    return fail(ErrorClass::refused, std::move(changed),
                fmt::format("make the topics anew with {} partitions, or accept it with --accept-gap",
                            situation_.ran_with));
  }

  /// To where it was asked for; the side that stays loses its metadata, too, for that belongs to both.
  Result<> wind(const Task& task) {
    for (const auto& input : task.inputs) {
      const bool moves = request_.topic.empty() || request_.topic == input.at.topic;
      auto to = moves ? offset_at(*request_.to, input.at, input.marks, input.committed, input.at_time)
                      : Result<std::int64_t>(input.committed);
      if (!to) return fail(to.error());
      if (*to == offset_none && moves) {
        return fail(ErrorClass::invalid, fmt::format("nothing is committed for {}", input.at.text()),
                    "name a place with --to, or begin where the input begins with --accept-gap");
      }
      if (*to != offset_none) add(input, *to, {});
    }
    return {};
  }

  Result<> mend(const Task& task, bool named) {
    const bool has_run = task.committed_before || group_gone_ || is_ours(task.inputs[0]) || is_ours(task.inputs[1]);
    std::array<std::optional<Gap>, 2> gaps;
    for (std::size_t i = 0; i < 2; ++i) gaps[i] = gap_of(task.inputs[i], has_run || named, task.buffered);
    if (!gaps[0] && !gaps[1] && !named) return {};
    for (std::size_t i = 0; i < 2; ++i) {
      const auto& input = task.inputs[i];
      if (gaps[i]) {
        add(input, gaps[i]->to, std::move(gaps[i]->why));
      } else if (input.committed != offset_none) {
        const auto other = gaps[1 - i].has_value();
        add(input, input.committed,
            other ? "stays where it is, as the other side's cold start needs"
                  : "no gap can be seen from here; it goes on from the same offset, by a cold start");
      }
    }
    return {};
  }

  void add(const Input& input, std::int64_t to, std::string why) {
    if (to == input.committed && input.metadata.empty()) return;
    plan_.steps.push_back({input.at, input.committed, to, input.marks, std::move(why)});
  }

  const Situation& situation_;
  const JoinRequest& request_;
  const bool group_gone_;
  JoinPlan plan_;
};

}  // namespace

Result<JoinPlan> plan_join(const Situation& situation, const JoinRequest& request) {
  return Planner(situation, request).plan();
}

}  // namespace orders::reset
