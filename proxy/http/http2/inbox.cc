#include "proxy/http/http2/inbox.h"

#include <algorithm>
#include <cstring>

namespace headgate::proxy::http::http2 {

void Inbox::add(std::string_view bytes, net::BufferPool& buffers) {
  waiting_ += bytes.size();
  while (!bytes.empty()) {
    if (chunks_.empty() || chunks_.back().end == chunks_.back().buffer.size()) {
      // Large only where much waits already: a small body must not hold a large buffer.
      const std::size_t wanted = waiting_ > net::BufferPool::kMedium ? net::BufferPool::kLarge : bytes.size();
      chunks_.push_back({buffers.borrow(std::min(wanted, net::BufferPool::kLarge)), 0, 0});
    }
    Chunk& last = chunks_.back();
    const std::size_t fits = std::min(bytes.size(), last.buffer.size() - last.end);
    std::memcpy(last.buffer.data() + last.end, bytes.data(), fits);
    last.end += fits;
    bytes.remove_prefix(fits);
  }
}

std::string_view Inbox::take() {
  while (next_ < chunks_.size()) {
    Chunk& chunk = chunks_[next_];
    const std::string_view piece(chunk.buffer.data() + chunk.begin, chunk.end - chunk.begin);
    chunk.begin = chunk.end;
    if (next_ + 1 < chunks_.size()) ++next_;
    if (!piece.empty()) {
      waiting_ -= piece.size();
      taken_ += piece.size();
      return piece;
    }
    if (next_ + 1 >= chunks_.size() && chunks_[next_].begin == chunks_[next_].end) break;
  }
  return {};
}

std::size_t Inbox::settle() {
  if (waiting_ == 0) {
    chunks_.clear();
  } else {
    chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(next_));
  }
  next_ = 0;
  const std::size_t settled = taken_;
  taken_ = 0;
  return settled;
}

}  // namespace headgate::proxy::http::http2
