#pragma once
#include <event2/event_struct.h>

#include <functional>

#include "net/loop.h"

namespace headgate::net {

/// Tells, again and again, that a descriptor which is no socket can be read: a terminal, a pipe. `readable` is called
/// on the loop's thread as long as there is something unread, so it reads; it must not destroy this.
class InputWatch {
 public:
  /// `fd` stays the caller's, and open for as long as this lives.
  InputWatch(Loop& loop, int fd, std::function<void()> readable);
  ~InputWatch();
  InputWatch(const InputWatch&) = delete;
  InputWatch& operator=(const InputWatch&) = delete;

 private:
  event event_;
  std::function<void()> readable_;
};

}  // namespace headgate::net
