#include "proxy/systemd/passed_sockets.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace headgate::proxy::systemd {
namespace {

base::Result<PassedSocket> checked(int fd, std::string name) {
  if (::sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0) {
    ::close(fd);
    return base::Error{base::ErrorKind::kInvalid, base::Fault::kUser,
                       fmt::format("descriptor {} ({}), passed by the service manager, is not a listening stream "
                                   "socket: of socket units only ListenStream= is of use",
                                   fd, name)};
  }
  base::Result<net::ListeningSocket> socket = net::ListeningSocket::adopt(fd, net::Elsewhere::kStaysOpen);
  if (!socket) return socket.error();
  return PassedSocket{std::move(name), std::move(*socket)};
}

}  // namespace

std::vector<base::Result<PassedSocket>> take_passed_sockets() {
  std::vector<base::Result<PassedSocket>> sockets;
  char** names = nullptr;
  const int count = ::sd_listen_fds_with_names(1, &names);
  if (count < 0) {
    sockets.emplace_back(base::Error{base::ErrorKind::kInvalid, base::Fault::kUser,
                                     fmt::format("LISTEN_FDS: sockets that the service manager passed cannot be taken: "
                                                 "{}",
                                                 std::strerror(-count))});
  }
  for (int i = 0; i < count; ++i) sockets.push_back(checked(SD_LISTEN_FDS_START + i, names[i]));
  for (char** name = names; name != nullptr && *name != nullptr; ++name) std::free(*name);
  std::free(static_cast<void*>(names));
  return sockets;
}

}  // namespace headgate::proxy::systemd
