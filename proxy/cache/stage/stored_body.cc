#include "proxy/cache/stage/stored_body.h"

#include <algorithm>
#include <utility>

namespace headgate::proxy::cache::stage {

using memory::Body;

StoredBody::StoredBody(memory::Reference entry, Piece piece, Store& store, std::size_t worker, net::Loop& loop,
                       base::Duration stall)
    : reader_(std::in_place, std::move(entry)),
      piece_(piece),
      taken_(piece.from),
      worker_(worker),
      loop_(loop),
      stall_(stall) {
  const Body& body = reader_->entry().body();
  if (body.state() == Body::State::kFilling) flight_ = store.flights().growing(&body);
}

StoredBody::~StoredBody() {
  reader_.reset();
  if (flight_ != nullptr) flight_->read_on();  // who held the others back does no more
}

std::string_view StoredBody::take_ready() {
  if (next_ == count_) {
    const Body& body = reader_->entry().body();
    const std::uint64_t end = std::min(piece_.to, body.published());
    if (taken_ >= end) return {};
    next_ = 0;
    count_ = body.gather(taken_, end, ready_);
    if (count_ == 0) return {};
  }
  const iovec& piece = ready_[next_++];
  taken_ += piece.iov_len;
  return {static_cast<const char*>(piece.iov_base), piece.iov_len};
}

bool StoredBody::at_end() const {
  if (next_ != count_) return false;
  if (piece_.to != Body::kUnknown) return taken_ >= piece_.to;
  const Body& body = reader_->entry().body();
  return body.state() == Body::State::kComplete && taken_ == body.published();
}

bool StoredBody::has_news() const {
  const Body& body = reader_->entry().body();
  return body.state() != Body::State::kFilling || body.published() > taken_;
}

void StoredBody::settle() {
  // Of a piece from the middle what stands before it is passed over as it comes.
  const std::uint64_t until = std::min(taken_, reader_->entry().body().published());
  if (until <= reader_->position()) return;
  reader_->consume(until - reader_->position());
  if (flight_ != nullptr) flight_->read_on();
}

net::Task<base::Result<void>> StoredBody::wait() {
  settle();
  if (flight_ != nullptr) {
    flight::Wait wait(flight_, worker_, loop_);
    while (true) {
      wait.arm();
      if (has_news()) break;
      const bool woken = co_await wait.gate().wait(loop_.now() + (kPatience + 1) * stall_);
      if (!woken) {
        co_return base::Error{base::ErrorKind::kTimeout, base::Fault::kUpstream,
                              "no more bytes of a body came in time"};
      }
      settle();
    }
  }
  const Body& body = reader_->entry().body();
  const bool has_failed = body.state() == Body::State::kFailed && body.published() <= taken_;
  if (has_failed && !at_end()) {
    co_return base::Error{base::ErrorKind::kEof, base::Fault::kUpstream,
                          "the fetch that this answer comes from broke off in the middle of its body"};
  }
  co_return base::Result<void>();
}

}  // namespace headgate::proxy::cache::stage
