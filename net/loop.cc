#include "net/loop.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>

#include "base/result.h"
#include "net/pipe.h"

namespace headgate::net {

struct Loop::Wakeup {
  event mailbox;
  event timer;
  int event_fd = -1;
  int timer_fd = -1;
};

void Loop::BaseDeleter::operator()(event_base* base) const {
  event_base_free(base);
}

Loop::Loop() : wakeup_(std::make_unique<Wakeup>()), pipes_(std::make_unique<PipePool>()) {
  event_config* config = event_config_new();
  // One thread owns the base (others use the mailbox), so libevent's locks would only cost.
  event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
  // Without timers of its own libevent need not know the time, and does not read the clock at each turn.
  event_config_set_flag(config, EVENT_BASE_FLAG_NO_CACHE_TIME);
  event_config_require_features(config, EV_FEATURE_ET | EV_FEATURE_EARLY_CLOSE);
  base_.reset(event_base_new_with_config(config));
  event_config_free(config);
  if (!base_) base::invariant_broken("libevent has no epoll here");

  wakeup_->event_fd = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wakeup_->event_fd < 0) base::invariant_broken("no descriptor left for an event loop");
  event_assign(
      &wakeup_->mailbox, base_.get(), wakeup_->event_fd, EV_READ | EV_PERSIST | EV_ET,
      [](evutil_socket_t fd, short, void* self) {
        std::uint64_t count = 0;
        [[maybe_unused]] const ssize_t got = ::read(fd, &count, sizeof count);
        static_cast<Loop*>(self)->run_mail();
      },
      this);
  event_add(&wakeup_->mailbox, nullptr);
  wakeup_->timer_fd = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (wakeup_->timer_fd < 0) base::invariant_broken("no descriptor left for the timer of an event loop");
  event_assign(
      &wakeup_->timer, base_.get(), wakeup_->timer_fd, EV_READ | EV_PERSIST,
      [](evutil_socket_t fd, short, void* self) {
        std::uint64_t count = 0;
        [[maybe_unused]] const ssize_t got = ::read(fd, &count, sizeof count);
        static_cast<Loop*>(self)->armed_for_ = base::kNever;
      },
      this);
  event_add(&wakeup_->timer, nullptr);
}

Loop::~Loop() {
  event_del(&wakeup_->mailbox);
  event_del(&wakeup_->timer);
  ::close(wakeup_->event_fd);
  ::close(wakeup_->timer_fd);
}

void Loop::run() {
  running_ = true;
  while (!stopped_.load(std::memory_order_relaxed)) {
    arm_timer();
    ++turn_;
    event_base_loop(base_.get(), ready_.empty() ? EVLOOP_ONCE : EVLOOP_ONCE | EVLOOP_NONBLOCK);
    now_is_valid_ = false;
    // The clock is read for timers only when one may be due: when the kernel's timer has fired.
    if (armed_for_ == base::kNever) timers_.advance(now());
    run_ready();
    now_is_valid_ = false;
  }
  stopped_.store(false, std::memory_order_relaxed);
  running_ = false;
}

void Loop::stop() {
  stopped_.store(true, std::memory_order_relaxed);
  post([] {});
}

void Loop::arm_timer() {
  const bool timer_fired = armed_for_ == base::kNever;
  if (!timers_.take_changed() && !timer_fired) return;
  const base::Time next = timers_.next_expiry();
  if (next >= armed_for_) return;  // it will be woken early enough as it is
  armed_for_ = next;
  // steady_clock counts as CLOCK_MONOTONIC does. A time that has passed fires at once; all zeros would disarm.
  const std::int64_t at_ns = std::max<std::int64_t>(1, next.time_since_epoch().count());
  const itimerspec at{{0, 0}, {at_ns / 1'000'000'000, at_ns % 1'000'000'000}};
  ::timerfd_settime(wakeup_->timer_fd, TFD_TIMER_ABSTIME, &at, nullptr);
}

void Loop::run_ready() {
  base::IntrusiveList<ReadyHook> turn;  // what these queue in turn waits until the sockets had theirs
  while (!ready_.empty()) turn.push_back(ready_.pop_front());
  while (!turn.empty()) {
    ReadyHook& hook = turn.pop_front();
    hook.callback_(hook.context_);
  }
}

void Loop::post(std::function<void()> mail) {
  {
    const std::lock_guard lock(mail_mutex_);
    mail_.push_back(std::move(mail));
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t put = ::write(wakeup_->event_fd, &one, sizeof one);
}

void Loop::run_mail() {
  std::vector<std::function<void()>> mail;
  {
    const std::lock_guard lock(mail_mutex_);
    mail.swap(mail_);
  }
  for (const std::function<void()>& each : mail) each();
}

}  // namespace headgate::net
