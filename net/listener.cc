#include "net/listener.h"

#include <event2/event.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "base/owned_fd.h"

namespace headgate::net {
namespace {

constexpr int kBacklog = 65535;  // the kernel lowers it to net.core.somaxconn
/// Asked for; the kernel gives up to net.core.rmem_max. A burst waits here while the worker does something else.
constexpr int kReceiveBufferBytes = 4 * 1024 * 1024;

/// Whether a unix path is the left-over of a killed process: a socket that nobody answers on any more. Any other file
/// refuses connections too, but is not ours to remove.
bool is_left_over(const base::Endpoint& endpoint) {
  struct stat file;
  if (::lstat(endpoint.path().c_str(), &file) != 0 || !S_ISSOCK(file.st_mode)) return false;
  sockaddr_storage address;
  const socklen_t length = endpoint.to_sockaddr(address);
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (probe < 0) return false;
  const bool answered = ::connect(probe, reinterpret_cast<sockaddr*>(&address), length) == 0;
  const bool dead = !answered && errno == ECONNREFUSED;
  ::close(probe);
  return dead;
}

bool set_option(int fd, int level, int name, int value = 1) {
  return ::setsockopt(fd, level, name, &value, sizeof value) == 0;
}

/// How answers leave by it; where it is bound to all addresses, it tells with each datagram which one it came to.
bool prepare_datagrams(int fd, const base::IpAddress& address) {
  const bool is_v4 = address.is_v4();
  set_option(fd, SOL_SOCKET, SO_RCVBUF, kReceiveBufferBytes);
  // Answers may be cut into fragments on their way, and no path's MTU is learned from what strangers say
  // (RFC 9715 appendix A.1 has why that is forged).
  if (is_v4) set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
  const bool is_any = address == (is_v4 ? base::IpAddress() : base::IpAddress::v6({}));
  if (!is_any) return true;
  return is_v4 ? set_option(fd, IPPROTO_IP, IP_PKTINFO) : set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO);
}

bool is_datagram_socket(int fd) {
  int type = SOCK_STREAM;
  socklen_t length = sizeof type;
  return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_DGRAM;
}

/// An error where another program is bound there, even one that shares its ports.
base::Result<void> try_to_bind(const base::Endpoint& endpoint, int type, const std::string& what) {
  sockaddr_storage address;
  const socklen_t length = endpoint.to_sockaddr(address);
  const base::OwnedFd fd(::socket(address.ss_family, type | SOCK_CLOEXEC, 0));
  if (!fd) return base::system_error(errno, what);
  if (type == SOCK_STREAM) set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR);
  if (!endpoint.address().is_v4()) set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY);
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), length) == 0) return {};
  return base::system_error(errno, what);
}

std::string listening_on(const base::Endpoint& endpoint, bool is_datagram) {
  return "listen on " + endpoint.text() + (is_datagram ? " (UDP)" : "");
}

base::Endpoint endpoint_of(int fd) {
  sockaddr_storage bound;
  socklen_t length = sizeof bound;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &length) != 0) return {};
  return base::Endpoint::from_sockaddr(reinterpret_cast<sockaddr*>(&bound), length);
}

}  // namespace

base::Result<ListeningSocket> ListeningSocket::open(const base::Endpoint& endpoint) {
  return open_with(endpoint, true);
}

base::Result<void> ListeningSocket::check_free(const base::Endpoint& endpoint) {
  if (endpoint.is_unix()) return {};
  return try_to_bind(endpoint, SOCK_STREAM, listening_on(endpoint, false));
}

base::Result<void> ListeningSocket::check_datagrams_free(const base::Endpoint& endpoint) {
  return try_to_bind(endpoint, SOCK_DGRAM, listening_on(endpoint, true));
}

base::Result<ListeningSocket> ListeningSocket::open_datagrams(const base::Endpoint& endpoint) {
  const std::string what = listening_on(endpoint, true);
  if (endpoint.is_unix()) base::invariant_broken("datagrams of DNS come by no unix path");
  sockaddr_storage address;
  const socklen_t length = endpoint.to_sockaddr(address);
  const int fd = ::socket(address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return base::system_error(errno, what);
  ListeningSocket out(fd, endpoint, Elsewhere::kNowhere, true);
  if (!endpoint.address().is_v4()) set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY);
  if (!set_option(fd, SOL_SOCKET, SO_REUSEPORT) || !prepare_datagrams(fd, endpoint.address()) ||
      ::bind(fd, reinterpret_cast<sockaddr*>(&address), length) != 0) {
    return base::system_error(errno, what);
  }
  out.endpoint_ = endpoint_of(fd);
  return out;
}

base::Result<ListeningSocket> ListeningSocket::open_alone(const base::Endpoint& endpoint) {
  return open_with(endpoint, false);
}

base::Result<ListeningSocket> ListeningSocket::open_with(const base::Endpoint& endpoint, bool shares_port) {
  sockaddr_storage address;
  const socklen_t length = endpoint.to_sockaddr(address);
  const std::string what = listening_on(endpoint, false);
  const int fd = ::socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return base::system_error(errno, what);
  ListeningSocket out(fd, endpoint, Elsewhere::kNowhere);
  if (!endpoint.is_unix()) {
    set_option(fd, SOL_SOCKET, SO_REUSEADDR);
    if (shares_port) set_option(fd, SOL_SOCKET, SO_REUSEPORT);
    set_option(fd, IPPROTO_TCP, TCP_NODELAY);  // accepted sockets inherit it: one call fewer for each
    if (!endpoint.address().is_v4()) set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY);
  } else if (endpoint.path()[0] == '/' && is_left_over(endpoint)) {
    ::unlink(endpoint.path().c_str());
  }
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), length) != 0) return base::system_error(errno, what);
  out.own_path();
  if (::listen(fd, kBacklog) != 0) return base::system_error(errno, what);
  if (!endpoint.is_unix()) out.endpoint_ = endpoint_of(fd);
  return out;
}

base::Result<ListeningSocket> ListeningSocket::adopt(int fd, Elsewhere elsewhere) {
  ListeningSocket out(fd, endpoint_of(fd), elsewhere, is_datagram_socket(fd));
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 || ::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
    return base::system_error(errno, "take over the socket of " + out.endpoint_.text());
  }
  if (out.is_datagram_) {
    if (!prepare_datagrams(fd, out.endpoint_.address())) {
      return base::system_error(errno, "take over the socket of " + out.endpoint_.text());
    }
  } else if (!out.endpoint_.is_unix()) {
    set_option(fd, IPPROTO_TCP, TCP_NODELAY);
  }
  return out;
}

base::Result<ListeningSocket> ListeningSocket::duplicate() const {
  const int fd = ::fcntl(fd_, F_DUPFD_CLOEXEC, 0);
  if (fd < 0) return base::system_error(errno, "duplicate the socket of " + endpoint_.text());
  return ListeningSocket(fd, endpoint_, elsewhere_, is_datagram_);
}

ListeningSocket::~ListeningSocket() {
  if (fd_ < 0) return;
  ::close(fd_);
  if (owns_path_) ::unlink(endpoint_.path().c_str());
}

void ListeningSocket::refuse_new_handshakes() {
  if (endpoint_.is_unix() || is_datagram_ || stays_open_elsewhere()) return;
  // A TCP socket's filter sees the segment from its TCP header on; byte 13 holds the flags. Drop SYN without ACK.
  sock_filter program[] = {
      {BPF_LD | BPF_B | BPF_ABS, 0, 0, 13},    {BPF_ALU | BPF_AND | BPF_K, 0, 0, 0x12},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0x02}, {BPF_RET | BPF_K, 0, 0, 0},
      {BPF_RET | BPF_K, 0, 0, 0xffffffff},
  };
  const sock_fprog filter{sizeof program / sizeof program[0], program};
  ::setsockopt(fd_, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
}

Acceptor::Acceptor(Loop& loop, ListeningSocket socket, Accepted accepted, Exhausted exhausted)
    : loop_(loop),
      socket_(std::move(socket)),
      accepted_(std::move(accepted)),
      exhausted_(std::move(exhausted)),
      retry_(loop.timers(), [](void* self) { static_cast<Acceptor*>(self)->resume(); }, this) {
  event_assign(
      &event_, loop.base(), socket_.fd(), EV_READ | EV_PERSIST,
      [](evutil_socket_t, short, void* self) { static_cast<Acceptor*>(self)->on_readable(); }, this);
  event_add(&event_, nullptr);
}

Acceptor::~Acceptor() {
  event_del(&event_);
}

void Acceptor::pause() {
  paused_ = true;
  retry_.clear();
  event_del(&event_);
}

void Acceptor::resume() {
  if (!paused_) return;
  paused_ = false;
  retry_.clear();
  event_add(&event_, nullptr);
}

void Acceptor::on_readable() {
  // The event is level triggered, so what is left is reported again: trying once more than there was last time would
  // end in a call for nothing whenever connections come one by one.
  for (int i = 0; i < tries_; ++i) {
    if (paused_) return;
    if (!accept_one()) {
      tries_ = std::max(1, i);
      full_turns_ = 0;
      return;
    }
  }
  if (++full_turns_ < kFullTurnsToGrow) return;
  full_turns_ = 0;
  tries_ = std::min(tries_ * 2, kAcceptsPerTurn);
}

void Acceptor::take_rest() {
  while (accept_one()) {
  }
}

bool Acceptor::accept_one() {
  sockaddr_storage peer;
  socklen_t length = sizeof peer;
  const int fd = ::accept4(socket_.fd(), reinterpret_cast<sockaddr*>(&peer), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) {
    accepted_(fd, base::Endpoint::from_sockaddr(reinterpret_cast<sockaddr*>(&peer), length));
    return true;
  }
  switch (errno) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM: {
      const int error = errno;
      pause();
      retry_.set(loop_.now() + kExhaustedPause);
      exhausted_(error);
      return false;
    }
    case EINTR:
    case ECONNABORTED:
      return true;  // that client has gone; the next may be there
    default:
      return false;
  }
}

}  // namespace headgate::net
