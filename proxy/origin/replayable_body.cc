#include "proxy/origin/replayable_body.h"

#include <cstring>
#include <utility>

namespace headgate::proxy::origin {

std::string_view ReplayableBody::take_ready() {
  if (next_ < kept_bytes_) {
    const std::string_view again(kept_.data() + next_, kept_bytes_ - next_);
    next_ = kept_bytes_;
    return again;
  }
  const std::string_view piece = source_.take_ready();
  if (keeps_ && !piece.empty()) keep(piece);
  return piece;
}

/// Copies it behind what is kept; what was given again stays where it is, since somebody may still be sending it.
void ReplayableBody::keep(std::string_view piece) {
  const std::size_t wanted = kept_bytes_ + piece.size();
  keeps_ = wanted <= kKeptBytesMax && (wanted <= kept_.size() || !was_rewound_);
  if (!keeps_) return stop_keeping();
  if (wanted > kept_.size()) {
    net::Buffer larger = buffers_.borrow(wanted);
    if (kept_bytes_ != 0) std::memcpy(larger.data(), kept_.data(), kept_bytes_);
    kept_ = std::move(larger);
  }
  std::memcpy(kept_.data() + kept_bytes_, piece.data(), piece.size());
  kept_bytes_ = next_ = wanted;
}

void ReplayableBody::stop_keeping() {
  keeps_ = false;
  if (was_rewound_) return;  // views of what was kept may be out
  kept_.release();
  kept_bytes_ = next_ = 0;
}

net::Task<base::Result<void>> ReplayableBody::wait() {
  if (next_ < kept_bytes_) co_return base::Result<void>();
  co_return co_await source_.wait();
}

}  // namespace headgate::proxy::origin
