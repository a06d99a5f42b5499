#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/intrusive_list.h"
#include "base/ip_address.h"
#include "base/local_ptr.h"
#include "net/socket.h"
#include "net/task.h"
#include "proxy/geo/whereabouts.h"
#include "proxy/listener/listener_state.h"
#include "proxy/message/connection_row.h"
#include "proxy/tcp/entrance.h"
#include "proxy/tcp/prelude.h"
#include "proxy/tcp/reach.h"
#include "proxy/tcp/relay.h"
#include "proxy/tcp/service.h"

namespace headgate::proxy::tcp {

/// One client's connection of a tcp listener: finds out which pool it is for, connects to a backend, and relays until
/// it is over. It keeps the configuration it began with.
class Connection : public base::ListHook, private Announcer {
 public:
  /// Serves a connection to its end; takes over the descriptor. The connection has been counted in
  /// ListenerShare::connections_open (and clients) by the accepting side, and is uncounted here.
  static net::Task<void> serve(Service& service, base::LocalPtr<listener::ListenerState> listener,
                               base::LocalPtr<Entrance> entrance, int fd, base::IpAddress peer);

  /// For admin: what it is.
  message::ConnectionRow row() const;
  bool matches(const message::ConnectionQuery& query) const;

  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

 private:
  class Shown;

  Connection(Service& service, base::LocalPtr<listener::ListenerState> listener, base::LocalPtr<Entrance> entrance,
             int fd, base::IpAddress peer);

  wire::proxy_protocol::Announcement announcement() const override;

  net::Task<listener::ConnectionEnding> run();
  /// Reads what decides; kWell: `pool_` is known.
  net::Task<listener::ConnectionEnding> find_pool(Prelude& prelude);
  net::Task<listener::ConnectionEnding> find_backend();
  listener::ConnectionEnding ending_of(const base::Error& error);
  void refuse(listener::ConnectionEnding ending);
  /// What headgate or a peer has cut is cut on both sides: an end in good order would look like the end of the data.
  void cut();
  void note_end();
  balance::WorkerPool& pool() const { return entrance_->pool(pool_); }
  listener::ListenerCounters& counters() { return listener_->share->counters.of(service_.worker()); }

  Service& service_;
  base::LocalPtr<listener::ListenerState> listener_;
  base::LocalPtr<Entrance> entrance_;
  net::Socket client_;
  const base::IpAddress socket_peer_;
  base::IpAddress peer_;                                         // whom a PROXY header names, or the socket's
  geo::Whereabouts where_;                                       // of `peer_`, once that is known
  std::unique_ptr<const wire::proxy_protocol::Header> came_by_;  // a PROXY header that named the client
  const bool counted_client_;
  listener::ConnectionEnding ending_ = listener::ConnectionEnding::kCut;  // unless it comes to another
  const base::Time accepted_;
  base::Time connected_{};
  std::string server_name_;
  std::string detail_;
  std::uint32_t pool_ = Routing::kNone;
  Progress progress_;
  Reached backend_;
  const Relay* relay_ = nullptr;  // while it runs
  std::uint64_t bytes_up_ = 0;    // of a relay that is over
  std::uint64_t bytes_down_ = 0;
  base::Time first_byte_{};
};

}  // namespace headgate::proxy::tcp
