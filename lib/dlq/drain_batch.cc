// One batch of a drain: mended, written where it goes, marked.
#include <fmt/format.h>

#include <iterator>

#include "base/bytes.h"
#include "dlq/drain.h"
#include "dlq/edit.h"
#include "replay/json_text.h"

namespace orders::dlq {
namespace {

std::string json(std::string_view text) {
  std::string quoted;
  replay::append_json_string(quoted, replay::is_utf8(text) ? std::string(text) : printable(text));
  return quoted;
}

Outgoing outgoing(const Letter& letter, const Route& route, Timestamp now) {
  Outgoing out;
  out.identity = letter.identity();
  out.mark = fmt::format(R"({{"letter":{},"reason":{},"to":{},"time":"{}"}})", json(letter.id()),
                         json(letter.reason()), json(route.to), format_timestamp(now));
  if (route.way == Way::topic) out.record = redriven(letter, route.to, now);
  return out;
}

}  // namespace

Result<> Drain::send() {
  auto batch = std::exchange(batch_, {});
  if (batch.units.empty()) return {};
  const auto letters = batch.letters;
  if (auto paced = pace(letters); !paced) return {};  // stopped: nothing of it was done
  auto sent = edit(batch)
                  .and_then([&] { return write_file(batch); })
                  .and_then([&] { return apply(batch); })
                  .and_then([&] { return redrive(batch); });
  hooks_.progress(report_.done());
  return sent;
}

/// After a stop what is not mended yet stays for the next time.
Result<> Drain::edit(Batch& batch) {
  if (options_.edit_command.empty()) return {};
  for (auto& unit : batch.units) {
    Items mended;
    for (auto& item : unit) {
      if (!hooks_.stopped() && edit(item.letter)) mended.push_back(std::move(item));
    }
    unit = std::move(mended);
  }
  return {};
}

bool Drain::edit(Letter& letter) {
  auto value = edited(options_.edit_command, letter.value.value_or(""), options_.timeout);
  if (value) {
    letter.value = *std::move(value);
  } else {
    fail_letter(letter, "edit command", "the edit command: " + value.error().message);
  }
  return value.has_value();
}

Result<> Drain::write_file(const Batch& batch) {
  std::vector<const Letter*> letters;
  for (const auto& unit : batch.units) {
    for (const auto& item : unit) {
      if (item.route.way == Way::file) letters.push_back(&item.letter);
    }
  }
  return letters.empty() ? Result<>{} : file_->append(letters);
}

/// What the database refuses leaves the batch.
Result<> Drain::apply(Batch& batch) {
  std::vector<const Letter*> letters;
  for (const auto& unit : batch.units) {
    for (const auto& item : unit) {
      if (item.route.way == Way::database) letters.push_back(&item.letter);
    }
  }
  if (letters.empty()) return {};
  auto refused = database_target_->apply(letters);
  if (!refused) return fail(std::move(refused.error()));
  auto why = refused->begin();
  for (auto& unit : batch.units) {
    Items left;
    for (auto& item : unit) {
      const bool refuses = item.route.way == Way::database && why->has_value();
      if (refuses) fail_letter(item.letter, "refused by the database", "the database: " + **why);
      if (item.route.way == Way::database) ++why;
      if (!refuses) left.push_back(std::move(item));
    }
    unit = std::move(left);
  }
  return {};
}

Result<> Drain::redrive(const Batch& batch) {
  std::vector<Unit> units;
  for (const auto& items : batch.units) {
    const auto now = wall_clock_now();
    Unit unit;
    for (const auto& [letter, route] : items) unit.push_back(outgoing(letter, route, now));
    units.push_back(std::move(unit));
  }
  return redrive(batch.units, units);
}

/// All, or when the broker refuses one of them, each half, down to the one that it is about.
Result<> Drain::redrive(std::span<const Items> items, std::span<const Unit> units) {
  auto sent = redriver_->send(units);
  if (sent) {
    for (const auto& unit : items) count(unit);
    return {};
  }
  if (sent.error().error_class != ErrorClass::record) return sent;
  if (units.size() == 1) {
    for (const auto& item : items.front()) {
      fail_letter(item.letter, "refused by the broker", fmt::format("{}: {}", item.route.to, sent.error().message));
    }
    return {};
  }
  const auto half = units.size() / 2;
  if (auto first = redrive(items.first(half), units.first(half)); !first) return first;
  return redrive(items.subspan(half), units.subspan(half));
}

void Drain::count(const Items& items) {
  for (const auto& item : items) {
    auto& counter = item.route.way == Way::file       ? report_.written
                    : item.route.way == Way::database ? report_.applied
                                                      : report_.redriven;
    ++counter;
  }
}

void Drain::fail_letter(const Letter& letter, const std::string& category, const std::string& why) {
  ++report_.failed[category];
  hooks_.failed(letter, why);
}

/// Fails when it is time to stop.
Result<> Drain::pace(std::size_t letters) {
  if (options_.rate == 0) return {};
  const auto now = std::chrono::steady_clock::now();
  if (due_ && now < *due_ && !hooks_.sleep(std::chrono::ceil<Milliseconds>(*due_ - now)))
    return fail(ErrorClass::refused, "stopped");
  due_ = std::max(due_.value_or(now), now) + std::chrono::microseconds(1'000'000 * letters / options_.rate);
  return {};
}

}  // namespace orders::dlq
