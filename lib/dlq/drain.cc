#include "dlq/drain.h"

#include <fmt/format.h>

#include <algorithm>

#include "preflight/topic_states.h"

namespace orders::dlq {
namespace {

/// Of one transaction. At a rate fewer, so that it is kept to within a quarter of a second.
constexpr std::size_t batch_letters = 500, batch_bytes = 4u << 20, batches_a_second = 4;
/// More letters of one key than this are no two answers of one order that missed one another.
constexpr std::size_t most_partners = 100;

Result<std::set<std::string>> topic_names(const kafka::Admin& admin, Milliseconds timeout) {
  auto topics = admin.all_topics(timeout);
  if (!topics) return fail(std::move(topics.error()));
  std::set<std::string> names;
  for (const auto& topic : *topics) names.insert(topic.name);
  return names;
}

/// Marks that go some day would let letters be drained twice.
Result<> check_marks_topic(const kafka::Admin& admin, const config::Config& config, Milliseconds timeout) {
  auto plan = preflight::topic_plan(config);
  std::erase_if(plan, [](const auto& topic) { return topic.role != preflight::Role::drained; });
  auto states = preflight::read_topics(admin, plan, timeout);
  if (!states) return fail(std::move(states.error()));
  for (const auto& finding : preflight::check_topics(plan, *states, config)) {
    if (finding.level != preflight::Level::error) continue;
    return fail(ErrorClass::invalid,
                fmt::format("the topic of what was drained is not fit: {}: {}", finding.topic, finding.what),
                "mend it: " + finding.mend);
  }
  return {};
}

Result<> check_target(const config::Topics& topics, const std::string& to_topic) {
  for (const auto& name : {topics.orders, topics.dead_letter, topics.drained}) {
    if (to_topic == name)
      return fail(ErrorClass::invalid, fmt::format("nothing is drained to {}", name),
                  "leave --to-topic out: each letter then goes back to where it came from");
  }
  return {};
}

std::size_t size_of(const Letter& letter) {
  return (letter.value ? letter.value->size() : 0) + (letter.key ? letter.key->size() : 0);
}

/// Empty: it has no partner that could be waited for.
std::string partner_key(const Letter& letter, const Route& route) {
  return route.way == Way::topic && letter.missed_its_partner() ? letter.key.value_or("") : std::string{};
}

}  // namespace

Drain::Drain(const config::Config& config, DrainOptions options, DrainHooks hooks, DeadLetters letters, Router router)
    : config_(config),
      options_(std::move(options)),
      hooks_(std::move(hooks)),
      letters_(std::move(letters)),
      router_(std::move(router)) {}

Result<std::unique_ptr<Drain>> Drain::open(const kafka::Connection& connection, const config::Config& config,
                                           std::unique_ptr<database::Database> database, DrainOptions options,
                                           DrainHooks hooks, Mode mode) {
  const auto timeout = options.timeout;
  if (auto fit = check_target(config.topics, options.to_topic); !fit) return fail(std::move(fit.error()));
  auto admin = kafka::Admin::create(connection);
  if (!admin) return fail(std::move(admin.error()));
  auto letters = DeadLetters::open(connection, config.topics, timeout);
  if (!letters) return fail(std::move(letters.error()));
  auto topics = topic_names(*admin, timeout);
  if (!topics) return fail(std::move(topics.error()));
  Router router(config, {options.to_topic, options.to_file, database != nullptr, *std::move(topics)});
  std::unique_ptr<Drain> drain(
      new Drain(config, std::move(options), std::move(hooks), *std::move(letters), std::move(router)));
  drain->database_ = std::move(database);
  if (mode == Mode::plan) return drain;
  if (auto prepared = drain->prepare(connection, *admin); !prepared) return fail(std::move(prepared.error()));
  return drain;
}

/// The file first: a drain whose file is in use must not fence the one that uses it.
Result<> Drain::prepare(const kafka::Connection& connection, const kafka::Admin& admin) {
  if (auto fit = check_marks_topic(admin, config_, options_.timeout); !fit) return fit;
  if (!options_.to_file.empty()) {
    auto file = FileTarget::open(options_.to_file, config_.topics.key_format);
    if (!file) return fail(std::move(file.error()));
    file_.emplace(*std::move(file));
  }
  if (database_ != nullptr) database_target_.emplace(*database_, config_);
  Redriver::Options redriver;
  redriver.connection = connection;
  redriver.transactional_id = config_.application_id + "-drain";
  redriver.transaction_timeout = config_.kafka.transaction_timeout;
  redriver.marks_topic = config_.topics.drained;
  redriver.timeout = options_.timeout;
  redriver_.emplace(std::move(redriver), letters_.marks());
  return redriver_->open();
}

Result<DrainPlan> Drain::plan() {
  DrainPlan plan;
  std::uint64_t read = 0;
  partners_.clear();
  auto scan = letters_.read(options_.filter, [&](Letter& letter) {
    const auto route = router_.route(letter);
    if (route.way == Way::held) {
      ++plan.held[route.why];
    } else {
      ++plan.letters;
      ++plan.goes[{route.to, letter.reason()}];
      if (auto key = partner_key(letter, route); !key.empty()) ++partners_[std::move(key)];
    }
    hooks_.reading(++read);
    return !hooks_.stopped();
  });
  if (!scan) return fail(std::move(scan.error()));
  plan.drained = scan->drained;
  std::erase_if(partners_, [](const auto& partners) { return partners.second < 2 || partners.second > most_partners; });
  return plan;
}

DrainReport Drain::run() {
  Result<> done;
  bool limited = false;
  auto scan = letters_.read(options_.filter, [&](Letter& letter) {
    auto route = router_.route(letter);
    if (route.way == Way::held) return true;
    auto unit = take(letter, std::move(route));
    if (!unit) return true;
    limited = !fits(*unit);
    if (limited) return false;
    done = add(*std::move(unit));
    return done.has_value() && !hooks_.stopped();
  });
  if (done && !scan) done = fail(std::move(scan.error()));
  // Partners that somebody else has drained meanwhile are not waited for.
  for (auto& [key, unit] : incomplete_) {
    if (done && !limited && !hooks_.stopped()) done = add(std::move(unit));
  }
  if (done && !hooks_.stopped()) done = send();
  if (done && report_.done() > 0 && !hooks_.stopped()) redriver_->settle();
  if (!done) report_.error = std::move(done.error());
  report_.stopped = hooks_.stopped();
  return std::move(report_);
}

/// The letter alone, or with its partners once all of them were read.
std::optional<Drain::Items> Drain::take(Letter& letter, Route route) {
  const auto key = partner_key(letter, route);
  const auto partners = partners_.find(key);
  Item item{std::move(letter), std::move(route)};
  Items unit;
  if (key.empty() || partners == partners_.end()) {
    unit.push_back(std::move(item));
    return unit;
  }
  auto& so_far = incomplete_[key];
  so_far.push_back(std::move(item));
  if (so_far.size() < partners->second) return std::nullopt;
  unit = std::move(so_far);
  incomplete_.erase(key);
  return unit;
}

/// Partners are not parted: the first of them may go beyond the limit.
bool Drain::fits(const Items& unit) const {
  return !options_.limit || taken_ == 0 || taken_ + unit.size() <= *options_.limit;
}

Result<> Drain::add(Items unit) {
  taken_ += unit.size();
  batch_.letters += unit.size();
  for (const auto& item : unit) batch_.bytes += size_of(item.letter);
  batch_.units.push_back(std::move(unit));
  return full() ? send() : Result<>{};
}

bool Drain::full() const {
  const auto most = options_.rate == 0
                        ? batch_letters
                        : std::clamp<std::size_t>(options_.rate / batches_a_second, 1, batch_letters);
  return batch_.letters >= most || batch_.bytes >= batch_bytes;
}

}  // namespace orders::dlq
