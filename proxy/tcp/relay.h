#pragma once
#include <cstdint>
#include <string_view>

#include "base/counters.h"
#include "net/buffer_pool.h"
#include "net/pipe.h"
#include "net/socket.h"
#include "net/task.h"
#include "net/waiting.h"
#include "proxy/listener/connection_ending.h"

namespace headgate::proxy::tcp {

/// Carries bytes between two sockets, both ways at once, until both sides have closed in good order (the end of one
/// direction is passed on, and the other goes on), one of them cuts the connection, or nothing has moved for the idle
/// time. What one side does not take is not read from the other: at most a buffer or a pipe is on its way in each
/// direction. Small pieces are copied, streams go through a pipe (docs/decisions/0015-relaying-tcp.md). Holds neither
/// while nothing moves.
class Relay {
 public:
  /// Where one direction's bytes are counted.
  struct Counted {
    base::Counter& received;
    base::Counter& sent;
  };
  Relay(net::Socket& client, net::Socket& backend, Counted up, Counted down, base::Duration idle);
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  /// `early` are bytes of the client that were read before there was a backend; they are in `buffer`.
  net::Task<listener::ConnectionEnding> run(net::Buffer buffer, std::string_view early);

  /// Bytes were read that did not get through: what is closed now is not at its end.
  bool holds_bytes() const { return up_.is_stuck || down_.is_stuck; }

  std::uint64_t bytes_up() const { return up_.bytes; }
  std::uint64_t bytes_down() const { return down_.bytes; }
  /// When the backend's first byte came; zero: none has.
  base::Time first_byte_down() const { return down_.first_byte; }

 private:
  struct Way {
    net::Socket& from;
    net::Socket& to;
    Counted counted;
    std::uint64_t bytes = 0;
    base::Time first_byte{};
    bool is_over = false;
    bool is_stuck = false;  ///< holds bytes that the other side does not take
  };
  /// What became of a stream through a pipe.
  enum class Flow : std::uint8_t { kThin, kOver, kFailed };

  net::Task<void> carry(Way& way, net::Buffer buffer, std::string_view early);
  net::Task<bool> write(Way& way, std::string_view bytes);
  net::Task<Flow> carry_stream(Way& way);
  void note(Way& way, std::size_t bytes);
  void finish(Way& way);
  void fail(const net::Socket& cut);

  /// Copied at once. A read that fills it tells of a stream.
  static constexpr std::size_t kCopyBytes = net::BufferPool::kMedium;
  /// A stream that brings less than this between two waits is copied again.
  static constexpr std::size_t kStreamBytesMin = kCopyBytes;
  /// Asked of one splice.
  static constexpr std::size_t kSpliceBytes = 1024 * 1024;

  net::Loop& loop_;
  Way up_;
  Way down_;
  base::Duration idle_;
  base::Time last_moved_;
  net::TurnShare share_;  // of both directions
  net::Gate over_;        // opens when both ways are over, or one has failed
  listener::ConnectionEnding ending_ = listener::ConnectionEnding::kWell;
};

}  // namespace headgate::proxy::tcp
