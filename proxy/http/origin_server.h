#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/task.h"
#include "proxy/http/service.h"
#include "proxy/listener/listener_state.h"
#include "proxy/origin/origin.h"

namespace headgate::proxy::http {

/// One origin that answers everything on a few sockets of one loop: the admin pages, the origins of the demo. The same
/// sessions and the same strictness as in front of a site, without pools, routes or an access log.
class OriginServer {
 public:
  /// `settings` are the listener's; its `bind` is not looked at.
  OriginServer(net::Loop& loop, std::shared_ptr<const origin::Origin> origin, config::Listener settings);
  ~OriginServer();
  OriginServer(const OriginServer&) = delete;
  OriginServer& operator=(const OriginServer&) = delete;

  /// Takes over a socket and serves it.
  void serve(net::ListeningSocket socket);
  /// The first socket that is served; null without one.
  const net::ListeningSocket* first_socket() const {
    return acceptors_.empty() ? nullptr : &acceptors_.front()->socket();
  }
  /// Takes no new connections; the next answer of each that is open closes it. A unix path is removed unless it is
  /// `taken_over` by another process.
  void leave(bool taken_over);
  /// Answers from now on come from another origin.
  void set_origin(std::shared_ptr<const origin::Origin> origin);
  /// Of some connection, a request is here and its answer not yet sent.
  bool is_answering() const { return listener_->share->counters.of(0).connections_active.value() > 0; }
  /// No connection is open.
  bool is_quiet() const { return sessions_.empty(); }

 private:
  void accepted(int fd, const base::Endpoint& peer);
  net::Loop& loop_;
  Service service_;
  base::LocalPtr<listener::ListenerState> listener_;
  std::vector<std::unique_ptr<net::Acceptor>> acceptors_;
  net::TaskScope sessions_;
};

}  // namespace headgate::proxy::http
