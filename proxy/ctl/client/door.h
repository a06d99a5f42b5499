#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"

namespace headgate::proxy::ctl::client {

inline constexpr const char* kDefaultSocket = "/run/headgate/admin.sock";

/// What a command line says about the daemon that is meant.
struct DoorWish {
  std::optional<std::string> socket = {};      ///< path of admin.socket
  std::optional<std::string> url = {};         ///< http://HOST:PORT of admin.bind
  std::optional<std::string> token_file = {};  ///< with `url` alone
};

/// Where a daemon's admin API is, and what opens it.
struct Door {
  std::vector<base::Endpoint> endpoints;  ///< tried in this order; never empty
  std::string host;                       ///< value of the Host field
  std::string token;                      ///< empty: none is sent
  std::string name;                       ///< for messages: the path or the URL
};

/// The door that is wished for; without `socket` and `url` that of $HEADGATE_SOCKET, else kDefaultSocket. The host of a
/// URL is resolved, which may wait for a name server. Errors are the user's, and say what to write.
base::Result<Door> find_door(const DoorWish& wish);

/// Why nobody answers behind a door, given what connecting said: what is or is not there, and the remedy.
base::Error unreachable(const Door& door, const base::Error& error);

}  // namespace headgate::proxy::ctl::client
