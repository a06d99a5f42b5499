#include "proxy/message/http1_body.h"

#include <algorithm>

namespace headgate::proxy::message {

using wire::http1::Framing;

void Http1Body::begin(const wire::http1::Hop& hop, std::string_view already, base::Fault fault) {
  framing_ = hop.framing;
  fault_ = fault;
  input_ = already;
  left_ = framing_ == Framing::kLength ? hop.content_length : 0;
  at_end_ = framing_ == Framing::kNone || (framing_ == Framing::kLength && left_ == 0);
  if (framing_ == Framing::kChunked) chunked_.emplace();
}

std::string_view Http1Body::take_ready() {
  if (at_end_) return {};
  switch (framing_) {
    case Framing::kNone:
      break;
    case Framing::kLength: {
      const std::string_view piece = input_.substr(0, std::min<std::uint64_t>(left_, input_.size()));
      input_.remove_prefix(piece.size());
      left_ -= piece.size();
      at_end_ = left_ == 0;
      return piece;
    }
    case Framing::kChunked: {
      if (input_.empty() || malformed_) return {};
      const wire::http1::ChunkedDecoder::Step step = chunked_->decode(input_);
      input_.remove_prefix(step.consumed);
      malformed_ = step.state == wire::http1::ChunkedDecoder::State::kMalformed;
      at_end_ = step.state == wire::http1::ChunkedDecoder::State::kDone;
      return step.data;
    }
    case Framing::kUntilClose: {
      const std::string_view piece = input_;
      input_ = {};
      return piece;
    }
  }
  return {};
}

/// Large where much is certain to come; otherwise a larger buffer only after a smaller one was filled.
std::size_t Http1Body::wanted_bytes() const {
  if (left_ >= net::BufferPool::kMedium || filled_last_read_) return net::BufferPool::kLarge;
  return net::BufferPool::kMedium;
}

base::Error Http1Body::ended_early(const net::IoResult& got) const {
  if (got.status == net::IoStatus::kFailed) return base::system_error(got.error, "read a body", fault_);
  return base::Error{base::ErrorKind::kEof, fault_, "the connection was closed in the middle of a body"};
}

net::Task<base::Result<void>> Http1Body::wait(net::Socket& socket, base::Duration stall, base::Time deadline) {
  while (!at_end_) {
    if (malformed_) {
      co_return base::Error{base::ErrorKind::kMalformed, fault_, "a chunked body is malformed"};
    }
    if (!input_.empty()) break;
    if (!buffer_ || filled_last_read_) buffer_ = socket.loop().buffers().borrow(wanted_bytes());
    const net::IoResult got = socket.read_some({buffer_.data(), buffer_.size()});
    if (got.status == net::IoStatus::kOk) {
      filled_last_read_ = got.bytes == buffer_.size();
      input_ = {buffer_.data(), got.bytes};
      bytes_read_ += got.bytes;
      break;
    }
    if (got.status == net::IoStatus::kEnd && framing_ == Framing::kUntilClose && !got.was_cut()) {
      at_end_ = true;
      break;
    }
    if (got.status != net::IoStatus::kWouldBlock) co_return ended_early(got);
    buffer_.release();
    const base::Time until = std::min(deadline, socket.loop().now() + stall);
    const net::WaitStatus waited = co_await socket.readable(until);
    if (waited == net::WaitStatus::kTimeout) {
      co_return base::Error{base::ErrorKind::kTimeout, fault_, "no more bytes of a body came in time"};
    }
  }
  co_return base::Result<void>();
}

}  // namespace headgate::proxy::message
