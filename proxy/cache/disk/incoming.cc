#include "proxy/cache/disk/incoming.h"

#include <utility>

namespace headgate::proxy::cache::disk {

bool Incoming::has_room() {
  const std::lock_guard lock(mutex_);
  is_full_ = waiting_.size() >= kWaitingMax && !has_failed();
  return !is_full_;
}

void Incoming::add(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (!has_failed()) waiting_.append(bytes);
}

void Incoming::end(bool is_whole) {
  const std::lock_guard lock(mutex_);
  is_ended_ = true;
  is_whole_ = is_whole;
}

Incoming::Taken Incoming::take() {
  Taken out;
  bool was_full = false;
  {
    const std::lock_guard lock(mutex_);
    out.bytes = std::exchange(waiting_, {});
    out.is_ended = is_ended_;
    out.is_whole = is_whole_;
    was_full = std::exchange(is_full_, false);
  }
  if (was_full) room_again_();
  return out;
}

void Incoming::fail() {
  {
    const std::lock_guard lock(mutex_);
    has_failed_.store(true, std::memory_order_release);
    waiting_ = {};
    if (!std::exchange(is_full_, false)) return;
  }
  room_again_();
}

}  // namespace headgate::proxy::cache::disk
