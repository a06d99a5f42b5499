#include "net/signals.h"

#include <event2/event.h>
#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

namespace headgate::net {
namespace {

sigset_t set_of(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : signals) sigaddset(&set, signal);
  return set;
}

}  // namespace

void SignalWatcher::block(std::initializer_list<int> signals) {
  const sigset_t set = set_of(signals);
  if (pthread_sigmask(SIG_BLOCK, &set, nullptr) != 0) base::invariant_broken("signals cannot be blocked");
}

SignalWatcher::SignalWatcher(Loop& loop, std::initializer_list<int> signals, std::function<void(int)> received)
    : received_(std::move(received)) {
  const sigset_t set = set_of(signals);
  fd_ = ::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd_ < 0) base::invariant_broken("no descriptor left for signals");
  event_assign(
      &event_, loop.base(), fd_, EV_READ | EV_PERSIST,
      [](evutil_socket_t, short, void* self) { static_cast<SignalWatcher*>(self)->read_all(); }, this);
  event_add(&event_, nullptr);
}

SignalWatcher::~SignalWatcher() {
  event_del(&event_);
  ::close(fd_);
}

void SignalWatcher::read_all() {
  signalfd_siginfo info;
  while (::read(fd_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    received_(static_cast<int>(info.ssi_signo));
  }
}

}  // namespace headgate::net
