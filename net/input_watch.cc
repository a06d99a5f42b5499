#include "net/input_watch.h"

#include <event2/event.h>

#include <utility>

namespace headgate::net {

InputWatch::InputWatch(Loop& loop, int fd, std::function<void()> readable) : readable_(std::move(readable)) {
  event_assign(
      &event_, loop.base(), fd, EV_READ | EV_PERSIST,
      [](evutil_socket_t, short, void* self) { static_cast<InputWatch*>(self)->readable_(); }, this);
  event_add(&event_, nullptr);
}

InputWatch::~InputWatch() {
  event_del(&event_);
}

}  // namespace headgate::net
