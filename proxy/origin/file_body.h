#pragma once
#include <vector>

#include "base/owned_fd.h"
#include "net/buffer_pool.h"
#include "proxy/message/body.h"
#include "proxy/origin/files/file_answer.h"

namespace headgate::proxy::origin {

/// Parts of a file, and texts between them, as a body. Reads a bufferful at a time, when asked.
class FileBody final : public message::BodySource {
 public:
  FileBody(net::BufferPool& buffers, base::OwnedFd file, std::vector<files::FilePart> parts)
      : buffers_(buffers), file_(std::move(file)), parts_(std::move(parts)) {}

  std::string_view take_ready() override;
  bool at_end() const override { return next_ == parts_.size() && ready_.empty(); }
  net::Task<base::Result<void>> wait() override;

 private:
  net::BufferPool& buffers_;
  base::OwnedFd file_;
  std::vector<files::FilePart> parts_;
  std::size_t next_ = 0;  // of parts_; the one being read shrinks from its front
  std::string_view ready_;
  net::Buffer buffer_;
};

}  // namespace headgate::proxy::origin
