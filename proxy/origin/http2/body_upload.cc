#include "proxy/origin/http2/body_upload.h"

#include <string_view>

namespace headgate::proxy::origin::http2 {

net::Task<void> BodyUpload::run() {
  base::Result<void> sent = co_await pump();
  ended_ = loop_.now();
  if (sent) {
    complete_ = true;
    co_return;
  }
  failure_ = sent.error();
  // Whoever waits for the answer must learn that the client's part of the bargain will not come.
  if (failure_->fault == base::Fault::kClient) stream_.cut();
}

net::Task<base::Result<void>> BodyUpload::pump() {
  while (true) {
    const std::string_view piece = body_.take_ready();
    const bool is_last = body_.at_end();
    if (is_last) stream_.send_end(body_.trailers());
    if (!piece.empty()) {
      base::Result<void> sent = co_await stream_.write(piece, stall_);
      if (!sent) co_return sent;
      bytes_ += piece.size();
    }
    if (is_last) co_return base::Result<void>();
    if (!piece.empty()) continue;
    base::Result<void> waited = co_await body_.wait();
    if (!waited) co_return waited;
  }
}

}  // namespace headgate::proxy::origin::http2
