#pragma once
#include <cstdint>
#include <optional>

#include "base/error.h"
#include "net/loop.h"
#include "net/task.h"
#include "net/waiting.h"
#include "proxy/message/body.h"
#include "proxy/origin/http2/request_stream.h"

namespace headgate::proxy::origin::http2 {

/// Sends a request's body on a stream while somebody else reads the answer: a piece is asked for when the one before
/// has gone out, so that the backend's window is the client's. Owned by the attempt; destroying it stops it.
class BodyUpload {
 public:
  BodyUpload(RequestStream& stream, message::BodySource& body, net::Loop& loop, base::Duration stall)
      : stream_(stream), body_(body), loop_(loop), stall_(stall) {}

  /// Runs to the first wait.
  void start() {
    task_ = run();
    task_.start();
  }

  /// Everything was handed over.
  bool complete() const { return complete_; }
  /// It ended early. The client's fault: the stream has been cut. The upstream's: the backend takes nothing.
  const std::optional<base::Error>& failure() const { return failure_; }
  bool running() const { return !complete_ && !failure_; }
  std::uint64_t bytes() const { return bytes_; }
  base::Time ended() const { return ended_; }

 private:
  net::Task<void> run();
  net::Task<base::Result<void>> pump();

  RequestStream& stream_;
  message::BodySource& body_;
  net::Loop& loop_;
  base::Duration stall_;
  bool complete_ = false;
  std::optional<base::Error> failure_;
  std::uint64_t bytes_ = 0;
  base::Time ended_{};
  net::Task<void> task_;
};

}  // namespace headgate::proxy::origin::http2
