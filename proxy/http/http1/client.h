#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/arena.h"
#include "net/cancel.h"
#include "proxy/http/client_connection.h"
#include "proxy/http/client_side.h"
#include "proxy/http/http1/send.h"
#include "proxy/message/http1_body.h"
#include "wire/http1/head_parser.h"
#include "wire/http1/head_writer.h"

namespace headgate::proxy::http::http1 {

/// The client of one exchange over HTTP/1: gives the request's body, takes the answer, and notices when the client
/// leaves.
class Client final : public ClientSide, private message::BodySource {
 public:
  /// Completes the exchange's request with what HTTP/1 says of it: its body, its wish to upgrade.
  Client(ClientConnection& connection, Exchange& exchange, const wire::http1::Hop& hop);
  ~Client() override;

  /// Cut short when the client goes away while cancel_when_gone() is on.
  net::Canceller& canceller() { return canceller_; }

  net::Task<base::Result<void>> send_interim(const wire::http::ResponseHead& head) override;
  void cancel_when_gone(bool on) override;
  origin::ClientEnds ends() const override { return connection_.ends(); }
  bool takes_written_heads() const override { return true; }
  base::Result<Sent> try_send(message::Response& response, message::Record& record) override;
  net::Task<base::Result<void>> send_rest(message::Response& response, message::Record& record) override;

  /// After an exchange that was cut short: what had been sent until then is noted in its record.
  void note_unfinished();
  /// The connection may carry another request: both messages are complete and both sides want it.
  bool can_go_on() const { return keep_alive_ && at_end(); }
  bool has_unread_body() const { return !at_end(); }
  /// Bytes that came behind the request.
  std::string_view excess() const { return body_.at_end() ? body_.excess() : std::string_view(); }

 private:
  enum class BodyMode : std::uint8_t { kNone, kLength, kChunked, kUntilClose };

  std::string_view take_ready() override;
  bool at_end() const override { return body_.at_end() && !over_limit_; }
  net::Task<base::Result<void>> wait() override;
  const wire::http::Fields* trailers() const override { return body_.trailers(); }

  BodyMode body_mode_of(const message::Response& response) const;
  /// What of the head is not written already; in the arena where it has the room, else in `out`.
  std::string_view write_head(const message::Response& response, BodyMode mode, net::Buffer& out);
  enum class Part : std::uint8_t { kAll, kBehindFields };  // of what is not written: behind written_fields alone
  void write_head(const message::Response& response, BodyMode mode, Part part, wire::http1::HeadWriter& writer) const;
  base::Result<Sent> try_send_at_once(message::Response& response, message::Record& record);
  void note_sent(message::Record& record, bool whole);
  net::Task<base::Result<void>> run_tunnel(message::Response& response, message::Record& record, std::string_view head);
  void discard_ready_body();
  base::Duration stall() const { return connection_.settings().timeouts.body; }

  ClientConnection& connection_;
  message::Request& request_;
  base::Arena& arena_;
  const wire::http1::Hop hop_;
  message::Http1Body body_;
  std::uint64_t body_bytes_ = 0;
  bool keep_alive_;
  bool watching_ = false;
  bool over_limit_ = false;
  bool body_asked_for_ = false;  // by the origin, which may still take from it
  BodyMode mode_ = BodyMode::kNone;
  net::Buffer head_;
  std::string_view head_text_;
  std::optional<Send> sending_;
  message::Record* record_ = nullptr;  // from the answer's beginning on
  net::Canceller canceller_;
  net::HangupWatch watch_;
};

}  // namespace headgate::proxy::http::http1
