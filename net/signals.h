#pragma once
#include <event2/event_struct.h>

#include <functional>
#include <initializer_list>
#include <memory>

#include "base/result.h"
#include "net/loop.h"

namespace headgate::net {

/// Signals as events of a loop. block() them in main before the first thread starts, so that none of the threads is
/// ever interrupted; then one SignalWatcher receives them.
class SignalWatcher {
 public:
  static void block(std::initializer_list<int> signals);

  /// `received` is called on the loop's thread with the signal's number.
  SignalWatcher(Loop& loop, std::initializer_list<int> signals, std::function<void(int)> received);
  ~SignalWatcher();
  SignalWatcher(const SignalWatcher&) = delete;
  SignalWatcher& operator=(const SignalWatcher&) = delete;

 private:
  void read_all();
  int fd_;
  event event_;
  std::function<void(int)> received_;
};

}  // namespace headgate::net
