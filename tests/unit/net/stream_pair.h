#pragma once
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <utility>

namespace headgate::net::testing {

/// Two connected stream sockets: `ours` does not block and goes to a Socket, `peer` blocks and is driven by the test.
struct StreamPair {
  int ours = -1;
  int peer = -1;

  static StreamPair unix_pair() {
    int fds[2];
    ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds);
    return StreamPair(fds[0], fds[1]);
  }
  /// Over loopback TCP, with a small send buffer on our side and a small receive buffer on the peer's if asked for.
  static StreamPair tcp(int buffer_bytes = 0) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    ::bind(listener, reinterpret_cast<sockaddr*>(&address), length);
    if (buffer_bytes > 0) ::setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
    ::listen(listener, 1);
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length);
    const int ours = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (buffer_bytes > 0) ::setsockopt(ours, SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof buffer_bytes);
    ::connect(ours, reinterpret_cast<sockaddr*>(&address), length);
    const int peer = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    ::close(listener);
    return StreamPair(ours, peer);
  }

  StreamPair(StreamPair&& other) noexcept : ours(std::exchange(other.ours, -1)), peer(std::exchange(other.peer, -1)) {}
  StreamPair& operator=(StreamPair&&) = delete;
  ~StreamPair() {
    if (ours >= 0) ::close(ours);
    if (peer >= 0) ::close(peer);
  }

  int take_ours() { return std::exchange(ours, -1); }
  void send(std::string_view bytes) const {
    [[maybe_unused]] const ssize_t n = ::send(peer, bytes.data(), bytes.size(), 0);
  }
  void close_peer() { ::close(std::exchange(peer, -1)); }
  void reset_peer() {
    const linger at_once{1, 0};
    ::setsockopt(peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close_peer();
  }

 private:
  StreamPair(int our_side, int peer_side) : ours(our_side), peer(peer_side) {
    ::fcntl(ours, F_SETFL, ::fcntl(ours, F_GETFL) | O_NONBLOCK);
  }
};

}  // namespace headgate::net::testing
