#pragma once
#include <coroutine>
#include <cstdint>
#include <utility>

#include "base/intrusive_list.h"
#include "net/loop.h"

namespace headgate::health {

/// Lets so many through at once; the rest wait in the order in which they came. Whoever waits for a pass is never
/// starved, since every holder gives its pass back within a check's timeout.
///
///     Turnstile::Pass pass = co_await turnstile.enter();
class Turnstile {
 public:
  Turnstile(net::Loop& loop, std::uint32_t passes) : loop_(loop), free_(passes) {}
  Turnstile(const Turnstile&) = delete;
  Turnstile& operator=(const Turnstile&) = delete;

  /// Gives itself back when destroyed.
  class Pass {
   public:
    explicit Pass(Turnstile& turnstile) : turnstile_(&turnstile) {}
    Pass(Pass&& other) noexcept : turnstile_(std::exchange(other.turnstile_, nullptr)) {}
    Pass& operator=(Pass&&) = delete;
    ~Pass() {
      if (turnstile_ != nullptr) turnstile_->give_back();
    }

   private:
    Turnstile* turnstile_;
  };

  class [[nodiscard]] Waiter : public base::ListHook {
   public:
    explicit Waiter(Turnstile& turnstile)
        : turnstile_(turnstile), ready_([](void* self) { static_cast<Waiter*>(self)->awaiting_.resume(); }, this) {}
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter() {
      if (holds_pass_) turnstile_.give_back();  // let through, but destroyed before it could go
    }
    bool await_ready() {
      if (turnstile_.free_ == 0) return false;
      --turnstile_.free_;
      holds_pass_ = true;
      return true;
    }
    void await_suspend(std::coroutine_handle<> awaiting) {
      awaiting_ = awaiting;
      turnstile_.waiting_.push_back(*this);
    }
    Pass await_resume() {
      holds_pass_ = false;
      return Pass(turnstile_);
    }

   private:
    friend class Turnstile;
    Turnstile& turnstile_;
    net::ReadyHook ready_;
    std::coroutine_handle<> awaiting_;
    bool holds_pass_ = false;
  };
  Waiter enter() { return Waiter(*this); }

  std::uint32_t free() const { return free_; }

 private:
  void give_back() {
    if (waiting_.empty()) {
      ++free_;
      return;
    }
    Waiter& next = waiting_.pop_front();
    next.holds_pass_ = true;
    loop_.wake_soon(next.ready_);
  }

  net::Loop& loop_;
  std::uint32_t free_;
  base::IntrusiveList<Waiter> waiting_;
};

}  // namespace headgate::health
