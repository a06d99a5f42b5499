#include "proxy/origin/mirror/copying_body.h"

#include <utility>

namespace headgate::proxy::origin::mirror {

std::string_view CopyingBody::take_ready() {
  const std::string_view piece = source_.take_ready();
  if (copy_ == nullptr) return piece;
  if (kept_.size() + piece.size() > kKeptBytesMax) {
    counters_.too_large.add();
    copy_.reset();
    kept_ = {};
  } else {
    kept_ += piece;
  }
  return piece;
}

bool CopyingBody::at_end() const {
  if (!source_.at_end()) return false;
  if (copy_ != nullptr) {
    copy_->set_body(std::move(kept_));
    tasks_.spawn(MirroredRequest::send(std::move(copy_)));
  }
  return true;
}

}  // namespace headgate::proxy::origin::mirror
