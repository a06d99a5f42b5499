#pragma once
#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "base/ip_address.h"
#include "proxy/geo/whereabouts.h"
#include "proxy/listener/connection_ending.h"
#include "proxy/listener/listener_state.h"

namespace headgate::proxy::tcp {

/// What is told of a connection that is over. Views live as long as the call that gets it.
struct ConnectionRecord {
  base::WallTime accepted_at;  ///< civil time at `accepted`
  base::Time accepted;
  base::Time backend_chosen;  ///< zero: none was
  base::Time connected;       ///< zero: never
  base::Time first_byte;      ///< of the backend; zero: none came
  base::Time end;
  base::IpAddress client;                   ///< whom a PROXY header names, or the socket's
  const geo::Whereabouts* where = nullptr;  ///< of `client`; never null
  std::string_view server_name;             ///< of its ClientHello
  std::string_view pool;
  std::string_view backend;  ///< the last one tried
  std::string_view backend_address;
  std::uint16_t retries = 0;
  std::uint64_t bytes_up = 0;    ///< from the client to the backend
  std::uint64_t bytes_down = 0;  ///< from the backend to the client
  listener::ConnectionEnding ending = listener::ConnectionEnding::kWell;
  std::string_view detail;  ///< a sentence about it, where there is more to say than the ending does
};

/// Takes note of a connection that is over: the access log.
class ConnectionObserver {
 public:
  virtual ~ConnectionObserver() = default;
  virtual void ended(const listener::ListenerState& listener, const ConnectionRecord& record) = 0;
};

}  // namespace headgate::proxy::tcp
