#pragma once
#include "proxy/message/message.h"
#include "proxy/message/record.h"
#include "proxy/origin/origin.h"

namespace headgate::proxy::http {

/// The client of one exchange, as the exchange sees it: HTTP/1 and HTTP/2 each implement it.
class ClientSide : public origin::ClientLink {
 public:
  /// Whether a Response may come with a head that is written for HTTP/1 already.
  virtual bool takes_written_heads() const { return false; }
  enum class Sent : std::uint8_t { kWhole, kMustWait };
  /// Sends the head, and of the body what is at hand, without waiting; notes status and bytes in `record`. Most answers
  /// go out whole here, and cost no coroutine.
  virtual base::Result<Sent> try_send(message::Response& response, message::Record& record) = 0;
  /// After kMustWait: sends the rest, pulling the body from its source; for 101 it runs the tunnel until it ends. An
  /// error of the client's means it has gone; of the upstream's, that the answer broke off (and the client can tell:
  /// the connection is cut, or the stream reset).
  virtual net::Task<base::Result<void>> send_rest(message::Response& response, message::Record& record) = 0;
};

}  // namespace headgate::proxy::http
