#include "net/socket.h"

#include <event2/event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/owned_fd.h"
#include "net/socket_layer.h"

namespace headgate::net {
namespace {

// The C library's recv and sendmsg are points where a thread can be cancelled, at some 45 instructions a call in a
// program with threads. Nothing here cancels threads, and a request makes four such calls: they are made without.

ssize_t receive_bytes(int fd, char* out, std::size_t bytes) {
  return ::syscall(SYS_recvfrom, fd, out, bytes, 0, nullptr, nullptr);
}

ssize_t send_parts(int fd, std::span<const iovec> parts) {
  if (parts.size() == 1) {
    return ::syscall(SYS_sendto, fd, parts[0].iov_base, parts[0].iov_len, MSG_NOSIGNAL, nullptr, 0);
  }
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts.data());
  message.msg_iovlen = parts.size();
  return ::syscall(SYS_sendmsg, fd, &message, MSG_NOSIGNAL);
}

}  // namespace

/// Exists only for sockets that once had to wait for room, so that an idle connection does not pay for it.
struct Socket::WriteSide {
  WriteSide(Socket& socket)
      : timer(
            socket.loop_.timers(), [](void* self) { static_cast<WriteSide*>(self)->wake(WaitStatus::kTimeout); },
            this) {
    event_assign(
        &event, socket.loop_.base(), socket.fd_, EV_WRITE | EV_PERSIST | EV_ET,
        [](evutil_socket_t, short, void* self) {
          auto* side = static_cast<WriteSide*>(self);
          side->maybe_writable = true;
          side->wake(WaitStatus::kReady);
        },
        this);
    event_add(&event, nullptr);
  }
  ~WriteSide() { event_del(&event); }

  void wake(WaitStatus why) {
    if (!writer) return;
    status = why;
    std::exchange(writer, nullptr).resume();  // last act: the coroutine may destroy the socket
  }

  struct event event;
  Timer timer;
  std::coroutine_handle<> writer;
  WaitStatus status = WaitStatus::kReady;
  bool maybe_writable = false;
};

Socket::Socket(Loop& loop, int fd)
    : loop_(loop),
      fd_(fd),
      read_timer_(loop.timers(), [](void* self) { static_cast<Socket*>(self)->on_read_time(); }, this) {
  event_assign(
      &read_event_, loop.base(), fd, EV_READ | EV_CLOSED | EV_PERSIST | EV_ET,
      [](evutil_socket_t, short what, void* self) { static_cast<Socket*>(self)->on_readable(what); }, this);
  event_add(&read_event_, nullptr);
}

Socket::~Socket() {
  layer_.reset();
  write_.reset();
  event_del(&read_event_);
  ::close(fd_);
}

void Socket::on_readable(short what) {
  maybe_readable_ = true;
  // libevent tells a reset as no more than "readable". Only a watch asks further: a reader finds out when it reads.
  const bool closed = (what & EV_CLOSED) != 0 || (!reader_ && watch_ != nullptr && is_broken());
  const bool newly_closed = closed && !peer_closed_;
  if (newly_closed) peer_closed_ = true;
  if (reader_) {
    finish_read_wait(WaitStatus::kReady);
  } else if (newly_closed && watch_ != nullptr) {
    watch_->callback_(watch_->context_);
  }
}

bool Socket::is_broken() const {
  pollfd asked{fd_, 0, 0};  // errors and hang-ups are always told, and, unlike by getsockopt(SO_ERROR), not taken
  return ::poll(&asked, 1, 0) > 0;
}

void Socket::wait_to_read(std::coroutine_handle<> reader, base::Time deadline) {
  if (reader_) base::invariant_broken("two readers wait for one socket");
  reader_ = reader;
  read_deadline_ = deadline;
  read_timer_.set(std::min(deadline, loop_.now() + kResetNoticedWithin));
}

void Socket::on_read_time() {
  if (!reader_) return;
  if (loop_.now() >= read_deadline_) {
    finish_read_wait(WaitStatus::kTimeout);
  } else if (is_broken()) {
    // A reset came in one event with the bytes that were read last, and edge triggering will not repeat it.
    maybe_readable_ = true;
    finish_read_wait(WaitStatus::kReady);
  } else {
    read_timer_.set(read_deadline_);
  }
}

void Socket::finish_read_wait(WaitStatus status) {
  if (!reader_) return;
  read_status_ = status;
  read_timer_.clear();
  std::exchange(reader_, nullptr).resume();  // last act: the coroutine may destroy this socket
}

IoResult Socket::read_some(std::span<char> out) {
  if (layer_) return layer_->read_some(out);
  return receive(out);
}

IoResult Socket::receive(std::span<char> out) {
  while (true) {
    const ssize_t got = receive_bytes(fd_, out.data(), out.size());
    if (got > 0) {
      // Edge triggered: a short read has emptied the kernel's buffer, unless the end of the stream waits behind it.
      if (static_cast<std::size_t>(got) < out.size() && !peer_closed_) maybe_readable_ = false;
      return {IoStatus::kOk, 0, static_cast<std::size_t>(got)};
    }
    if (got == 0) {
      peer_closed_ = true;
      return {IoStatus::kEnd, 0, 0};
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN) {
      maybe_readable_ = false;
      return {IoStatus::kWouldBlock, 0, 0};
    }
    return {IoStatus::kFailed, errno, 0};
  }
}

IoResult Socket::write_some(std::span<const iovec> parts) {
  if (layer_) return layer_->write_some(parts);
  return send(parts);
}

IoResult Socket::send(std::span<const iovec> parts) {
  while (true) {
    const ssize_t sent = send_parts(fd_, parts);
    if (sent >= 0) return {IoStatus::kOk, 0, static_cast<std::size_t>(sent)};
    if (errno == EINTR) continue;
    if (errno == EAGAIN) {
      // Registering the event late is safe: adding it to epoll reports a socket that has become writable meanwhile.
      write_side().maybe_writable = false;
      return {IoStatus::kWouldBlock, 0, 0};
    }
    return {IoStatus::kFailed, errno, 0};
  }
}

IoResult Socket::splice_to(int pipe, std::size_t max) {
  while (true) {
    const ssize_t got = ::splice(fd_, nullptr, pipe, nullptr, max, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (got > 0) return {IoStatus::kOk, 0, static_cast<std::size_t>(got)};
    if (got == 0) {
      peer_closed_ = true;
      return {IoStatus::kEnd, 0, 0};
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return {IoStatus::kFailed, errno, 0};
    maybe_readable_ = false;
    return {IoStatus::kWouldBlock, 0, 0};
  }
}

IoResult Socket::splice_from(int pipe, std::size_t bytes, bool more) {
  const unsigned flags = SPLICE_F_MOVE | SPLICE_F_NONBLOCK | (more ? SPLICE_F_MORE : 0);
  while (true) {
    const ssize_t sent = ::splice(pipe, nullptr, fd_, nullptr, bytes, flags);
    if (sent >= 0) return {IoStatus::kOk, 0, static_cast<std::size_t>(sent)};
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return {IoStatus::kFailed, errno, 0};
    write_side().maybe_writable = false;
    return {IoStatus::kWouldBlock, 0, 0};
  }
}

bool Socket::is_silent() {
  if (peer_closed_) return false;
  if (!maybe_readable_) return true;
  if (layer_) return layer_->is_silent();
  char byte;
  const bool silent = ::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
  maybe_readable_ = !silent;
  return silent;
}

Socket::WriteSide& Socket::write_side() {
  if (!write_) write_ = std::make_unique<WriteSide>(*this);
  return *write_;
}

void Socket::set_layer(std::unique_ptr<SocketLayer> layer) {
  layer_ = std::move(layer);
}

const tls::Facts* Socket::tls() const {
  return layer_ ? layer_->tls() : nullptr;
}

base::Endpoint Socket::peer() const {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getpeername(fd_, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
  return base::Endpoint::from_sockaddr(reinterpret_cast<const sockaddr*>(&address), length);
}

base::Endpoint Socket::local() const {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
  return base::Endpoint::from_sockaddr(reinterpret_cast<const sockaddr*>(&address), length);
}

void Socket::shutdown_write() {
  if (layer_) layer_->end_writing();
  ::shutdown(fd_, SHUT_WR);
}

void Socket::shutdown_read() {
  ::shutdown(fd_, SHUT_RD);
}

void Socket::reset_on_close() {
  if (layer_) layer_->forgo_end();
  const linger at_once{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

Socket::Waiter Socket::readable(base::Time deadline) {
  return Waiter(*this, deadline, false);
}
Socket::Waiter Socket::writable(base::Time deadline) {
  return Waiter(*this, deadline, true);
}

Socket::Waiter::~Waiter() {
  if (!waiting_) return;
  if (writing_) {
    socket_->write_->writer = nullptr;
    socket_->write_->timer.clear();
  } else {
    socket_->reader_ = nullptr;
    socket_->read_timer_.clear();
  }
}

bool Socket::Waiter::await_ready() const {
  return writing_ ? socket_->write_side().maybe_writable : socket_->maybe_readable_;
}

void Socket::Waiter::await_suspend(std::coroutine_handle<> awaiting) {
  waiting_ = true;
  if (writing_) {
    WriteSide& side = *socket_->write_;
    if (side.writer) base::invariant_broken("two writers wait for one socket");
    side.writer = awaiting;
    side.timer.set(deadline_);
  } else {
    socket_->wait_to_read(awaiting, deadline_);
  }
}

WaitStatus Socket::Waiter::await_resume() {
  if (!waiting_) return WaitStatus::kReady;
  waiting_ = false;
  if (!writing_) return socket_->read_status_;
  socket_->write_->timer.clear();
  return socket_->write_->status;
}

Task<base::Result<void>> Socket::write_all(std::span<iovec> parts, base::Duration stall, base::Fault fault) {
  while (!parts.empty()) {
    const IoResult sent = write_some(parts.first(parts.size() < 64 ? parts.size() : 64));
    if (sent.status == IoStatus::kFailed) co_return base::system_error(sent.error, "write", fault);
    if (sent.status == IoStatus::kWouldBlock) {
      const WaitStatus waited = co_await writable(loop_.now() + stall);
      if (waited == WaitStatus::kTimeout) {
        co_return base::Error{base::ErrorKind::kTimeout, fault, "write: the peer took nothing for too long"};
      }
      continue;
    }
    std::size_t left = sent.bytes;
    while (!parts.empty() && left >= parts.front().iov_len) {
      left -= parts.front().iov_len;
      parts = parts.subspan(1);
    }
    if (left > 0) {
      parts.front().iov_base = static_cast<char*>(parts.front().iov_base) + left;
      parts.front().iov_len -= left;
    }
  }
  co_return base::Result<void>();
}

Task<base::Result<std::unique_ptr<Socket>>> Socket::connect(Loop& loop, base::Endpoint endpoint, base::Time deadline) {
  using SocketResult = base::Result<std::unique_ptr<Socket>>;
  sockaddr_storage address;
  const socklen_t length = endpoint.to_sockaddr(address);
  base::OwnedFd fd(::socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (fd.get() < 0) co_return SocketResult(base::system_error(errno, "socket"));
  if (!endpoint.is_unix()) {
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  const int connected = ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), length);
  const int why = errno;
  if (connected == 0) co_return SocketResult(std::make_unique<Socket>(loop, fd.take()));
  if (why != EINPROGRESS) {
    // A unix socket whose backlog is full answers EAGAIN: nobody accepts fast enough, as good as refused.
    base::Error error =
        base::system_error(why == EAGAIN ? ECONNREFUSED : why, "connect to " + endpoint.text(), base::Fault::kUpstream);
    // Out of local ports: nothing that the other end could help.
    if (error.kind == base::ErrorKind::kExhausted) error.fault = base::Fault::kHeadgate;
    co_return SocketResult(std::move(error));
  }
  auto socket = std::make_unique<Socket>(loop, fd.take());
  const WaitStatus waited = co_await socket->writable(deadline);
  if (waited == WaitStatus::kTimeout) {
    co_return SocketResult(base::Error{base::ErrorKind::kTimeout, base::Fault::kUpstream,
                                       "connect to " + endpoint.text() + ": no answer in time"});
  }
  int error = 0;
  socklen_t error_length = sizeof error;
  ::getsockopt(socket->fd(), SOL_SOCKET, SO_ERROR, &error, &error_length);
  if (error != 0) {
    co_return SocketResult(base::system_error(error, "connect to " + endpoint.text(), base::Fault::kUpstream));
  }
  // Without this, each later packet in would also report "writable" and cost a callback.
  socket->write_.reset();
  co_return SocketResult(std::move(socket));
}

}  // namespace headgate::net
