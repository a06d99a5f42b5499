#pragma once
#include <memory>
#include <string_view>

#include "base/intrusive_list.h"
#include "base/ip_address.h"
#include "net/buffer_pool.h"
#include "net/socket.h"
#include "net/task.h"
#include "proxy/http/service.h"
#include "proxy/listener/listener_state.h"
#include "proxy/message/connection_row.h"
#include "wire/http1/head_parser.h"

namespace headgate::proxy::http {

class Exchange;
class Http1Client;

/// One client's HTTP/1 connection: waits for a request, has it exchanged, waits for the next. Between requests it holds
/// no buffer and no exchange: an idle connection is this object, its coroutine's frame and its socket's event.
class Http1Connection : public base::ListHook {
 public:
  /// Serves a connection to its end; takes over the descriptor. The connection has been counted in
  /// ListenerShare::connections_open (and clients) by the accepting side, and is uncounted here.
  static net::Task<void> serve(Service& service, base::LocalPtr<ListenerState> listener, int fd, base::IpAddress peer);

  /// For admin: what it is, without the worker's number.
  message::ConnectionRow row() const;
  bool has_exchange() const { return exchange_ != nullptr; }
  bool matches(const message::ConnectionQuery& query) const;

  ~Http1Connection();
  Http1Connection(const Http1Connection&) = delete;
  Http1Connection& operator=(const Http1Connection&) = delete;

 private:
  friend class Http1Client;
  class UnderWay;
  enum class Parsed : std::uint8_t { kHead, kNeedMore, kRefused };
  enum class Filled : std::uint8_t { kBytes, kNothing, kClosed };

  Http1Connection(Service& service, base::LocalPtr<ListenerState> listener, int fd, base::IpAddress peer);

  net::Task<bool> read_proxy_header();
  base::Time idle_deadline() const;
  /// One request and its answer; false when the connection is to be closed.
  net::Task<bool> serve_one();
  net::Task<bool> refuse(Exchange& exchange, std::uint16_t status, std::string_view why);
  /// Reads and drops what the client still sends, for a while, so that a reset does not take the answer from it.
  net::Task<void> linger();

  Parsed parse(Exchange& exchange, wire::http1::Hop& hop, wire::http1::Refusal& refusal, std::size_t& scanned);
  /// Reads once into the buffer, which grows up to the limit of a head.
  Filled fill();
  std::string_view unread() const { return {input_.data() + begin_, end_ - begin_}; }
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
  ListenerCounters& counters() { return listener_->share->counters.of(service_.worker()); }

  /// What one linger() may take at most.
  static constexpr base::Duration kLingerTime = std::chrono::seconds(5);
  static constexpr std::size_t kLingerBytes = 1024 * 1024;

  Service& service_;
  base::LocalPtr<ListenerState> listener_;
  net::Socket socket_;
  const base::IpAddress socket_peer_;
  base::IpAddress peer_;  // whom a PROXY header names, or the socket's
  base::Time quiet_since_;
  bool served_any_ = false;
  bool must_linger_ = false;
  bool counted_client_ = false;
  message::Phase phase_ = message::Phase::kIdle;  // while there is no exchange
  std::uint32_t requests_ = 0;
  const Exchange* exchange_ = nullptr;  // that runs
  const base::Time opened_;
  std::uint64_t received_bytes_ = 0;
  std::uint64_t sent_bytes_ = 0;
  net::Buffer input_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace headgate::proxy::http
