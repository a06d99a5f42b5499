#pragma once
#include <cstdint>
#include <string_view>

#include "base/intrusive_list.h"
#include "base/ip_address.h"
#include "net/buffer_pool.h"
#include "net/socket.h"
#include "net/task.h"
#include "proxy/http/service.h"
#include "proxy/listener/listener_state.h"
#include "proxy/message/connection_row.h"
#include "proxy/origin/origin.h"

namespace headgate::proxy::http {

class Exchange;

/// One client's connection, whichever version of HTTP it speaks: its socket, who is at its other end, what is counted
/// of it and what admin sees of it. Between requests it holds no buffer and no exchange: an idle connection is this
/// object, the frame of serve() and its socket's event.
class ClientConnection : public base::ListHook {
 public:
  /// The life of a connection, top to bottom: the PROXY header, then the requests of the version that it speaks, to its
  /// end. Takes over the descriptor. The connection has been counted in ListenerShare::connections_open (and clients)
  /// by the accepting side, and is uncounted here.
  static net::Task<void> serve(Service& service, base::LocalPtr<ListenerState> listener, int fd, base::IpAddress peer);

  ~ClientConnection();
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;

  /// For admin: what it is, without the worker's number.
  message::ConnectionRow row() const;
  bool has_exchange() const { return exchange_ != nullptr; }
  bool matches(const message::ConnectionQuery& query) const;

  Service& service() { return service_; }
  net::Loop& loop() { return service_.loop(); }
  net::Socket& socket() { return socket_; }
  const ListenerState& listener() const { return *listener_; }
  const config::Listener& settings() const { return *listener_->settings; }
  ListenerCounters& counters() { return listener_->share->counters.of(service_.worker()); }
  /// Whom a PROXY header names, or the socket's.
  const base::IpAddress& peer() const { return peer_; }
  /// Both ends of the socket, for a PROXY header to a backend; costs system calls.
  origin::ClientEnds ends() const;

  enum class Filled : std::uint8_t { kBytes, kNothing, kClosed };
  /// Reads once into the buffer, which grows up to the limit of a head.
  Filled fill();
  /// What was read and not yet taken.
  std::string_view unread() const { return {input_.data() + begin_, end_ - begin_}; }
  void take(std::size_t bytes) { begin_ += static_cast<std::uint32_t>(bytes); }
  /// What is left of unread(), or bytes that were read elsewhere behind it, is what comes next.
  void keep_excess(std::string_view excess);
  void drop_buffer_if_empty();

  void note_received(std::uint64_t bytes) {
    received_bytes_ += bytes;
    counters().bytes_received.add(bytes);
  }
  void note_sent(std::uint64_t bytes) {
    sent_bytes_ += bytes;
    counters().bytes_sent.add(bytes);
  }
  /// What is waited for while there is no exchange.
  void set_phase(message::Phase phase) { phase_ = phase; }
  void count_request() { ++requests_; }
  /// Over HTTP/2: how many requests run at once.
  void note_running(std::size_t requests) { running_ = static_cast<std::uint32_t>(requests); }
  /// The exchange that admin sees; null: none runs. It must be taken back before the exchange goes.
  void show(const Exchange* exchange) { exchange_ = exchange; }
  const Exchange* shown() const { return exchange_; }

  /// At the end, reads and drops what the client still sends, for a while: a reset would take the answer from it.
  void linger_at_end() { must_linger_ = true; }

 private:
  ClientConnection(Service& service, base::LocalPtr<ListenerState> listener, int fd, base::IpAddress peer);

  net::Task<bool> read_proxy_header();
  net::Task<bool> shake_hands();
  bool speaks_http2() const;
  bool may_be_http2() const;
  net::Task<bool> sees_preface();
  base::Time idle_deadline() const;
  net::Task<void> linger();

  /// What one linger() may take at most.
  static constexpr base::Duration kLingerTime = std::chrono::seconds(5);
  static constexpr std::size_t kLingerBytes = 1024 * 1024;

  Service& service_;
  base::LocalPtr<ListenerState> listener_;
  net::Socket socket_;
  const base::IpAddress socket_peer_;
  base::IpAddress peer_;
  base::Time quiet_since_;
  bool served_any_ = false;
  bool must_linger_ = false;
  bool counted_client_ = false;
  message::Phase phase_ = message::Phase::kIdle;
  std::uint32_t requests_ = 0;
  std::uint32_t running_ = 0;
  const Exchange* exchange_ = nullptr;
  const base::Time opened_;
  std::uint64_t received_bytes_ = 0;
  std::uint64_t sent_bytes_ = 0;
  net::Buffer input_;
  // A head's limit keeps both far below 2^32.
  std::uint32_t begin_ = 0;
  std::uint32_t end_ = 0;
};

}  // namespace headgate::proxy::http
