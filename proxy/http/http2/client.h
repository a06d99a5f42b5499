#pragma once
#include <cstdint>
#include <string_view>

#include "net/cancel.h"
#include "net/frame_pool.h"
#include "net/waiting.h"
#include "proxy/http/client_side.h"
#include "proxy/http/exchange_loan.h"
#include "proxy/http/http2/connection.h"
#include "proxy/http/http2/inbox.h"
#include "wire/http2/stream.h"

namespace headgate::proxy::http::http2 {

/// The client of one exchange over HTTP/2, a stream of its connection: gives the request's body, takes the answer, and
/// notices when the client resets it.
class Client final : public ClientSide, public wire::http2::Stream, private message::BodySource {
 public:
  explicit Client(Connection& connection);
  ~Client() override;

  static void* operator new(std::size_t bytes) { return net::FramePool::take(bytes); }
  static void operator delete(void* client, std::size_t bytes) { net::FramePool::give_back(client, bytes); }

  Exchange& exchange() { return *loan_; }
  const wire::http2::HeadFacts& facts() const { return facts_; }
  bool has_head() const { return has_head_; }
  bool is_gone() const { return is_gone_; }
  /// It is gone since its body or trailers broke the rules.
  bool is_spoilt() const { return is_gone_ && closed_why_ == wire::http2::ErrorCode::kProtocolError; }
  /// Completes the exchange's request with what HTTP/2 says of it: its body, its wish to upgrade.
  void take_in();
  /// Cut short when the client resets the stream or goes away while cancel_when_gone() is on.
  net::Canceller& canceller() { return canceller_; }
  /// After the exchange: a stream that is still open is reset, in the way that tells the client what happened.
  void finish(bool delivered);
  /// After an exchange that was cut short: what had been sent until then is noted in its record.
  void note_unfinished();
  /// The outbox has gone out.
  void sent_referred();

  net::Task<base::Result<void>> send_interim(const wire::http::ResponseHead& head) override;
  void cancel_when_gone(bool on) override;
  origin::ClientEnds ends() const override;
  base::Result<Sent> try_send(message::Response& response, message::Record& record) override;
  net::Task<base::Result<void>> send_rest(message::Response& response, message::Record& record) override;

 private:
  friend class StreamTunnel;

  // The stream's events.
  Place place() override;
  void head_came(const wire::http2::HeadFacts& facts) override;
  void body_came(std::string_view bytes) override;
  void body_ended() override;
  void closed(wire::http2::ErrorCode why, bool by_peer) override;
  void end_sent() override;
  Outgoing next_piece(std::size_t max) override;
  const wire::http::Fields* outgoing_trailers() override;

  // The request's body.
  std::string_view take_ready() override;
  bool at_end() const override { return inbox_.empty() && input_ended_ && !over_limit_; }
  net::Task<base::Result<void>> wait() override;
  const wire::http::Fields* trailers() const override { return input_ended_ ? &trailers_ : nullptr; }

  /// What was taken has been used: the client may send as much again.
  void settle_taken();
  net::Task<base::Result<void>> send_body();
  net::Task<base::Result<void>> wait_for_output();
  net::Task<base::Result<void>> run_tunnel(message::Response& response, message::Record& record);
  void respond(const message::Response& response, bool has_body);
  /// All that was given to send has gone out, or lies in the outbox as a copy.
  bool is_sent() const { return has_sent_end() && !is_referred_; }
  base::Error gone() const;
  void note_sent(message::Record& record);
  base::Duration stall() const { return connection_.client().settings().timeouts.body; }

  Connection& connection_;
  ExchangeLoan loan_;
  wire::http2::HeadFacts facts_;
  wire::http::Fields trailers_;
  Inbox inbox_;
  std::uint64_t body_bytes_ = 0;
  std::uint64_t sent_bytes_ = 0;
  // What is sent: `rest_`, and then what `source_` has, and then the end if `ends_`.
  std::string_view rest_;
  message::BodySource* source_ = nullptr;
  message::Record* record_ = nullptr;  // from the answer's beginning on
  wire::http2::ErrorCode closed_why_ = wire::http2::ErrorCode::kNoError;
  bool has_head_ = false;
  bool input_ended_ = false;
  bool over_limit_ = false;
  bool is_watching_ = false;
  bool is_gone_ = false;
  bool ends_ = true;         // nothing but rest_ and source_ is to be sent
  bool is_starved_ = false;  // more was asked for than there was
  bool is_referred_ = false;
  net::Gate input_;   // for who waits for the body
  net::Gate output_;  // for who sends
  net::Canceller canceller_;

 public:
  std::size_t place_in_running = 0;  ///< Connection's own
};

}  // namespace headgate::proxy::http::http2
