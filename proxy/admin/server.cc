#include "proxy/admin/server.h"

#include <sys/stat.h>

#include <limits>
#include <utility>

#include "net/waiting.h"
#include "proxy/admin/admin_origin.h"

namespace headgate::proxy::admin {
namespace {

constexpr const char* kBind = "admin.bind";
constexpr const char* kSocket = "admin.socket";

std::optional<base::Endpoint> socket_endpoint(const config::Admin& settings) {
  if (!settings.socket) return std::nullopt;
  return base::Endpoint::unix_path(*settings.socket);
}

base::Error about_admin(const base::Error& error) {
  return {error.kind, error.fault, "admin: " + error.message};
}

}  // namespace

base::Result<Server::Change> Server::prepare(const config::Admin& settings) const {
  const std::optional<base::Endpoint> path = socket_endpoint(settings);
  if (settings.socket && !path) {
    return base::Error{base::ErrorKind::kInvalid, base::Fault::kUser,
                       "admin.socket: no socket can be named '" + *settings.socket + "'"};
  }
  Change change{.settings = settings, .tcp = std::nullopt, .unix_socket = std::nullopt};
  const base::Result<void> tcp = open(kBind, settings.bind, tcp_, change.tcp);
  if (!tcp) return about_admin(tcp.error());
  const base::Result<void> unix_socket = open(kSocket, path, unix_socket_, change.unix_socket);
  if (!unix_socket) return about_admin(unix_socket.error());
  return change;
}

base::Result<void> Server::open(const char* key, const std::optional<base::Endpoint>& wanted,
                                const std::optional<Door>& now, std::optional<net::ListeningSocket>& out) const {
  if (!wanted || (now && now->wanted == *wanted)) return {};
  if (given_) out = given_(key);
  if (out) return {};
  base::Result<net::ListeningSocket> socket = net::ListeningSocket::open_alone(*wanted);
  if (!socket) return socket.error();
  // Whoever may write to it may see everything: its owner and its group.
  if (wanted->is_unix() && wanted->path()[0] == '/') ::chmod(wanted->path().c_str(), 0660);
  out = std::move(*socket);
  return {};
}

std::vector<std::pair<const char*, const net::ListeningSocket*>> Server::sockets() const {
  std::vector<std::pair<const char*, const net::ListeningSocket*>> sockets;
  const auto add = [&](const char* key, const std::optional<Door>& door) {
    const net::ListeningSocket* socket = door ? door->server->first_socket() : nullptr;
    if (socket != nullptr && !socket->stays_open_elsewhere()) sockets.emplace_back(key, socket);
  };
  add(kBind, tcp_);
  add(kSocket, unix_socket_);
  return sockets;
}

void Server::leave(const std::set<std::string>& not_taken) {
  if (tcp_) tcp_->server->leave(!not_taken.contains(kBind));
  if (unix_socket_) unix_socket_->server->leave(!not_taken.contains(kSocket));
}

bool Server::is_answering() const {
  return (tcp_ && tcp_->server->is_answering()) || (unix_socket_ && unix_socket_->server->is_answering());
}

void Server::commit(Change change) {
  apply(socket_endpoint(change.settings), std::move(change.unix_socket), Access::over_unix_socket(), unix_socket_);
  apply(change.settings.bind, std::move(change.tcp), Access::over_tcp(change.settings), tcp_);
}

void Server::close_behind(std::optional<Door>& door) {
  if (!door) return;
  door->server->leave(false);
  leaving_.spawn(close_later(std::move(door->server)));
  door.reset();
}

net::Task<void> Server::close_later(std::unique_ptr<http::OriginServer> server) {
  const base::Time deadline = loop_.now() + kLeavingMax;
  while (!server->is_quiet() && loop_.now() < deadline) {
    co_await net::sleep_until(loop_, loop_.now() + std::chrono::milliseconds(20));
  }
}

void Server::apply(const std::optional<base::Endpoint>& wanted, std::optional<net::ListeningSocket> socket,
                   Access access, std::optional<Door>& door) {
  if (!wanted) return close_behind(door);
  auto origin = std::make_shared<const AdminOrigin>(daemon_, std::move(access));
  if (!socket) {
    if (door) door->server->set_origin(std::move(origin));
    return;
  }
  config::Listener settings;
  settings.name = "admin";
  settings.bind = {*wanted};
  settings.limits.connections = 256;  // a few people and scrapers; more would only take the descriptors of clients
  settings.limits.body_bytes = std::numeric_limits<std::uint64_t>::max();  // the API has its own, answered as JSON
  close_behind(door);
  door.emplace(*wanted, std::make_unique<http::OriginServer>(loop_, std::move(origin), std::move(settings)));
  log_.info("admin on {}", socket->endpoint().text());
  door->server->serve(std::move(*socket));
}

}  // namespace headgate::proxy::admin
