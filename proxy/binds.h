#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "net/listener.h"
#include "proxy/worker.h"

namespace headgate::proxy {

/// Which bind addresses are open, over reloads: a bind that stays keeps its sockets, and with them what waits in their
/// queues. Belongs to the control thread.
class Binds {
 public:
  explicit Binds(std::size_t workers) : workers_(workers) {}

  /// What bind `index` of a listener is known by over reloads: its address; with port 0, which any number of binds may
  /// have, its place in the file.
  static std::string key_of(const config::Listener& listener, std::size_t index);

  /// What is new in one configuration, opened but not yet in use.
  struct Change {
    std::vector<std::vector<BoundSocket>> opened;      ///< by worker
    std::map<std::string, std::uint32_t> listener_of;  ///< every bind of the configuration, by its key
    std::map<std::string, base::Endpoint> endpoints;   ///< of the opened ones, as the kernel bound them
  };
  /// Whether `config` has a bind that is not open.
  bool has_new(const config::Config& config) const;
  /// Opens what `config` has and is not open: a socket for each worker and bind (of a unix path, one shared by all). On
  /// an error nothing stays open and nothing has changed.
  base::Result<Change> open(const config::Config& config) const;
  /// The change has taken effect.
  void commit(const Change& change);

  /// Open binds, by their keys, and their endpoints.
  const std::map<std::string, base::Endpoint>& endpoints() const { return endpoints_; }

 private:
  base::Result<void> open_one(const std::string& key, const base::Endpoint& wanted, std::uint32_t listener,
                              Change& change) const;
  bool has_port_open(const base::Endpoint& wanted, const Change& change) const;
  std::size_t workers_;
  std::map<std::string, base::Endpoint> endpoints_;
};

}  // namespace headgate::proxy
