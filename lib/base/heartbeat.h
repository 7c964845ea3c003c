// Signs of life of the threads: what a thread that hangs does not give.
//
// A thread that is watched has a Heartbeat, and beats at every turn of its loop. What waits on its behalf deep below
// (for a broker, a database, a disk) beats, too, and says how long it may take; it needs to know nothing of the thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"

namespace orders::heartbeat {

/// The calling thread gets on: it has come to `place`, a literal, which is told of a thread that hangs. Costs a few
/// nanoseconds; does nothing on a thread without a Heartbeat.
void beat(const char* place) noexcept;

/// Of a wait that ends by itself, in whatever time, and that must not be cut off.
inline constexpr Milliseconds no_limit = Milliseconds::max();
/// Of a write that waits for the disk, or for RocksDB to rewrite files first: a new process would not make it faster.
inline constexpr Milliseconds slow_disk = std::chrono::minutes{10};

/// For its lifetime the calling thread waits at `place`, and may be silent for `longest` beyond what is allowed anyway.
/// Begins and ends with a beat. They nest.
class Wait {
 public:
  Wait(const char* place, Milliseconds longest) noexcept;
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;
  ~Wait();

 private:
  const char* place_before_ = nullptr;
  std::int64_t allowed_before_ = 0;
};

struct Pulse;

/// The calling thread is watched for the lifetime of this, which begins and ends on it.
class Heartbeat {
 public:
  explicit Heartbeat(std::string name);
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;
  ~Heartbeat();

 private:
  std::unique_ptr<Pulse> pulse_;
};

/// A thread as its last beat left it.
struct Sign {
  std::uint64_t number = 0;  ///< no other Heartbeat of the process has, or had, the same
  std::string name;
  std::uint64_t beats = 0;
  const char* place = nullptr;
  Milliseconds allowed{0};  ///< silence, beyond the limit that all have
};

/// Of all threads that have a Heartbeat now. Any thread.
[[nodiscard]] std::vector<Sign> signs();

/// What the watchdog has seen, for who asks how it is. Any thread.
struct Looks {
  std::uint64_t count = 0;          ///< how often it has looked
  Milliseconds longest_silence{0};  ///< when it looked last: Watch::longest_silence()
};
void note_look(Milliseconds longest_silence);
[[nodiscard]] Looks looks();

}  // namespace orders::heartbeat
