#include "proxy/origin/http2/request_stream.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "proxy/origin/http2/backend_connection.h"

namespace headgate::proxy::origin::http2 {

RequestStream::RequestStream(BackendConnection& connection, net::Loop& loop, base::Arena& arena,
                             wire::http::ResponseHead& head)
    : connection_(&connection), loop_(loop), arena_(arena), head_(head), change_(loop), sent_(loop) {}

RequestStream::~RequestStream() {
  if (connection_ != nullptr) connection_->leave(*this);
}

void RequestStream::detach() {
  connection_->leave(*this);
  connection_ = nullptr;
}

void RequestStream::cut() {
  if (is_open()) connection_->reset(*this, wire::http2::ErrorCode::kCancel);
  change_.open();
}

wire::http2::Stream::Place RequestStream::place() {
  if (has_head_) return {&arena_, nullptr, nullptr, &trailers_};
  if (interims_came_ < kInterimsMax) return {&arena_, nullptr, &head_, &trailers_};
  if (!dropped_) dropped_ = std::make_unique<base::Arena>();
  dropped_->reset();
  return {dropped_.get(), nullptr, &head_, &trailers_};
}

void RequestStream::head_came(const wire::http2::HeadFacts& facts) {
  if (facts.is_interim) {
    if (interims_came_ == kInterimsMax) return;
    ++interims_came_;
    interims_.push_back(head_);
  } else {
    has_head_ = true;
    facts_ = facts;
    complete_ = facts.ended;
  }
  change_.open();
}

bool RequestStream::take_interim(wire::http::ResponseHead& out) {
  if (interims_.empty()) return false;
  out = std::move(interims_.front());
  interims_.erase(interims_.begin());
  return true;
}

/// The window bounds what can be here at once, with what was taken last, to kStreamWindow.
void RequestStream::body_came(std::string_view bytes) {
  bytes_received_ += bytes.size();
  const std::size_t held = inbox_end_ - inbox_begin_;
  if (inbox_.size() - inbox_end_ < bytes.size()) {
    const std::size_t wanted = held + bytes.size();
    net::Buffer larger;
    if (wanted > inbox_.size()) larger = loop_.buffers().borrow(std::max(wanted, net::BufferPool::kMedium));
    net::Buffer& to = larger ? larger : inbox_;
    if (held != 0) std::memmove(to.data(), inbox_.data() + inbox_begin_, held);
    if (larger) inbox_ = std::move(larger);
    inbox_begin_ = 0;
    inbox_end_ = held;
  }
  std::memcpy(inbox_.data() + inbox_end_, bytes.data(), bytes.size());
  inbox_end_ += bytes.size();
  change_.open();
}

std::string_view RequestStream::take_ready() {
  // What was taken before may still be on its way out: the rest waits until make_room().
  if (!has_bytes() || taken_) return {};
  const std::string_view piece(inbox_.data() + inbox_begin_, inbox_end_ - inbox_begin_);
  taken_ = std::move(inbox_);
  taken_bytes_ = piece.size();
  inbox_begin_ = inbox_end_ = 0;
  return piece;
}

void RequestStream::make_room() {
  if (!taken_) return;
  taken_.release();
  const std::size_t bytes = std::exchange(taken_bytes_, 0);
  if (connection_ != nullptr) connection_->consumed(*this, bytes);
}

void RequestStream::body_ended() {
  complete_ = true;
  change_.open();
}

void RequestStream::closed(wire::http2::ErrorCode why, bool by_peer) {
  if (!complete_) broken_ = End{why, by_peer};
  change_.open();
  sent_.open();
}

net::Task<base::Result<void>> RequestStream::write(std::string_view bytes, base::Duration stall) {
  outgoing_ = bytes;
  if (is_open()) connection_->resume(*this);
  std::size_t left = bytes.size();
  while (!all_sent() && is_open()) {
    const bool woken = co_await sent_.wait(loop_.now() + stall);
    if (!woken && outgoing_.size() == left) {
      co_return base::Error{base::ErrorKind::kTimeout, base::Fault::kUpstream, "it takes nothing of the body"};
    }
    left = outgoing_.size();
  }
  if (all_sent()) co_return base::Result<void>();
  co_return base::Error{base::ErrorKind::kReset, base::Fault::kUpstream, "it takes no more of the body"};
}

void RequestStream::send_end(const wire::http::Fields* trailers) {
  has_end_ = true;
  outgoing_trailers_ = trailers != nullptr && !trailers->empty() ? trailers : nullptr;
  if (is_open()) connection_->resume(*this);
}

wire::http2::Stream::Outgoing RequestStream::next_piece(std::size_t max) {
  const std::string_view piece = outgoing_.substr(0, max);
  outgoing_.remove_prefix(piece.size());
  if (!piece.empty() && !in_outbox_) {
    in_outbox_ = true;
    connection_->tell_when_flushed(*this);
  }
  return {piece, outgoing_.empty() && has_end_};
}

void RequestStream::flushed() {
  in_outbox_ = false;
  if (outgoing_.empty()) sent_.open();
}

}  // namespace headgate::proxy::origin::http2
