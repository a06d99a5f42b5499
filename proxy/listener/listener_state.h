#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/local_ptr.h"
#include "config/config.h"
#include "proxy/listener/listener_share.h"

namespace headgate::net::tls {
class ServerContexts;
}

namespace headgate::proxy::listener {

/// What the sessions of one listener on one worker know of it. Belongs to that worker's thread, as do those who hold
/// it.
struct ListenerState : base::LocallyCounted {
  static constexpr std::uint32_t kNoListener = 0xffffffff;
  std::uint32_t index = 0;  ///< in Config::listeners; kNoListener once it is there no more
  std::shared_ptr<const config::Listener> settings;
  std::shared_ptr<ListenerShare> share;
  std::shared_ptr<const net::tls::ServerContexts> tls;  ///< null: plain
  /// Answers say Connection: close from now on: the listener goes away, or the process does.
  bool draining = false;

  bool trusts(const base::IpAddress& peer) const {
    for (const base::IpNetwork& network : settings->trusted_proxies) {
      if (network.contains(peer)) return true;
    }
    return false;
  }
};

}  // namespace headgate::proxy::listener
