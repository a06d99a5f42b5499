#pragma once
#include <event2/event_struct.h>

#include <cstdint>
#include <functional>
#include <utility>

#include "base/ip_address.h"
#include "base/result.h"
#include "net/loop.h"
#include "net/timer.h"

namespace headgate::net {

/// Whether a socket stays open in another process whatever happens to it here: then there is nobody to be reset, and
/// what is set on it would hold over there too.
enum class Elsewhere : std::uint8_t { kNowhere, kStaysOpen };

/// A bound, non-blocking descriptor that connections are accepted from, or that datagrams come by. Closes when
/// destroyed; a unix path is then removed.
class ListeningSocket {
 public:
  /// TCP sockets share their port with others of this process (SO_REUSEPORT), so that each worker has its own queue.
  /// A unix path that nobody answers on any more is taken over; one that is in use is an error.
  static base::Result<ListeningSocket> open(const base::Endpoint& endpoint);
  /// The same for a TCP socket that is to be the only one on its port: an error if another program listens there, even
  /// one of the same user that shares its port.
  static base::Result<ListeningSocket> open_alone(const base::Endpoint& endpoint);
  /// An error if some program listens on a TCP endpoint, even one that shares its ports: without this look, two
  /// instances of headgate would divide a port's connections between them and nobody would know. Nothing for unix
  /// paths.
  static base::Result<void> check_free(const base::Endpoint& endpoint);
  /// The same three for UDP, at an address that is no unix path: datagrams are told apart from connections by
  /// is_datagram() ever after.
  static base::Result<ListeningSocket> open_datagrams(const base::Endpoint& endpoint);
  static base::Result<void> check_datagrams_free(const base::Endpoint& endpoint);
  /// Takes over a listening socket that another process opened, and makes it non-blocking and close-on-exec. Its path,
  /// if it has one, is not removed until own_path().
  static base::Result<ListeningSocket> adopt(int fd, Elsewhere elsewhere);
  /// Another descriptor for the same queue: how workers share a unix socket. Does not remove the path.
  base::Result<ListeningSocket> duplicate() const;

  ListeningSocket(ListeningSocket&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)),
        endpoint_(std::move(other.endpoint_)),
        owns_path_(other.owns_path_),
        is_datagram_(other.is_datagram_),
        elsewhere_(other.elsewhere_) {}
  ListeningSocket& operator=(ListeningSocket&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(endpoint_, other.endpoint_);
    std::swap(owns_path_, other.owns_path_);
    std::swap(is_datagram_, other.is_datagram_);
    std::swap(elsewhere_, other.elsewhere_);
    return *this;
  }
  ~ListeningSocket();

  int fd() const { return fd_; }
  /// With the port that the kernel chose, if 0 was asked for.
  const base::Endpoint& endpoint() const { return endpoint_; }
  bool is_datagram() const { return is_datagram_; }

  /// Makes the kernel ignore new SYNs, while connections whose handshake is under way still come in: what is then
  /// accepted before closing is all there ever was, and no client is reset. Does nothing for unix sockets, for those of
  /// datagrams and for those that stay open elsewhere.
  void refuse_new_handshakes();

  /// From now on the path is removed when this closes, or left to another process that has the socket too.
  void own_path() { owns_path_ = endpoint_.is_unix() && endpoint_.path()[0] == '/'; }
  void leave_path() { owns_path_ = false; }
  bool owns_path() const { return owns_path_; }
  bool stays_open_elsewhere() const { return elsewhere_ == Elsewhere::kStaysOpen; }

 private:
  static base::Result<ListeningSocket> open_with(const base::Endpoint& endpoint, bool shares_port);
  ListeningSocket(int fd, base::Endpoint endpoint, Elsewhere elsewhere, bool is_datagram = false)
      : fd_(fd), endpoint_(std::move(endpoint)), is_datagram_(is_datagram), elsewhere_(elsewhere) {}
  int fd_;
  base::Endpoint endpoint_;
  bool owns_path_ = false;
  bool is_datagram_ = false;
  Elsewhere elsewhere_;
};

/// Accepts from one listening socket on one loop. Out of descriptors or memory, it pauses for kExhaustedPause and tries
/// again; clients wait in the kernel's queue meanwhile.
class Acceptor {
 public:
  /// `accepted` takes over the descriptor (non-blocking, close-on-exec). It may pause the acceptor, but not destroy it.
  using Accepted = std::function<void(int fd, const base::Endpoint& peer)>;
  /// Told when a pause begins, with errno.
  using Exhausted = std::function<void(int error)>;

  static constexpr base::Duration kExhaustedPause = std::chrono::milliseconds(100);
  /// Connections taken in one turn, so that a flood of them does not starve those that are open.
  static constexpr int kAcceptsPerTurn = 64;
  /// Turns in a row that found as many as were tried for, before more are tried for.
  static constexpr int kFullTurnsToGrow = 3;

  Acceptor(Loop& loop, ListeningSocket socket, Accepted accepted, Exhausted exhausted);
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  /// Stops and starts taking connections; the kernel queues them meanwhile. What pause() stopped, only resume() starts.
  void pause();
  void resume();
  /// Takes what the queue holds, now, without bound on the turn: before closing.
  void take_rest();

  ListeningSocket& socket() { return socket_; }

 private:
  void on_readable();
  /// False when the queue is empty or accepting failed.
  bool accept_one();

  Loop& loop_;
  ListeningSocket socket_;
  Accepted accepted_;
  Exhausted exhausted_;
  event event_;
  Timer retry_;
  bool paused_ = false;
  int tries_ = 1;  // in one turn: what the last turns found
  int full_turns_ = 0;
};

}  // namespace headgate::net
