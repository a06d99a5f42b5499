#pragma once
#include <span>

#include "net/socket.h"

namespace headgate::net {

/// What lies between a Socket's users and the kernel: TLS. Each call means what the Socket's own of that name does.
/// It is the layer's to keep "maybe readable" true while it holds bytes that its reader has not had: the kernel tells
/// of bytes once, when they come.
class SocketLayer {
 public:
  virtual ~SocketLayer() = default;
  SocketLayer(const SocketLayer&) = delete;
  SocketLayer& operator=(const SocketLayer&) = delete;

  virtual IoResult read_some(std::span<char> out) = 0;
  /// kWouldBlock where not all of what was made of the parts could be sent: the next call must begin with the same
  /// bytes, and they are reported as sent when they are.
  virtual IoResult write_some(std::span<const iovec> parts) = 0;
  virtual bool is_silent() = 0;
  /// Says to the peer that nothing more will come; before the FIN.
  virtual void end_writing() = 0;
  /// The end is to look like none.
  virtual void forgo_end() = 0;
  virtual const tls::Facts* tls() const = 0;

 protected:
  explicit SocketLayer(Socket& socket) : socket_(socket) {}
  IoResult receive(std::span<char> out) { return socket_.receive(out); }
  IoResult send(std::span<const iovec> parts) { return socket_.send(parts); }
  bool maybe_readable() const { return socket_.maybe_readable_; }
  void set_maybe_readable(bool is) { socket_.maybe_readable_ = is; }
  void note_peer_closed() { socket_.peer_closed_ = true; }
  Socket& socket() const { return socket_; }

 private:
  Socket& socket_;
};

}  // namespace headgate::net
