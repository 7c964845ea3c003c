#include "base/heartbeat_watch.h"

#include <algorithm>
#include <utility>

namespace orders::heartbeat {

std::vector<Watch::Hung> Watch::look(std::span<const Sign> signs, Clock::time_point now) {
  const auto passed = std::min<Clock::duration>(now - std::exchange(looked_, now), most_counted_);
  std::map<std::uint64_t, Silence> threads;
  std::vector<Hung> hung;
  longest_ = Milliseconds{0};
  for (const auto& sign : signs) {
    auto& silence = threads[sign.number];
    silence.beats = sign.beats;
    const auto known = threads_.find(sign.number);
    if (known == threads_.end() || known->second.beats != sign.beats) continue;
    silence.lasts = known->second.lasts + passed;
    const auto silent = std::chrono::duration_cast<Milliseconds>(silence.lasts);
    longest_ = std::max(longest_, silent - std::min(silent, sign.allowed));
    // Not added up: no_limit is the largest number that there is.
    if (silent > limit_ && silent - limit_ > sign.allowed) hung.push_back({sign.name, sign.place, silent});
  }
  threads_ = std::move(threads);
  return hung;
}

}  // namespace orders::heartbeat
