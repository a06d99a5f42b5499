#pragma once
#include <atomic>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "base/intrusive_list.h"
#include "net/buffer_pool.h"
#include "net/timer.h"

struct event_base;

namespace headgate::net {

class PipePool;

/// Something to run on the loop's next turn: wakes a coroutine from a place that must not resume it itself.
/// Leaves the queue when destroyed, so a cancelled waiter is never woken.
class ReadyHook : public base::ListHook {
 public:
  using Callback = void (*)(void* context);
  ReadyHook(Callback callback, void* context) : callback_(callback), context_(context) {}

 private:
  friend class Loop;
  Callback callback_;
  void* context_;
};

/// One thread's event loop: libevent's base, a timer wheel, a ready queue, a mailbox for other threads, and the
/// buffers. Everything but post() and stop() belongs to the thread that runs it.
class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Runs until stop().
  void run();
  /// From any thread; run() returns after the turn it is in.
  void stop();

  /// The time of this turn: read once for all events that came together. At most a turn old; read anew by each call
  /// while the loop does not run.
  base::Time now() {
    if (!now_is_valid_) [[unlikely]] {
      now_ = base::now();
      now_is_valid_ = running_;
    }
    return now_;
  }

  /// Counts turns. What is read in an event of this turn had arrived before anything was sent in it.
  std::uint64_t turn() const { return turn_; }

  void wake_soon(ReadyHook& hook) {
    if (!hook.is_linked()) ready_.push_back(hook);
  }

  /// Runs `mail` on this loop's thread, in the order of posting. From any thread.
  void post(std::function<void()> mail);

  TimerWheel& timers() { return timers_; }
  BufferPool& buffers() { return buffers_; }
  PipePool& pipes() { return *pipes_; }
  event_base* base() { return base_.get(); }

 private:
  struct BaseDeleter {
    void operator()(event_base* base) const;
  };
  struct Wakeup;  // the events of the mailbox and of the next timer

  void arm_timer();
  void run_ready();
  void run_mail();

  std::unique_ptr<event_base, BaseDeleter> base_;
  std::unique_ptr<Wakeup> wakeup_;
  base::Time now_ = base::now();
  bool now_is_valid_ = false;
  bool running_ = false;
  std::uint64_t turn_ = 0;
  base::Time armed_for_ = base::kNever;
  TimerWheel timers_{now_};
  BufferPool buffers_;
  std::unique_ptr<PipePool> pipes_;
  base::IntrusiveList<ReadyHook> ready_;
  std::atomic<bool> stopped_{false};
  std::mutex mail_mutex_;
  std::vector<std::function<void()>> mail_;
};

}  // namespace headgate::net
