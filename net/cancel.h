#pragma once
#include <coroutine>
#include <optional>
#include <utility>

#include "net/loop.h"
#include "net/socket.h"
#include "net/task.h"

namespace headgate::net {

/// Cuts short a task that somebody awaits through cancellable(): the task is destroyed, the awaiting coroutine goes on.
/// cancel() may be called from inside the task too: it takes effect on the loop's next turn.
class Canceller {
 public:
  explicit Canceller(Loop& loop)
      : loop_(loop), ready_([](void* self) { static_cast<Canceller*>(self)->fire(); }, this) {}

  void cancel() {
    if (target_ != nullptr) loop_.wake_soon(ready_);
  }

 private:
  template <class T>
  friend class CancellableAwaiter;
  struct Target {
    void (*cut)(Target& self);
  };
  void fire() {
    if (target_ == nullptr) return;
    Target& target = *std::exchange(target_, nullptr);
    target.cut(target);
  }

  Loop& loop_;
  ReadyHook ready_;
  Target* target_ = nullptr;
};

/// Awaits `task` and gives its value, or nothing if `canceller` was told to cut it short.
///
///     const std::optional<Ending> ending = co_await cancellable(canceller, exchange.run());
template <class T>
class [[nodiscard]] CancellableAwaiter : private Canceller::Target {
 public:
  CancellableAwaiter(Canceller& canceller, Task<T> task)
      : Target{[](Target& self) { static_cast<CancellableAwaiter&>(self).cut_short(); }},
        canceller_(canceller),
        task_(std::move(task)),
        inner_(task_.operator co_await()) {}
  CancellableAwaiter(const CancellableAwaiter&) = delete;
  CancellableAwaiter& operator=(const CancellableAwaiter&) = delete;
  ~CancellableAwaiter() { leave(); }

  bool await_ready() const { return inner_.await_ready(); }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) {
    awaiting_ = awaiting;
    canceller_.target_ = this;
    return inner_.await_suspend(awaiting);
  }
  std::optional<T> await_resume() {
    leave();
    if (!task_.valid()) return std::nullopt;
    return task_.take();
  }

 private:
  using Inner = decltype(std::declval<Task<T>&>().operator co_await());
  void cut_short() {
    task_.cancel();
    awaiting_.resume();
  }
  void leave() {
    if (canceller_.target_ != this) return;
    canceller_.target_ = nullptr;
    canceller_.ready_.unlink();
  }

  Canceller& canceller_;
  Task<T> task_;
  Inner inner_;
  std::coroutine_handle<> awaiting_;
};

template <class T>
CancellableAwaiter<T> cancellable(Canceller& canceller, Task<T> task) {
  return CancellableAwaiter<T>(canceller, std::move(task));
}

}  // namespace headgate::net
