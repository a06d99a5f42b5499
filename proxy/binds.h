#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "net/listener.h"
#include "proxy/given_sockets.h"
#include "proxy/worker.h"

namespace headgate::proxy {

/// Which bind addresses are open, over reloads: a bind that stays keeps its sockets, and with them what waits in their
/// queues. Belongs to the control thread.
class Binds {
 public:
  /// `given`, if not null, are sockets that others opened; they are taken before any is opened.
  explicit Binds(std::size_t workers, GivenSockets* given = nullptr) : workers_(workers), given_(given) {}

  /// What bind `index` of a listener is known by over reloads: its address; with port 0, which any number of binds may
  /// have, its place in the file.
  static std::string key_of(const config::Listener& listener, std::size_t index);
  /// The same of the datagrams that a dns listener takes at that address beside its connections.
  static std::string datagrams_key_of(const config::Listener& listener, std::size_t index);
  static bool is_of_datagrams(std::string_view key);

  /// What is new in one configuration, opened but not yet in use.
  struct Change {
    std::vector<std::vector<BoundSocket>> opened;      ///< by worker
    std::map<std::string, std::uint32_t> listener_of;  ///< every bind of the configuration, by its key
    std::map<std::string, base::Endpoint> endpoints;   ///< of the opened ones, as the kernel bound them
    std::map<std::string, std::string> given;          ///< of the opened ones, those that others opened, and who
    std::vector<std::pair<std::string, std::size_t>>
        lacking;  ///< inherited binds, and workers without a socket of them
  };
  /// Whether `config` has a bind that is not open.
  bool has_new(const config::Config& config) const;
  /// Opens what `config` has and is not open: a socket for each worker and bind (of a unix path, and of a socket that
  /// the service manager passed, one shared by all). On an error nothing stays open and nothing has changed.
  base::Result<Change> open(const config::Config& config) const;
  /// Opens the sockets of workers that the predecessor did not have. They get their share of connections at once, so
  /// this waits until nothing can fail any more; what cannot be opened is shared with the first worker.
  void open_lacking(Change& change) const;
  /// Inherited unix paths are this process's to remove from now on.
  static void own_paths(Change& change);
  /// The change takes effect; its sockets may be handed out now.
  void commit(const Change& change);

  /// Open binds, by their keys, and their endpoints.
  const std::map<std::string, base::Endpoint>& endpoints() const { return endpoints_; }
  /// How many sockets a worker has of them.
  std::size_t sockets_of(std::size_t worker) const;

 private:
  /// Of one bind: its place in the configuration, and by what it is known.
  struct Place {
    const config::Listener& listener;
    std::uint32_t index = 0;  // of the listener
    std::size_t bind = 0;
    const base::Endpoint& wanted() const { return listener.bind[bind]; }
  };
  base::Result<void> open_bind(const Place& place, Change& change) const;
  base::Result<void> open_pair(const Place& place, Change& change) const;
  base::Result<void> open_one(const std::string& key, const base::Endpoint& wanted, std::uint32_t listener,
                              Change& change) const;
  base::Result<void> take_over(const std::string& key, std::uint32_t listener,
                               std::vector<net::ListeningSocket> sockets, Change& change) const;
  base::Result<void> share(const std::string& key, std::uint32_t listener, net::ListeningSocket socket,
                           Change& change) const;
  bool has_port_open(const std::string& key, const base::Endpoint& wanted, const Change& change) const;
  std::size_t workers_;
  GivenSockets* given_;
  std::map<std::string, base::Endpoint> endpoints_;
  std::map<std::string, std::vector<std::size_t>> counts_;  // sockets by worker, of open binds
};

}  // namespace headgate::proxy
