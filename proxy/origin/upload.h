#pragma once
#include <optional>

#include "base/error.h"
#include "net/socket.h"
#include "net/task.h"
#include "net/waiting.h"
#include "proxy/message/body.h"

namespace headgate::proxy::origin {

/// Sends a request's body to a backend while somebody else reads the answer. Owned by the attempt; destroying it stops
/// it.
class Upload {
 public:
  Upload(net::Socket& upstream, message::BodySource& body, bool chunked, base::Duration stall)
      : upstream_(upstream), body_(body), chunked_(chunked), stall_(stall), share_(upstream.loop()) {}

  /// Runs to the first wait; the head has been sent before.
  void start() {
    task_ = run();
    task_.start();
  }

  /// Everything was sent.
  bool complete() const { return complete_; }
  /// It ended early. The client's fault: the exchange is answered or dropped for it. The upstream's: it may have
  /// answered already, and only reading tells.
  const std::optional<base::Error>& failure() const { return failure_; }
  bool running() const { return !complete_ && !failure_; }
  std::uint64_t bytes() const { return bytes_; }
  base::Time ended() const { return ended_; }

 private:
  net::Task<void> run();
  net::Task<base::Result<void>> pump();
  net::Task<base::Result<void>> send_piece(std::string_view piece);
  net::Task<base::Result<void>> send_last();

  net::Socket& upstream_;
  message::BodySource& body_;
  bool chunked_;
  base::Duration stall_;
  net::TurnShare share_;
  bool complete_ = false;
  std::optional<base::Error> failure_;
  std::uint64_t bytes_ = 0;
  base::Time ended_{};
  net::Task<void> task_;
};

}  // namespace headgate::proxy::origin
