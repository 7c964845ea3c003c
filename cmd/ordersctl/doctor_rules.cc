// Groups, transactions, keys: what only the broker can tell.
#include "ordersctl/doctor_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "ordersctl/output.h"
#include "preflight/acls.h"

namespace orders::ctl {
namespace {

using namespace std::chrono_literals;

/// Kafka's own limit for a transaction (transaction.max.timeout.ms): the broker ends an older one by itself, unless it
/// has lost sight of it.
constexpr Milliseconds longest_transaction = 15min;
constexpr std::size_t shown = 5;

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// Ready to paste: who it is, whether the broker has lost sight of it, and its end.
std::string transaction_commands(const HeldBack& held, const config::Config& config) {
  const auto tool =
      fmt::format("kafka-transactions.sh --bootstrap-server {}", preflight::shell_word(config.kafka.bootstrap_servers));
  const auto at = fmt::format("--topic {} --partition {}", preflight::shell_word(held.at.topic), held.at.partition);
  return fmt::format(
      "whose it is: {0} describe-producers {1}\n"
      "whether it hangs: {0} find-hanging {1}\n"
      "only if it hangs, abort it: {0} abort {1} --start-offset {2}",
      tool, at, held.stable);
}

}  // namespace

Diagnoses diagnose_group(const GroupFacts& facts) {
  const auto check = "group " + facts.id;
  if (facts.still_rebalancing) {
    return {{Level::error, check,
             fmt::format("a rebalance does not end (state {}, members {}): nothing is read meanwhile", facts.state,
                         listed(facts.members)),
             "ordersctl status of each instance says which one does not answer; stop it, or wait for its session to "
             "time out (kafka.session_timeout)"}};
  }
  if (!facts.members.empty()) {
    return {{Level::ok, check, fmt::format("{}: {}", facts.state, listed(facts.members)), {}}};
  }
  if (facts.daemon_answers) {
    return {{Level::warn, check, fmt::format("no member (state {}), though the daemon answers", facts.state),
             "ordersctl status says what it waits for; does it run with this application_id and this broker?"}};
  }
  return {{Level::warn, check, fmt::format("no member (state {}): nothing is read", facts.state),
           "start ordersd: systemctl start ordersd"}};
}

Diagnoses diagnose_transactions(const std::vector<HeldBack>& held, const config::Config& config, Timestamp now) {
  Diagnoses found;
  for (const auto& partition : held) {
    const auto age = partition.begun && *partition.begun <= now ? std::optional(now - *partition.begun) : std::nullopt;
    const bool hangs = age && *age > longest_transaction;
    found.push_back(
        {hangs ? Level::error : Level::warn, "transactions",
         fmt::format("{}: an open transaction{} holds back {} offsets, from {} on: nobody who reads committed records "
                     "gets past it",
                     partition.at.text(),
                     age ? " of " + format_duration(std::chrono::floor<std::chrono::seconds>(*age)) : std::string{},
                     grouped(static_cast<std::uint64_t>(partition.end - partition.stable)), partition.stable),
         transaction_commands(partition, config)});
  }
  if (found.empty()) found.push_back({Level::ok, "transactions", "none holds back a topic", {}});
  return found;
}

Diagnoses diagnose_keys(const KeySample& payments, const KeySample& stock, const config::Topics& topics) {
  std::uint64_t common = 0;
  std::vector<std::string> apart;
  std::uint64_t count = 0;
  for (const auto& [id, partition] : payments.partitions) {
    const auto other = stock.partitions.find(id);
    if (other == stock.partitions.end()) continue;
    ++common;
    if (other->second == partition) continue;
    if (++count <= shown) apart.push_back(fmt::format("{} ({} and {})", id, partition, other->second));
  }
  const auto looked = fmt::format("{} of the newest {} and {} records have the same order", grouped(common),
                                  grouped(payments.records), grouped(stock.records));
  if (count > 0) {
    std::string mend = "let both services partition by the key alike, as the Java client does (librdkafka: partitioner "
                       "murmur2_random); answers that are there already stay apart";
    for (const auto& [sample, topic] : {std::pair(&payments, &topics.payments), std::pair(&stock, &topics.stock)}) {
      if (sample->elsewhere == 0) continue;
      mend += fmt::format("\nnot by murmur2: {} records of {}", grouped(sample->elsewhere), *topic);
    }
    return {{Level::error, "keys",
             fmt::format("{} on different partition numbers of {} and {}, and never meet: {}{}",
                         counted(count, "order sits", "orders sit"), topics.payments, topics.stock, listed(apart),
                         count > shown ? ", …" : ""),
             std::move(mend)}};
  }
  if (common == 0) return {{Level::ok, "keys", looked + ": nothing to compare", {}}};
  return {{Level::ok, "keys", looked + ", on the same partition number of both inputs", {}}};
}

}  // namespace orders::ctl
