#include "proxy/compression/peeked_body.h"

namespace headgate::proxy::compression {

void PeekedBody::look(std::size_t bytes) {
  while (source_ && count_ < kPieces && bytes_ <= bytes) {
    add(source_->take_ready());
    if (source_->at_end()) return;
    // More may be at hand behind a piece; only a source that gave none is asked, since asking ends what it gave.
    const std::size_t before = bytes_;
    add(count_ < kPieces ? source_->take_ready() : std::string_view());
    if (bytes_ > before) continue;
    if (count_ > 0 || !try_wait() || failure_) return;
  }
}

std::string_view PeekedBody::take_ready() {
  if (next_ < count_) return pieces_[next_++];
  if (!source_ || waiting_.valid() || failure_) return {};
  return source_->take_ready();
}

bool PeekedBody::try_wait() {
  if (failure_ || at_end()) return true;
  if (!waiting_.valid()) {
    waiting_ = source_->wait();
    waiting_.start();
  }
  if (!waiting_.done()) return false;
  const base::Result<void> waited = waiting_.take();
  waiting_.cancel();
  if (!waited) failure_ = waited.error();
  return true;
}

net::Task<base::Result<void>> PeekedBody::wait() {
  if (try_wait()) {
    if (failure_) co_return *failure_;
    co_return base::Result<void>();
  }
  base::Result<void> waited = co_await waiting_;
  waiting_.cancel();
  co_return waited;
}

}  // namespace headgate::proxy::compression
