#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "base/intrusive_list.h"
#include "net/loop.h"
#include "net/timer.h"
#include "proxy/balance/connection.h"

namespace headgate::proxy::balance {

class SharedConnections;

/// A connection to a backend that carries several requests at once, as far as a pool cares. What it speaks is known to
/// whoever derives from it. Counts itself in Backend::connections_open while it lives.
///
///     open --- retire(), or it is over by itself ---> retired --- its last request has ended ---> destroyed
class SharedConnection : public base::ListHook {
 public:
  SharedConnection(ConnectionSlot slot, net::Loop& loop);
  virtual ~SharedConnection() = default;
  SharedConnection(const SharedConnection&) = delete;
  SharedConnection& operator=(const SharedConnection&) = delete;

  Backend& backend() const { return slot_.backend(); }
  /// Another request may be put on it now.
  bool has_room() const { return !retired_ && requests_ < requests_max(); }
  /// Requests on it now, and how many it carried so far.
  std::uint32_t requests() const { return requests_; }
  std::uint64_t uses() const { return uses_; }

 protected:
  /// How many requests it takes at once, as things stand.
  virtual std::uint32_t requests_max() const = 0;
  /// It is not wanted any more and has no request: the last word to the backend, as far as that goes without waiting.
  virtual void say_goodbye() = 0;

  /// It takes no more requests; destroyed on the loop's next turn when it has none, or with its last one. May be called
  /// from within the connection's own coroutine.
  void retire();
  bool is_retired() const { return retired_; }

 private:
  friend class SharedConnections;
  ConnectionSlot slot_;
  net::Loop& loop_;
  SharedConnections* kept_in_ = nullptr;
  std::uint32_t requests_ = 0;
  std::uint64_t uses_ = 0;
  bool retired_ = false;
  net::Timer idle_timer_;
  net::ReadyHook ending_;
};

/// One worker's shared connections to one backend, the oldest first: requests go to the first that has room, so that
/// those that a peak has opened become idle and go after it.
class SharedConnections {
 public:
  SharedConnections() = default;
  ~SharedConnections();
  SharedConnections(const SharedConnections&) = delete;
  SharedConnections& operator=(const SharedConnections&) = delete;

  /// Takes it over.
  void add(std::unique_ptr<SharedConnection> connection);
  /// The first with room, and one request more is on it; or null.
  SharedConnection* take();
  /// A request on it has ended. One that has none left stays until `until`, or ends at once if `idle_max` stay already.
  void give_back(SharedConnection& connection, std::uint32_t idle_max, base::Time until);
  /// All of them end, those with requests after these.
  void retire_all();
  std::size_t size() const { return size_; }

 private:
  friend class SharedConnection;
  void destroy(SharedConnection& connection);

  base::IntrusiveList<SharedConnection> connections_;  // owned
  std::size_t size_ = 0;
  std::size_t idle_ = 0;  // of those not retired
};

}  // namespace headgate::proxy::balance
