#include "proxy/origin/file_body.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace headgate::proxy::origin {

std::string_view FileBody::take_ready() {
  if (ready_.empty() && next_ < parts_.size() && !parts_[next_].text.empty()) return parts_[next_++].text;
  return std::exchange(ready_, {});
}

net::Task<base::Result<void>> FileBody::wait() {
  if (at_end() || !ready_.empty()) co_return base::Result<void>();
  files::FilePart& part = parts_[next_];
  if (!part.text.empty()) co_return base::Result<void>();
  if (!buffer_) buffer_ = buffers_.borrow(std::min<std::uint64_t>(part.bytes, net::BufferPool::kLarge));
  const std::size_t wanted = std::min<std::uint64_t>(part.bytes, buffer_.size());
  const ssize_t got = ::pread(file_.get(), buffer_.data(), wanted, static_cast<off_t>(part.offset));
  if (got < 0) co_return base::system_error(errno, "read a file");
  if (got == 0) {
    // Its length was promised to the client: an end before that must not look like a whole file.
    co_return base::Error{base::ErrorKind::kSystem, base::Fault::kHeadgate, "a file became shorter while it was sent"};
  }
  ready_ = {buffer_.data(), static_cast<std::size_t>(got)};
  part.offset += static_cast<std::uint64_t>(got);
  part.bytes -= static_cast<std::uint64_t>(got);
  if (part.bytes == 0) ++next_;
  co_return base::Result<void>();
}

}  // namespace headgate::proxy::origin
