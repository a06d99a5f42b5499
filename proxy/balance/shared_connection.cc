#include "proxy/balance/shared_connection.h"

#include <utility>

namespace headgate::proxy::balance {

SharedConnection::SharedConnection(ConnectionSlot slot, net::Loop& loop)
    : slot_(std::move(slot)),
      loop_(loop),
      idle_timer_(
          loop.timers(), [](void* self) { static_cast<SharedConnection*>(self)->retire(); }, this),
      ending_(
          [](void* self) {
            auto& connection = *static_cast<SharedConnection*>(self);
            connection.kept_in_->destroy(connection);
          },
          this) {}

void SharedConnection::retire() {
  if (retired_) return;
  retired_ = true;
  idle_timer_.clear();
  if (requests_ != 0) return;
  --kept_in_->idle_;
  say_goodbye();
  loop_.wake_soon(ending_);
}

SharedConnections::~SharedConnections() {
  while (!connections_.empty()) {
    SharedConnection& connection = connections_.front();
    if (connection.requests_ == 0 && !connection.retired_) connection.say_goodbye();
    destroy(connection);
  }
}

void SharedConnections::add(std::unique_ptr<SharedConnection> connection) {
  connection->kept_in_ = this;
  connections_.push_back(*connection.release());
  ++size_;
  ++idle_;
}

SharedConnection* SharedConnections::take() {
  SharedConnection* found = connections_.first();
  while (found != nullptr && !found->has_room()) found = connections_.next(*found);
  if (found == nullptr) return nullptr;
  if (found->requests_ == 0) --idle_;
  found->idle_timer_.clear();
  ++found->requests_;
  ++found->uses_;
  return found;
}

void SharedConnections::give_back(SharedConnection& connection, std::uint32_t idle_max, base::Time until) {
  if (--connection.requests_ != 0) return;
  if (connection.retired_) {
    connection.say_goodbye();
    connection.loop_.wake_soon(connection.ending_);
    return;
  }
  ++idle_;
  if (idle_ > idle_max) return connection.retire();
  connection.idle_timer_.set(until);
}

void SharedConnections::retire_all() {
  for (SharedConnection* each = connections_.first(); each != nullptr; each = connections_.next(*each)) each->retire();
}

void SharedConnections::destroy(SharedConnection& connection) {
  connection.unlink();
  --size_;
  const std::unique_ptr<SharedConnection> last(&connection);
}

}  // namespace headgate::proxy::balance
