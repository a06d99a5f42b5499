#pragma once
#include <array>
#include <cstdint>
#include <utility>

#include "base/clock.h"
#include "base/intrusive_list.h"

namespace headgate::net {

class TimerWheel;

/// Calls back once when its time has come. Setting it later than it is already linked for costs two stores: it stays
/// where it is in the wheel and is put further back only when it would have fired. Clearing costs one store.
/// Not movable; leaves the wheel when destroyed. The callback may destroy the timer.
class Timer : private base::ListHook {
 public:
  using Callback = void (*)(void* context);
  Timer(TimerWheel& wheel, Callback callback, void* context) : wheel_(wheel), callback_(callback), context_(context) {}

  void set(base::Time when);
  void clear() { wanted_ = base::kNever; }
  bool is_set() const { return wanted_ != base::kNever; }

 private:
  friend class TimerWheel;
  friend class base::IntrusiveList<Timer>;
  TimerWheel& wheel_;
  Callback callback_;
  void* context_;
  base::Time wanted_ = base::kNever;
  std::uint64_t linked_tick_ = 0;
};

/// A hierarchical timing wheel (Varghese and Lauck 1987): constant cost to set, clear and fire, however many there are.
/// Ticks are one millisecond; a timer fires at most one tick late and never early. Five levels of 64 slots reach 12
/// days; what lies beyond waits in the last slot and is looked at again. Pure: time comes in through advance().
class TimerWheel {
 public:
  explicit TimerWheel(base::Time now) : origin_(now) {}
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  /// Fires what is due. Callbacks may set, clear and destroy any timer.
  void advance(base::Time now);

  /// No timer fires before this; kNever if there are none. May be early, by at most the width of a slot.
  base::Time next_expiry() const;

  /// Whether a timer was linked since this was last asked, so that next_expiry() may have come earlier.
  bool take_changed() { return std::exchange(changed_, false); }

 private:
  friend class Timer;
  static constexpr int kLevels = 5;
  static constexpr int kSlotBits = 6;
  static constexpr int kSlots = 1 << kSlotBits;

  std::uint64_t tick_of(base::Time when) const;
  base::Time time_of(std::uint64_t tick) const;
  void link(Timer& timer);
  void visit(int level, int slot, base::Time now);
  std::uint64_t next_tick(int* level, int* slot) const;

  base::Time origin_;
  std::uint64_t current_tick_ = 0;
  bool changed_ = false;
  // A bit may stay set for a slot that has emptied; it is cleared when the slot is visited.
  std::array<std::uint64_t, kLevels> occupied_{};
  std::array<std::array<base::IntrusiveList<Timer>, kSlots>, kLevels> slots_;
};

}  // namespace headgate::net
