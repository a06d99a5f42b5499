#include "proxy/access_log/writer.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace headgate::proxy::access_log {
namespace {

// Of one ring in one turn, so that a busy worker does not keep the others waiting.
constexpr int kEntriesPerTurn = 4096;

}  // namespace

Writer::Writer(std::vector<Ring*> rings, int wake_fd, base::Log& log)
    : rings_(std::move(rings)), wake_fd_(wake_fd), log_(log) {}

Writer::~Writer() {
  stop();
}

base::Result<void> Writer::start() {
  // The thread inherits the mask: signals are for main's thread, and a closed standard output is EPIPE, not SIGPIPE.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  base::Result<void> started;
  try {
    thread_ = std::thread(&Writer::run, this);
    ::pthread_setname_np(thread_.native_handle(), "access-log");
  } catch (const std::system_error& refused) {
    started = base::system_error(refused.code().value(), "access log: thread");
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

void Writer::stop() {
  if (!thread_.joinable()) return;
  stop_wanted_.store(true, std::memory_order_release);
  wake();
  thread_.join();
}

void Writer::set_target(std::optional<Target> target) {
  {
    const std::lock_guard lock(new_target_mutex_);
    new_target_.emplace(std::move(target));
  }
  wake();
}

void Writer::reopen() {
  reopen_wanted_.store(true, std::memory_order_release);
  wake();
}

void Writer::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_fd_, &one, sizeof one);
}

void Writer::run() {
  while (true) {
    const bool last_turn = stop_wanted_.load(std::memory_order_acquire);
    // Asked for before looking into the rings: what was pushed before reopen() still goes to the old file.
    const bool reopen_wanted = reopen_wanted_.exchange(false, std::memory_order_acq_rel);
    take_target();
    bool more = false;
    for (Ring* ring : rings_) {
      ring->expect_wake();
      more = drain(*ring) || more;
    }
    flush();
    if (reopen_wanted) reopen_sink();
    if (more) continue;
    if (last_turn) return;
    wait();
  }
}

void Writer::wait() {
  pollfd woken{.fd = wake_fd_, .events = POLLIN, .revents = 0};
  if (::poll(&woken, 1, kPauseMs) <= 0) return;
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t taken = ::read(wake_fd_, &count, sizeof count);
}

void Writer::take_target() {
  std::optional<std::optional<Target>> new_target;
  {
    const std::lock_guard lock(new_target_mutex_);
    new_target = std::exchange(new_target_, std::nullopt);
  }
  if (!new_target) return;
  target_ = std::move(*new_target);
  lost_in_a_row_ = 0;
  buffer_bytes_ = target_ ? std::max(kBufferBytes, target_->format.line_bytes_max()) : 0;
  buffer_.reset(target_ ? new char[buffer_bytes_] : nullptr);
  end_ = buffer_.get();
}

void Writer::reopen_sink() {
  if (!target_) return;
  const base::Result<void> reopened = target_->sink->reopen();
  if (!reopened) log_.error("{}; the old file is kept", reopened.error().message);
}

// Whether entries may be left.
bool Writer::drain(Ring& ring) {
  Entry entry;
  for (int i = 0; i < kEntriesPerTurn; ++i) {
    if (!ring.front(entry)) return false;
    if (target_) {
      const auto room = static_cast<std::size_t>(buffer_.get() + buffer_bytes_ - end_);
      if (room < target_->format.line_bytes_max()) flush();
      end_ = target_->format.write(entry, end_);
      ++lines_;
    }
    ring.pop();
  }
  return true;
}

void Writer::flush() {
  if (lines_ == 0) return;
  const Sink::Outcome outcome = target_->sink->write({buffer_.get(), static_cast<std::size_t>(end_ - buffer_.get())});
  written_.fetch_add(lines_ - outcome.lines_lost, std::memory_order_relaxed);
  lost_.fetch_add(outcome.lines_lost, std::memory_order_relaxed);
  end_ = buffer_.get();
  lines_ = 0;
  note(outcome);
}

void Writer::note(const Sink::Outcome& outcome) {
  if (outcome.error) {
    if (lost_in_a_row_ == 0) log_.error("{}; lines are lost until it works again", outcome.error->message);
    lost_in_a_row_ += outcome.lines_lost;
  } else if (lost_in_a_row_ > 0) {
    log_.warn("access log: written again after {} lost lines", std::exchange(lost_in_a_row_, 0));
  }
}

}  // namespace headgate::proxy::access_log
