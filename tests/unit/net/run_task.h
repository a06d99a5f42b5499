#pragma once
#include <functional>
#include <optional>
#include <utility>

#include "net/loop.h"
#include "net/task.h"
#include "net/waiting.h"

// Runs coroutines from a test's plain function.
namespace headgate::net::testing {

template <class T>
Task<void> finish_with(Loop& loop, Task<T> task, std::optional<T>& out) {
  T value = co_await task;
  out.emplace(std::move(value));
  loop.stop();
}

/// Runs the loop until `task` is done.
template <class T>
T run_task(Loop& loop, Task<T> task) {
  std::optional<T> out;
  TaskScope scope;
  scope.spawn(finish_with(loop, std::move(task), out));
  loop.run();
  return std::move(*out);
}

inline Task<bool> poll(Loop& loop, const std::function<bool()>& condition, base::Time deadline) {
  while (!condition()) {
    if (base::now() >= deadline) co_return false;
    co_await sleep_until(loop, loop.now() + std::chrono::milliseconds(1));
  }
  co_return true;
}

/// Runs the loop until `condition` holds; false if it does not within `limit`.
inline bool run_until(Loop& loop, const std::function<bool()>& condition,
                      base::Duration limit = std::chrono::seconds(10)) {
  return run_task(loop, poll(loop, condition, base::now() + limit));
}

/// Runs the loop for so long.
inline void run_for(Loop& loop, base::Duration duration) {
  run_until(loop, [] { return false; }, duration);
}

}  // namespace headgate::net::testing
