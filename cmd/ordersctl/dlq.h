// What the commands of dead letters share: which letters, and how they are printed.
#pragma once

#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <vector>

#include "dlq/dead_letters.h"
#include "ordersctl/context.h"

namespace orders::ctl {

struct LetterFlags {
  std::vector<std::string> ids, reasons, topics, keys;
  std::optional<Timestamp> since, until;
  Milliseconds timeout{30'000};
  [[nodiscard]] bool any() const;
};

/// --reason, --topic, --key, --since, --until, --timeout.
void add_letter_flags(CLI::App& command, LetterFlags& flags);
/// `invalid` for an id or a key that is none.
[[nodiscard]] Result<dlq::Filter> filter_of(const LetterFlags& flags, const config::Config& config);

/// The queue that the configuration names, without what was drained.
[[nodiscard]] Result<dlq::DeadLetters> open_dead_letters(Context& context, Milliseconds timeout);

/// An order id as a number (a string where keys are strings), {"base64":…} for what is no key, null for none.
[[nodiscard]] std::string key_json(const std::optional<std::string>& key, config::KeyFormat format);
/// The same for people.
[[nodiscard]] std::string key_text(const std::optional<std::string>& key, config::KeyFormat format);
/// The members of a letter, without value and headers of its own, and without braces.
[[nodiscard]] std::string letter_members(const dlq::Letter& letter, config::KeyFormat format);
/// When the record was written, as far as that is known.
[[nodiscard]] std::string original_time(const dlq::Letter& letter);

}  // namespace orders::ctl
