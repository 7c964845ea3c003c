#include "base/failpoint.h"

#ifdef ORDERS_FAILPOINTS

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/time.h"

namespace orders::failpoint {
namespace {

constexpr Milliseconds sleep_time{500};

enum class Action : std::uint8_t { kill, stop, sleep, hang, throw_, error };
constexpr std::pair<std::string_view, Action> plain_actions[] = {{"kill", Action::kill},
                                                                 {"stop", Action::stop},
                                                                 {"sleep", Action::sleep},
                                                                 {"hang", Action::hang},
                                                                 {"throw", Action::throw_}};

struct Armed {
  std::string name;
  Action action = Action::kill;
  ErrorClass error_class = ErrorClass::bug;
  std::uint64_t passages_left = 1;  ///< 0: it has happened
  bool always = false;              ///< at every passage

  bool passed() { return always || (passages_left > 0 && --passages_left == 0); }
};

std::mutex mutex;            // of `all`; only taken while something is armed
std::vector<Armed>& all() {  // static objects of other files may pass before this one's are made
  static std::vector<Armed> list;
  return list;
}

Result<> set_action(Armed& point, std::string_view word) {
  for (const auto& [name, action] : plain_actions) {
    point.action = action;
    if (word == name) return {};
  }
  point.action = Action::error;
  for (const auto error_class : {ErrorClass::wait, ErrorClass::denied, ErrorClass::abort, ErrorClass::recreate,
                                 ErrorClass::record, ErrorClass::fenced, ErrorClass::gap, ErrorClass::bug}) {
    point.error_class = error_class;
    if (word == to_string(error_class)) return {};
  }
  return fail(ErrorClass::invalid, fmt::format("ORDERSD_FAILPOINT: '{}' is no action", word));
}

/// "3", or "*".
Result<> set_passage(Armed& point, std::string_view number) {
  point.always = number == "*";
  if (point.always) return {};
  const auto* end = number.data() + number.size();
  const auto parsed = std::from_chars(number.data(), end, point.passages_left);
  if (parsed.ec == std::errc{} && parsed.ptr == end && point.passages_left > 0) return {};
  return fail(ErrorClass::invalid, fmt::format("ORDERSD_FAILPOINT: '{}' is no number of a passage", number));
}

/// name=action, name=action@n or name=action@*
Result<Armed> parse(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == 0 || equals == std::string_view::npos) {
    return fail(ErrorClass::invalid, fmt::format("ORDERSD_FAILPOINT: '{}' is not of the form name=action@n", text));
  }
  Armed point;
  point.name = text.substr(0, equals);
  auto action = text.substr(equals + 1);
  if (const auto at = action.find('@'); at != std::string_view::npos) {
    if (auto known = set_passage(point, action.substr(at + 1)); !known) return fail(known.error());
    action = action.substr(0, at);
  }
  if (auto known = set_action(point, action); !known) return fail(known.error());
  return point;
}

/// Not by the log: a killed process could not bring its last line out.
void say(const Armed& point, std::string_view what) {
  const auto line = fmt::format("failpoint {}: {}\n", point.name, what);
  (void)!::write(STDERR_FILENO, line.data(), line.size());
}

std::optional<Error> act(const Armed& point) {
  switch (point.action) {
    case Action::kill:
      say(point, "kill");
      ::kill(::getpid(), SIGKILL);
      for (;;) ::pause();  // no step further, however late the signal comes
    case Action::stop:
      say(point, "stop");
      ::raise(SIGSTOP);  // to this thread: one that goes to the process lets it run on for a moment
      return std::nullopt;
    case Action::sleep:
      say(point, "sleep");
      std::this_thread::sleep_for(sleep_time);
      return std::nullopt;
    case Action::hang:
      say(point, "hang");
      for (;;) ::pause();
    case Action::throw_:
      say(point, "throw");
      throw std::runtime_error("failpoint " + point.name);
    case Action::error:
      break;
  }
  say(point, to_string(point.error_class));
  return Error{point.error_class, "failpoint " + point.name, {}};
}

/// A test that arms what it can't must not pass for it.
[[maybe_unused]] const bool armed_by_environment = [] {
  const char* text = std::getenv("ORDERSD_FAILPOINT");
  if (text == nullptr) return false;
  const auto done = arm(text);
  if (!done) {
    (void)!::write(STDERR_FILENO, (done.error().message + "\n").c_str(), done.error().message.size() + 1);
    ::_exit(2);
  }
  return true;
}();

}  // namespace

Result<> arm(std::string_view text) {
  std::vector<Armed> points;
  while (!text.empty()) {
    const auto end = std::min(text.find(';'), text.size());
    auto point = parse(text.substr(0, end));
    if (!point) return fail(point.error());
    points.push_back(*std::move(point));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  const std::lock_guard lock(mutex);
  armed = !points.empty();
  all() = std::move(points);
  return {};
}

std::optional<Error> pass(std::string_view name) {
  std::optional<Armed> now;
  {
    const std::lock_guard lock(mutex);
    for (auto& point : all()) {
      if (point.name == name && point.passed()) now = point;
    }
  }
  return now ? act(*now) : std::nullopt;
}

}  // namespace orders::failpoint

#endif
