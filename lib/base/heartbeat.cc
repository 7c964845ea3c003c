#include "base/heartbeat.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

namespace orders::heartbeat {

/// Written by its thread alone.
struct Pulse {
  std::uint64_t number = 0;
  std::string name;
  std::atomic<std::uint64_t> beats{0};
  std::atomic<const char*> place{"its beginning"};
  std::atomic<std::int64_t> allowed{0};  ///< milliseconds
};

namespace {

thread_local Pulse* current = nullptr;
std::atomic<std::uint64_t> looks_taken{0};
std::atomic<std::int64_t> silence_seen{0};  ///< milliseconds

struct Registry {
  std::mutex mutex;
  std::vector<const Pulse*> pulses;
  std::uint64_t last_number = 0;
};

Registry& registry() {
  static Registry all;
  return all;
}

/// No read-modify-write: nobody else writes it.
void beat(Pulse& pulse, const char* place) noexcept {
  pulse.place.store(place, std::memory_order_relaxed);
  pulse.beats.store(pulse.beats.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

}  // namespace

void beat(const char* place) noexcept {
  if (current != nullptr) beat(*current, place);
}

Wait::Wait(const char* place, Milliseconds longest) noexcept {
  if (current == nullptr) return;
  place_before_ = current->place.load(std::memory_order_relaxed);
  allowed_before_ = current->allowed.load(std::memory_order_relaxed);
  current->allowed.store(longest.count(), std::memory_order_relaxed);
  beat(*current, place);
}

Wait::~Wait() {
  if (current == nullptr || place_before_ == nullptr) return;
  beat(*current, place_before_);
  // Whoever sees that less is allowed sees the beat before it.
  current->allowed.store(allowed_before_, std::memory_order_release);
}

Heartbeat::Heartbeat(std::string name) : pulse_(std::make_unique<Pulse>()) {
  pulse_->name = std::move(name);
  auto& all = registry();
  const std::lock_guard lock(all.mutex);
  pulse_->number = ++all.last_number;
  all.pulses.push_back(pulse_.get());
  current = pulse_.get();
}

Heartbeat::~Heartbeat() {
  current = nullptr;
  auto& all = registry();
  const std::lock_guard lock(all.mutex);
  std::erase(all.pulses, pulse_.get());
}

void note_look(Milliseconds longest_silence) {
  silence_seen.store(longest_silence.count(), std::memory_order_relaxed);
  looks_taken.fetch_add(1, std::memory_order_relaxed);
}

Looks looks() {
  return {looks_taken.load(std::memory_order_relaxed), Milliseconds{silence_seen.load(std::memory_order_relaxed)}};
}

std::vector<Sign> signs() {
  auto& all = registry();
  const std::lock_guard lock(all.mutex);
  std::vector<Sign> signs;
  for (const Pulse* pulse : all.pulses) {
    const Milliseconds allowed{pulse->allowed.load(std::memory_order_acquire)};  // before the beats, see ~Wait
    signs.push_back({.number = pulse->number,
                     .name = pulse->name,
                     .beats = pulse->beats.load(std::memory_order_relaxed),
                     .place = pulse->place.load(std::memory_order_relaxed),
                     .allowed = allowed});
  }
  return signs;
}

}  // namespace orders::heartbeat
