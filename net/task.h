#pragma once
#include <coroutine>
#include <optional>
#include <utility>

#include "base/intrusive_list.h"
#include "base/result.h"
#include "net/frame_pool.h"

namespace headgate::net {

class TaskScope;

namespace task_detail {

/// What every promise has: who is resumed at the end, or the scope that owns the frame.
class PromiseBase : public base::ListHook {
 public:
  struct FinalAwaiter {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> finished) const noexcept {
      PromiseBase& promise = finished.promise();
      if (promise.continuation) return promise.continuation;
      if (promise.owned_by_scope) finished.destroy();  // nobody else knows this frame any more
      return std::noop_coroutine();
    }
    void await_resume() const noexcept {}
  };

#if !defined(HEADGATE_PLAIN_FRAMES)
  static void* operator new(std::size_t bytes) { return FramePool::take(bytes); }
  static void operator delete(void* frame, std::size_t bytes) { FramePool::give_back(frame, bytes); }
#endif

  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalAwaiter final_suspend() const noexcept { return {}; }
  [[noreturn]] void unhandled_exception() const noexcept { base::invariant_broken("an exception left a coroutine"); }

  std::coroutine_handle<> continuation;
  bool owned_by_scope = false;
};

template <class T>
class Promise : public PromiseBase {
 public:
  std::coroutine_handle<Promise> get_return_object() { return std::coroutine_handle<Promise>::from_promise(*this); }
  template <class U>
  void return_value(U&& value) {
    value_.emplace(std::forward<U>(value));
  }
  T take() { return std::move(*value_); }

 private:
  std::optional<T> value_;
};

template <>
class Promise<void> : public PromiseBase {
 public:
  std::coroutine_handle<Promise> get_return_object() { return std::coroutine_handle<Promise>::from_promise(*this); }
  void return_void() const noexcept {}
  void take() const noexcept {}
};

}  // namespace task_detail

/// A coroutine that has not run yet, runs once, and gives a T. Lazy: it starts when awaited, or by start().
/// Owns its frame: destroying a Task that is suspended cancels it, and everything it waits for, at once.
///
///     Task<Result<Response>> PoolOrigin::respond(Request& request);
///     Result<Response> response = co_await origin.respond(request);
template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = task_detail::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  Task() = default;
  Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept
      : handle_(std::exchange(other.handle_, nullptr)), started_(std::exchange(other.started_, false)) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      cancel();
      handle_ = std::exchange(other.handle_, nullptr);
      started_ = std::exchange(other.started_, false);
    }
    return *this;
  }
  ~Task() { cancel(); }

  /// Destroys the frame, and with it whatever the coroutine waits for.
  void cancel() {
    if (handle_) std::exchange(handle_, nullptr).destroy();
    started_ = false;
  }

  /// Runs the coroutine to its first wait without awaiting it. It may be awaited later.
  void start() {
    started_ = true;
    handle_.resume();
  }
  bool valid() const { return handle_ != nullptr; }
  bool done() const { return handle_.done(); }
  /// The value of a task that is done; once.
  T take() { return handle_.promise().take(); }

  auto operator co_await() & { return Awaiter{this}; }
  auto operator co_await() && { return Awaiter{this}; }

 private:
  friend class TaskScope;

  struct Awaiter {
    Task* task;
    bool await_ready() const { return task->started_ && task->handle_.done(); }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) const {
      task->handle_.promise().continuation = awaiting;
      if (task->started_) return std::noop_coroutine();
      task->started_ = true;
      return task->handle_;
    }
    T await_resume() const { return task->handle_.promise().take(); }
  };

  Handle handle_;
  bool started_ = false;
};

/// Owns tasks that nobody awaits: a listener's sessions, a pool's checks. Each leaves when it ends; destroying the
/// scope cancels the rest.
class TaskScope {
 public:
  TaskScope() = default;
  ~TaskScope() { cancel_all(); }
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;

  /// Takes the task over and runs it to its first wait. It may be over, and gone, when this returns.
  void spawn(Task<void> task) {
    const Task<void>::Handle handle = std::exchange(task.handle_, nullptr);
    handle.promise().owned_by_scope = true;
    tasks_.push_back(handle.promise());
    handle.resume();
  }

  bool empty() const { return tasks_.empty(); }

  void cancel_all() {
    while (!tasks_.empty()) {
      task_detail::PromiseBase& promise = tasks_.pop_front();
      Task<void>::Handle::from_promise(static_cast<Task<void>::promise_type&>(promise)).destroy();
    }
  }

 private:
  base::IntrusiveList<task_detail::PromiseBase> tasks_;
};

}  // namespace headgate::net
