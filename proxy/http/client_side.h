#pragma once
#include "proxy/message/message.h"
#include "proxy/message/record.h"
#include "proxy/origin/origin.h"

namespace headgate::proxy::http {

/// The client of one exchange, as the exchange sees it: HTTP/1 and HTTP/2 each implement it.
class ClientSide : public origin::ClientLink {
 public:
  /// Sends head, body and trailers, pulling the body from its source; for 101 it then runs the tunnel until it ends.
  /// Notes status and bytes in `record`. An error of the client's means it has gone; of the upstream's, that the answer
  /// broke off (and the client can tell: the connection is cut, or the stream reset).
  virtual net::Task<base::Result<void>> send(message::Response& response, message::Record& record) = 0;
};

}  // namespace headgate::proxy::http
