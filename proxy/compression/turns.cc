#include "proxy/compression/turns.h"

namespace headgate::proxy::compression {

bool Turns::has_left() {
  if (loop_.turn() != turn_) used_ = 0;
  turn_ = loop_.turn();
  return used_ < kSlices;
}

bool Turns::try_take() {
  if (!waiting_.empty() || !has_left()) return false;
  ++used_;
  return true;
}

void Turns::Waiter::await_suspend(std::coroutine_handle<> awaiting) {
  awaiting_ = awaiting;
  turns_.waiting_.push_back(*this);
  turns_.loop_.wake_soon(turns_.next_turn_);
}

void Turns::wake_some() {
  while (!waiting_.empty() && has_left()) {
    ++used_;
    // It may go on to wait again, at the end, or destroy others that wait.
    waiting_.pop_front().awaiting_.resume();
  }
  if (!waiting_.empty()) loop_.wake_soon(next_turn_);
}

}  // namespace headgate::proxy::compression
