#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "config/config.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/task.h"
#include "proxy/admin/access.h"
#include "proxy/admin/daemon.h"
#include "proxy/http/origin_server.h"

namespace headgate::proxy::admin {

/// The sockets of the admin pages, over reloads: what stays keeps its socket and its connections. Belongs to the
/// control thread.
class Server {
 public:
  Server(net::Loop& loop, Daemon daemon, base::Log& log) : loop_(loop), daemon_(std::move(daemon)), log_(log) {}

  /// `given` is asked, before a socket is opened, for one that another process opened for "admin.bind" or
  /// "admin.socket".
  void take_given(std::function<std::optional<net::ListeningSocket>(const char* door)> given) {
    given_ = std::move(given);
  }

  /// The open sockets and what take_given() calls them; valid until the next change.
  std::vector<std::pair<const char*, const net::ListeningSocket*>> sockets() const;
  /// Another process has taken the sockets over, but for those that are named: no new connections here, and those that
  /// are open get one more answer each.
  void leave(const std::set<std::string>& not_taken);

  /// An answer is under way: that to the request which ends this process, for one.
  bool is_answering() const;

  /// What is new in one configuration, opened but not yet served. On an error nothing has changed.
  struct Change {
    config::Admin settings;
    std::optional<net::ListeningSocket> tcp;
    std::optional<net::ListeningSocket> unix_socket;
  };
  base::Result<Change> prepare(const config::Admin& settings) const;
  void commit(Change change);

  /// How long a connection may stay open on a socket that has gone.
  static constexpr base::Duration kLeavingMax = std::chrono::seconds(10);

 private:
  /// One address and who answers there.
  struct Door {
    base::Endpoint wanted;  ///< as configured; the socket may have another port
    std::unique_ptr<http::OriginServer> server;
  };
  base::Result<void> open(const char* key, const std::optional<base::Endpoint>& wanted, const std::optional<Door>& now,
                          std::optional<net::ListeningSocket>& out) const;
  /// Closes a door behind those who are inside: the reload that closes it may have been asked for through it.
  void close_behind(std::optional<Door>& door);
  net::Task<void> close_later(std::unique_ptr<http::OriginServer> server);
  void apply(const std::optional<base::Endpoint>& wanted, std::optional<net::ListeningSocket> socket, Access access,
             std::optional<Door>& door);

  net::Loop& loop_;
  Daemon daemon_;
  base::Log& log_;
  std::function<std::optional<net::ListeningSocket>(const char* door)> given_;
  std::optional<Door> tcp_;
  std::optional<Door> unix_socket_;
  net::TaskScope leaving_;
};

}  // namespace headgate::proxy::admin
