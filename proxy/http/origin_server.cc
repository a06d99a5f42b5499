#include "proxy/http/origin_server.h"

#include <unistd.h>

#include <utility>

#include "base/random.h"
#include "proxy/http/client_connection.h"

namespace headgate::proxy::http {
namespace {

/// A site of one route that takes everything.
std::shared_ptr<const Site> site_of(std::shared_ptr<const origin::Origin> origin) {
  std::vector<config::Route> routes(1);
  routes[0].name = "all";
  base::Result<route::Matcher> matcher = route::Matcher::compile(routes, {});
  if (!matcher) base::invariant_broken("a route without conditions does not compile");
  std::vector<RouteEntry> entries(1);
  entries[0].name = "all";
  entries[0].origin = std::move(origin);
  entries[0].counters = std::make_shared<base::PerWorker<RouteCounters>>(1);
  return std::make_shared<Site>(Site{std::move(*matcher), std::move(entries)});
}

}  // namespace

OriginServer::OriginServer(net::Loop& loop, std::shared_ptr<const origin::Origin> origin, config::Listener settings)
    : loop_(loop), service_(loop, 0, base::entropy_seed(), nullptr), listener_(new listener::ListenerState()) {
  listener_->settings = std::make_shared<const config::Listener>(std::move(settings));
  listener_->share = std::make_shared<listener::ListenerShare>(1);
  set_origin(std::move(origin));
}

OriginServer::~OriginServer() {
  acceptors_.clear();
  sessions_.cancel_all();
}

void OriginServer::set_origin(std::shared_ptr<const origin::Origin> origin) {
  service_.set_site(base::LocalPtr<WorkerSite>(new WorkerSite(site_of(std::move(origin)), {}, 0)));
}

void OriginServer::serve(net::ListeningSocket socket) {
  acceptors_.push_back(std::make_unique<net::Acceptor>(
      loop_, std::move(socket), [this](int fd, const base::Endpoint& peer) { accepted(fd, peer); }, [](int) {}));
}

void OriginServer::leave(bool taken_over) {
  for (const std::unique_ptr<net::Acceptor>& acceptor : acceptors_) {
    if (taken_over) acceptor->socket().leave_path();
  }
  acceptors_.clear();
  listener_->draining = true;
  service_.tell_leaving();
}

void OriginServer::accepted(int fd, const base::Endpoint& peer) {
  std::atomic<std::uint32_t>& open = listener_->share->connections_open;
  if (open.fetch_add(1, std::memory_order_relaxed) >= listener_->settings->limits.connections) {
    open.fetch_sub(1, std::memory_order_relaxed);
    ::close(fd);
    return;
  }
  sessions_.spawn(ClientConnection::serve(service_, listener_, fd, peer.address()));
}

}  // namespace headgate::proxy::http
