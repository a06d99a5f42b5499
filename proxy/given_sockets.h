#pragma once
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "base/ip_address.h"
#include "config/config.h"
#include "net/listener.h"
#include "proxy/systemd/passed_sockets.h"

namespace headgate::proxy {

/// A listening socket of the predecessor: of one worker's bind, by its key, or of the admin server.
struct InheritedSocket {
  std::string bind;
  std::size_t worker = 0;
  net::ListeningSocket socket;
};

/// Listening sockets that others opened for this process: the service manager, or the predecessor at an upgrade.
/// Those that were passed stay here for the life of the process, and binds get duplicates of them: a listener that a
/// reload removes may come back with the next. Belongs to the control thread.
class GivenSockets {
 public:
  /// What the sockets of the admin server are known by, beside the keys of binds.
  static constexpr const char* kAdminBind = "admin.bind";
  static constexpr const char* kAdminSocket = "admin.socket";

  GivenSockets() = default;
  GivenSockets(std::vector<systemd::PassedSocket> passed, std::vector<InheritedSocket> inherited)
      : passed_(std::move(passed)), inherited_(std::move(inherited)) {}

  /// Says anew which passed socket serves what, for a configuration that is about to be taken.
  void assign(const config::Config& config);
  /// Closes the passed sockets that the assigned configuration has no use for; a sentence about each.
  std::vector<std::string> close_unmatched();

  /// The passed socket for a bind; null if there is none.
  const systemd::PassedSocket* passed_for(const std::string& bind) const;
  /// Takes the predecessor's sockets of a bind; none if it had none.
  std::vector<net::ListeningSocket> take_inherited(const std::string& bind);
  /// Keys of what was inherited and not taken.
  std::vector<std::string> not_taken() const;
  /// Closes what was not taken.
  void close_inherited() { inherited_.clear(); }
  /// Whether one of them, in use or not, has this port.
  bool has_port(const base::Endpoint& wanted) const;

  const std::vector<systemd::PassedSocket>& passed() const { return passed_; }

 private:
  std::vector<systemd::PassedSocket> passed_;
  std::vector<InheritedSocket> inherited_;  // in the order of workers
  std::map<std::string, std::size_t> assigned_;
  std::vector<std::size_t> unmatched_;
};

}  // namespace headgate::proxy
