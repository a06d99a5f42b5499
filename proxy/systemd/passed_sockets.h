#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "net/listener.h"

namespace headgate::proxy::systemd {

/// A listening socket that the service manager opened for us (socket activation, sd_listen_fds(3)). It stays open over
/// there as well: what this process closes, nobody resets.
struct PassedSocket {
  std::string name;  ///< FileDescriptorName= of the socket unit; its own name if it has none
  net::ListeningSocket socket;
};

/// Takes what LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES in the environment say, and removes them from it. Each that is
/// not a listening stream socket is an error, and closed. Before the first thread starts.
std::vector<base::Result<PassedSocket>> take_passed_sockets();

}  // namespace headgate::proxy::systemd
