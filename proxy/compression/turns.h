#pragma once
#include <coroutine>

#include "base/intrusive_list.h"
#include "net/loop.h"

namespace headgate::proxy::compression {

/// How much a worker compresses in one turn of its loop, so that its other connections get theirs: kSlices pieces of at
/// most kSliceBytes, whoever's they are. Who comes when they are used up waits in the order of coming.
///
///     if (!turns.try_take()) co_await turns.wait();
///     encode one slice
class Turns {
 public:
  static constexpr std::size_t kSliceBytes = 16 * 1024;
  static constexpr unsigned kSlices = 4;

  explicit Turns(net::Loop& loop)
      : loop_(loop), next_turn_([](void* self) { static_cast<Turns*>(self)->wake_some(); }, this) {}

  /// One slice of this turn, if there is one and nobody waits for it.
  bool try_take();

  class [[nodiscard]] Waiter : public base::ListHook {
   public:
    explicit Waiter(Turns& turns) : turns_(turns) {}
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> awaiting);
    void await_resume() {}

   private:
    friend class Turns;
    Turns& turns_;
    std::coroutine_handle<> awaiting_;
  };
  /// A slice of a turn to come.
  Waiter wait() { return Waiter(*this); }

 private:
  bool has_left();
  void wake_some();

  net::Loop& loop_;
  std::uint64_t turn_ = 0;
  unsigned used_ = 0;  // in that turn
  base::IntrusiveList<Waiter> waiting_;
  net::ReadyHook next_turn_;
};

}  // namespace headgate::proxy::compression
