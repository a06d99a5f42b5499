#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "net/socket.h"
#include "net/task.h"
#include "net/timer.h"
#include "net/waiting.h"
#include "proxy/balance/shared_connection.h"
#include "proxy/origin/http2/request_stream.h"
#include "wire/http2/outbox.h"
#include "wire/http2/session.h"

namespace headgate::proxy::origin::http2 {

/// A connection to a backend over HTTP/2, shared by the exchanges of one worker: connects, reads, and writes what all
/// of its streams have to say in as few calls as it takes. Requests may be put on it from its first moment; they go out
/// when it stands.
class BackendConnection final : public balance::SharedConnection, private wire::http2::SessionEvents {
 public:
  /// Requests at once, whatever more the backend would take: with kStreamWindow it bounds what can lie here.
  static constexpr std::uint32_t kStreamsMax = 128;
  /// Bytes of one answer's body that may lie here because its client is slow.
  static constexpr std::uint32_t kStreamWindow = 64 * 1024;
  /// A connection from which nothing has come for so long is asked by PING whether it lives, with the next request.
  static constexpr base::Duration kQuietMax = std::chrono::seconds(10);
  /// And so long it may take to give a sign of life before it is given up.
  static constexpr base::Duration kPingPatience = std::chrono::seconds(5);
  /// After a stream was refused, so long it gets no more requests at once than it took then.
  static constexpr base::Duration kRefusalMemory = std::chrono::seconds(1);

  /// `server`: as for balance::open_socket().
  BackendConnection(balance::ConnectionSlot slot, std::shared_ptr<balance::Backend> backend,
                    std::shared_ptr<net::tls::KnownServer> server, net::Loop& loop, std::size_t worker);
  ~BackendConnection() override;

  /// Begins to connect.
  void start(base::Time deadline);
  std::string_view scheme() const { return server_ == nullptr ? "http" : "https"; }
  /// It has come about; true also after its end.
  bool stands() const { return socket_ != nullptr; }
  /// Its SETTINGS came. Only then is known whether it takes_tunnels(), and it may have gone away meanwhile.
  bool knows_peer() const { return session_.knows_peer(); }
  bool takes_tunnels() const { return !failure_ && session_.peer_takes_connect() && session_.can_request(); }
  /// Why it did not come about, or does not stand any more.
  const std::optional<base::Error>& failure() const { return failure_; }

  void request(RequestStream& stream, const wire::http::RequestHead& head, std::uint64_t left_out,
               const wire::http2::Session::RequestExtras& extras);
  /// The stream waits for the connection: connection_changed() when it stands, or when the backend's SETTINGS came.
  void tell_changes_to(RequestStream& stream) { waiting_.push_back(&stream); }
  /// Nothing came for a request that was sent at `since`: if nothing at all came since then, the connection is asked
  /// whether it lives.
  void doubt(base::Time since);

  // For its streams.
  void resume(RequestStream& stream);
  void consumed(RequestStream& stream, std::size_t bytes);
  void reset(RequestStream& stream, wire::http2::ErrorCode why);
  void tell_when_flushed(RequestStream& stream) { flushing_.push_back(&stream); }
  /// Nothing of it is used any more.
  void leave(RequestStream& stream);
  /// The backend did not take it.
  void note_refusal();

 private:
  std::uint32_t requests_max() const override;
  void say_goodbye() override;
  void peer_leaves(wire::http2::ErrorCode why) override;

  net::Task<void> run(base::Time deadline);
  net::Task<base::Error> read_to_end();
  void flush_soon() { loop_.wake_soon(flush_); }
  void on_flush();
  void flush();
  /// Writes what is at hand; false: not all of it went.
  bool write_some();
  net::Task<void> write_when_possible();
  /// Makes what is in the outbox independent of whoever owns it.
  void spill();
  void ping();
  void tell_changes();
  base::Error broken_by() const;
  void end(base::Error why);

  net::Loop& loop_;
  std::shared_ptr<balance::Backend> backend_;
  std::shared_ptr<net::tls::KnownServer> server_;
  const std::size_t worker_;
  balance::BackendCounters& counters_;
  wire::http2::Session session_;
  std::unique_ptr<net::Socket> socket_;
  std::optional<base::Error> failure_;
  std::vector<RequestStream*> waiting_;
  std::vector<RequestStream*> flushing_;  // with bytes in the outbox
  wire::http2::Outbox outbox_;
  net::Buffer outbox_memory_;
  net::Buffer spilt_;  // goes out before the outbox
  std::size_t spilt_begin_ = 0;
  std::size_t spilt_end_ = 0;
  bool write_blocked_ = false;
  bool receives_ = false;  // within Session::receive(), which suffers no collect()
  base::Time heard_{};     // when something came last
  std::uint32_t refused_at_ = 0;
  base::Time refused_until_{};
  net::TurnShare share_;
  net::ReadyHook flush_;
  net::Timer ping_timer_;
  net::Task<void> writing_;
  net::Task<void> running_;
};

}  // namespace headgate::proxy::origin::http2
