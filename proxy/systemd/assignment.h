#pragma once
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/ip_address.h"
#include "config/config.h"

namespace headgate::proxy::systemd {

/// What is known of a passed socket.
struct PassedAddress {
  std::string name;
  base::Endpoint endpoint;
};

/// Which passed socket serves what, as places in the list of them.
struct Assignment {
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> binds;  ///< (listener, its bind) -> socket
  std::optional<std::size_t> admin_bind;
  std::optional<std::size_t> admin_socket;
  std::vector<std::size_t> unmatched;  ///< what the configuration has no use for
};

/// A socket is taken for the bind with its address. One whose address is nobody's is taken by its name: for the first
/// bind of the listener of that name that has none yet, whatever address the file gives; and, named `admin`, for
/// admin.bind or (a unix socket) admin.socket, if no listener is called so.
Assignment assign(const config::Config& config, const std::vector<PassedAddress>& passed);

}  // namespace headgate::proxy::systemd
