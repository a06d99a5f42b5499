#pragma once
#include <event2/event_struct.h>
#include <sys/uio.h>

#include <coroutine>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "base/ip_address.h"
#include "base/result.h"
#include "net/loop.h"
#include "net/task.h"
#include "net/timer.h"

namespace headgate::net {

class SocketLayer;
namespace tls {
class Facts;
}

enum class IoStatus : std::uint8_t { kOk, kWouldBlock, kEnd, kFailed };

/// What one try of reading or writing gave, without waiting.
struct IoResult {
  IoStatus status = IoStatus::kOk;
  int error = 0;          ///< errno, for kFailed; for kEnd as was_cut() has it
  std::size_t bytes = 0;  ///< for kOk

  /// An end that the peer did not announce where its protocol has an announcement (TLS): anybody on the way can make
  /// such an end, so it completes nothing.
  bool was_cut() const { return status == IoStatus::kEnd && error != 0; }
};

enum class WaitStatus : std::uint8_t { kReady, kTimeout };

/// Told once when a peer closes while nobody reads from it. The callback is the last act of the socket's event.
class HangupWatch {
 public:
  using Callback = void (*)(void* context);
  HangupWatch(Callback callback, void* context) : callback_(callback), context_(context) {}

 private:
  friend class Socket;
  Callback callback_;
  void* context_;
};

/// A connected stream socket that never blocks: try first, wait only where the try said so.
///
///     IoResult got = socket.read_some(buffer);
///     if (got.status == IoStatus::kWouldBlock) WaitStatus w = co_await socket.readable(deadline);
///
/// One reader and one writer may wait at a time. Its events are registered once, edge triggered (the one for writing
/// when a write first would block), so steady traffic makes no epoll_ctl calls. Not movable; closes when destroyed.
class Socket {
 public:
  /// Takes over a connected, non-blocking descriptor.
  Socket(Loop& loop, int fd);
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  /// Connects; errors are the upstream's, kTimeout at the deadline.
  static Task<base::Result<std::unique_ptr<Socket>>> connect(Loop& loop, base::Endpoint endpoint, base::Time deadline);

  /// kOk with 1 to out.size() bytes, kWouldBlock, kEnd (the peer closed its side) or kFailed. `out` is not empty.
  IoResult read_some(std::span<char> out);
  /// Sends as much as the kernel takes at once; kOk may be short. At most 64 parts.
  IoResult write_some(std::span<const iovec> parts);
  /// Moves bytes that have arrived into a pipe, and from a pipe out: as read_some and write_some, without a copy.
  /// Only where can_splice().
  IoResult splice_to(int pipe, std::size_t max);
  IoResult splice_from(int pipe, std::size_t bytes, bool more);
  /// As read_some(), of the kernel's bytes and not a layer's: for who only means to drop what still comes.
  IoResult read_beneath(std::span<char> out) { return receive(out); }
  /// A read is worth trying: readable() would not wait.
  bool may_be_readable() const { return maybe_readable_; }
  /// Nothing waits to be read and the peer has not closed, as far as the kernel knows. Costs a system call only if the
  /// last read left that open.
  bool is_silent();

  static constexpr base::Duration kResetNoticedWithin = std::chrono::seconds(1);

  class Waiter;
  /// Until a read is worth trying; kReady at once if the last one left something. Where the kernel tells of bytes and
  /// of a reset behind them as one event, the reset wakes a reader only after kResetNoticedWithin: who wants more in
  /// the middle of a message does better to try first.
  Waiter readable(base::Time deadline);
  /// Until a write that would have blocked is worth trying again.
  Waiter writable(base::Time deadline);

  /// Sends all of the parts, waiting as needed. `stall` bounds each wait, not the whole. Errors carry `fault`.
  Task<base::Result<void>> write_all(std::span<iovec> parts, base::Duration stall, base::Fault fault);

  /// Sends a FIN; reading goes on.
  void shutdown_write();
  /// What has come is still read, and then an end: wakes a reader who waits.
  void shutdown_read();
  /// Makes close() send a reset in place of a FIN.
  void reset_on_close();
  /// The peer has closed its side, as far as the kernel has told.
  bool peer_closed() const { return peer_closed_; }
  /// A reset came, or both sides have closed: nothing can go out any more. Costs a system call.
  bool is_broken() const;
  /// No more than one watch; null takes it off. Not called for a close that peer_closed() already shows.
  void set_hangup_watch(HangupWatch* watch) { watch_ = watch; }

  /// Puts a layer under read_some(), write_some() and all that stands on them; it stays for the socket's life.
  void set_layer(std::unique_ptr<SocketLayer> layer);
  /// The kernel's bytes are the connection's bytes.
  bool can_splice() const { return layer_ == nullptr; }
  /// What is known of the connection's TLS; null on a plain one.
  const tls::Facts* tls() const;
  /// The addresses of both ends, as the kernel has them; each costs a system call.
  base::Endpoint peer() const;
  base::Endpoint local() const;

  Loop& loop() { return loop_; }
  int fd() const { return fd_; }

 private:
  friend class SocketLayer;
  struct WriteSide;
  IoResult receive(std::span<char> out);
  IoResult send(std::span<const iovec> parts);
  WriteSide& write_side();
  void on_readable(short what);
  void on_read_time();
  void wait_to_read(std::coroutine_handle<> reader, base::Time deadline);
  void finish_read_wait(WaitStatus status);

  Loop& loop_;
  int fd_;
  bool maybe_readable_ = true;  // nothing is known yet: the first read is tried
  bool peer_closed_ = false;
  WaitStatus read_status_ = WaitStatus::kReady;
  std::coroutine_handle<> reader_;
  HangupWatch* watch_ = nullptr;
  base::Time read_deadline_;
  Timer read_timer_;
  event read_event_;
  std::unique_ptr<WriteSide> write_;
  std::unique_ptr<SocketLayer> layer_;
};

/// Awaits one direction of a socket; takes itself off when the awaiting coroutine is destroyed.
class [[nodiscard]] Socket::Waiter {
 public:
  Waiter(Socket& socket, base::Time deadline, bool writing)
      : socket_(&socket), deadline_(deadline), writing_(writing) {}
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter();
  bool await_ready() const;
  void await_suspend(std::coroutine_handle<> awaiting);
  WaitStatus await_resume();

 private:
  Socket* socket_;
  base::Time deadline_;
  bool writing_;
  bool waiting_ = false;
};

}  // namespace headgate::net
