#include "net/timer.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace headgate::net {
namespace {

constexpr std::uint64_t kNoTick = std::numeric_limits<std::uint64_t>::max();
constexpr std::int64_t kTickNs = 1'000'000;

}  // namespace

void Timer::set(base::Time when) {
  wanted_ = when;
  if (when == base::kNever) return;
  if (is_linked()) {
    if (linked_tick_ <= wheel_.tick_of(when)) return;
    unlink();
  }
  wheel_.link(*this);
}

std::uint64_t TimerWheel::tick_of(base::Time when) const {
  const std::int64_t ns = (when - origin_).count();
  return ns <= 0 ? 0 : static_cast<std::uint64_t>((ns - 1) / kTickNs + 1);
}

base::Time TimerWheel::time_of(std::uint64_t tick) const {
  return origin_ + base::Duration(static_cast<std::int64_t>(tick) * kTickNs);
}

void TimerWheel::link(Timer& timer) {
  timer.linked_tick_ = tick_of(timer.wanted_);
  // The slot of the current tick has been visited already: what is due now waits for the next one.
  const std::uint64_t reach = (std::uint64_t{1} << (kLevels * kSlotBits)) - 1;
  const std::uint64_t tick = std::clamp(timer.linked_tick_, current_tick_ + 1, current_tick_ + reach);
  const std::uint64_t distance = tick ^ current_tick_;
  const int level = std::min((static_cast<int>(std::bit_width(distance)) - 1) / kSlotBits, kLevels - 1);
  const int slot = static_cast<int>(tick >> (level * kSlotBits)) & (kSlots - 1);
  slots_[level][slot].push_back(timer);
  occupied_[level] |= std::uint64_t{1} << slot;
  changed_ = true;
}

/// The earliest tick at which an occupied slot must be visited, and which slot that is.
std::uint64_t TimerWheel::next_tick(int* level_out, int* slot_out) const {
  std::uint64_t best = kNoTick;
  for (int level = 0; level < kLevels; ++level) {
    if (occupied_[level] == 0) continue;
    const int shift = level * kSlotBits;
    const int here = static_cast<int>(current_tick_ >> shift) & (kSlots - 1);
    // Slots behind `here` belong to the next turn of this level's wheel; only the topmost level can hold such.
    const int offset = std::countr_zero(std::rotr(occupied_[level], (here + 1) & (kSlots - 1))) + 1;
    const std::uint64_t tick = ((current_tick_ >> shift) + static_cast<std::uint64_t>(offset)) << shift;
    if (tick < best) {
      best = tick;
      *level_out = level;
      *slot_out = (here + offset) & (kSlots - 1);
    }
  }
  return best;
}

base::Time TimerWheel::next_expiry() const {
  int level = 0;
  int slot = 0;
  const std::uint64_t tick = next_tick(&level, &slot);
  return tick == kNoTick ? base::kNever : time_of(tick);
}

void TimerWheel::visit(int level, int slot, base::Time now) {
  occupied_[level] &= ~(std::uint64_t{1} << slot);
  base::IntrusiveList<Timer> due;  // apart, so that a timer set again from a callback is not met twice
  while (!slots_[level][slot].empty()) due.push_back(slots_[level][slot].pop_front());
  while (!due.empty()) {
    Timer& timer = due.pop_front();
    if (timer.wanted_ == base::kNever) continue;
    if (timer.wanted_ > now) {
      link(timer);
      continue;
    }
    timer.wanted_ = base::kNever;
    timer.callback_(timer.context_);
  }
}

void TimerWheel::advance(base::Time now) {
  const std::int64_t ns = (now - origin_).count();
  const std::uint64_t target = ns <= 0 ? 0 : static_cast<std::uint64_t>(ns / kTickNs);
  while (true) {
    int level = 0;
    int slot = 0;
    const std::uint64_t tick = next_tick(&level, &slot);
    if (tick > target) break;
    current_tick_ = tick;
    visit(level, slot, now);
  }
  current_tick_ = std::max(current_tick_, target);
}

}  // namespace headgate::net
