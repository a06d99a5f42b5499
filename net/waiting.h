#pragma once
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "net/loop.h"
#include "net/timer.h"

namespace headgate::net {

/// One coroutine waits here until another piece of the same thread opens the gate, or a deadline passes.
///
///     const bool opened = co_await gate.wait(deadline);
///
/// open() before wait() is remembered; wait() closes the gate behind itself.
class Gate {
 public:
  explicit Gate(Loop& loop)
      : loop_(loop),
        timer_(
            loop.timers(), [](void* self) { static_cast<Gate*>(self)->wake(false); }, this),
        ready_([](void* self) { static_cast<Gate*>(self)->wake(true); }, this) {}

  /// Wakes the waiter on the loop's next turn. May be called again and again.
  void open() {
    open_ = true;
    if (waiter_) loop_.wake_soon(ready_);
  }
  bool is_open() const { return open_; }

  class [[nodiscard]] Waiter {
   public:
    Waiter(Gate& gate, base::Time deadline) : gate_(gate), deadline_(deadline) {}
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter() {
      if (waiting_) gate_.forget();
    }
    bool await_ready() const { return gate_.open_; }
    void await_suspend(std::coroutine_handle<> awaiting) {
      if (gate_.waiter_) base::invariant_broken("two coroutines wait at one gate");
      waiting_ = true;
      gate_.waiter_ = awaiting;
      gate_.timer_.set(deadline_);
    }
    bool await_resume() {
      waiting_ = false;
      gate_.timer_.clear();
      return std::exchange(gate_.open_, false);
    }

   private:
    Gate& gate_;
    base::Time deadline_;
    bool waiting_ = false;
  };
  /// True if opened, false at the deadline.
  Waiter wait(base::Time deadline) { return Waiter(*this, deadline); }

 private:
  void wake(bool opened) {
    if (!waiter_) return;
    open_ = open_ || opened;
    ready_.unlink();
    std::exchange(waiter_, nullptr).resume();
  }
  void forget() {
    waiter_ = nullptr;
    timer_.clear();
    ready_.unlink();
  }

  Loop& loop_;
  bool open_ = false;
  std::coroutine_handle<> waiter_;
  Timer timer_;
  ReadyHook ready_;
};

/// Lets the others have their turn. See next_turn().
class [[nodiscard]] NextTurn {
 public:
  explicit NextTurn(Loop& loop)
      : loop_(loop), ready_([](void* self) { static_cast<NextTurn*>(self)->awaiting_.resume(); }, this) {}
  NextTurn(const NextTurn&) = delete;
  NextTurn& operator=(const NextTurn&) = delete;
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> awaiting) {
    awaiting_ = awaiting;
    loop_.wake_soon(ready_);
  }
  void await_resume() {}

 private:
  Loop& loop_;
  std::coroutine_handle<> awaiting_;
  ReadyHook ready_;
};

/// `co_await next_turn(loop);` goes on when all sockets that are ready now have been served.
inline NextTurn next_turn(Loop& loop) {
  return NextTurn(loop);
}

/// How much one connection may do in one turn of the loop. Between a fast peer and a fast peer nothing ever would
/// block, and all others would wait.
///
///     if (share.is_used_up(bytes)) co_await next_turn(loop);
class TurnShare {
 public:
  static constexpr std::size_t kBytesMax = 1024 * 1024;
  explicit TurnShare(Loop& loop) : loop_(loop) {}

  /// Adds what was moved just now.
  bool is_used_up(std::size_t bytes) {
    if (loop_.turn() != turn_) used_ = 0;
    turn_ = loop_.turn();
    used_ += bytes;
    return used_ >= kBytesMax;
  }

 private:
  Loop& loop_;
  std::uint64_t turn_ = 0;
  std::size_t used_ = 0;
};

/// Awaits a point in time. See sleep_until().
class [[nodiscard]] Sleep {
 public:
  Sleep(Loop& loop, base::Time when)
      : when_(when), timer_(loop.timers(), [](void* self) { static_cast<Sleep*>(self)->awaiting_.resume(); }, this) {}
  Sleep(const Sleep&) = delete;
  Sleep& operator=(const Sleep&) = delete;
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> awaiting) {
    awaiting_ = awaiting;
    timer_.set(when_);
  }
  void await_resume() {}

 private:
  base::Time when_;
  std::coroutine_handle<> awaiting_;
  Timer timer_;
};

/// `co_await sleep_until(loop, when);`
inline Sleep sleep_until(Loop& loop, base::Time when) {
  return Sleep(loop, when);
}

}  // namespace headgate::net
