#include "catalog/breaker.h"

namespace orders::catalog {

bool Breaker::take_probe(Clock::time_point now) {
  if (state_ != State::open || now < probe_at_) return false;
  state_ = State::half_open;
  return true;
}

Breaker::Clock::time_point Breaker::probe_at() const {
  return state_ == State::open ? probe_at_ : Clock::time_point::max();
}

void Breaker::answered() {
  state_ = State::closed;
  failures_ = 0;
}

bool Breaker::failed(Clock::time_point now) {
  if (state_ == State::open) return false;
  if (state_ == State::closed && ++failures_ < limit_) return false;
  state_ = State::open;
  failures_ = 0;
  probe_at_ = now + pause_;
  return true;
}

std::string_view to_string(Breaker::State state) {
  switch (state) {
    case Breaker::State::closed:
      return "closed";
    case Breaker::State::open:
      return "open";
    case Breaker::State::half_open:
      return "half_open";
  }
  return "?";
}

}  // namespace orders::catalog
