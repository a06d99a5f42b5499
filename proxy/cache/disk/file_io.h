#pragma once
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"

// Bytes to and from files, for threads that may wait for a disk.
namespace headgate::proxy::cache::disk {

/// All of it, or why not; what a short write was short of is asked of the system.
base::Result<void> write_at(int file, std::string_view bytes, std::uint64_t at);
/// As many as there are; fewer at the file's end.
base::Result<std::size_t> read_at(int file, char* out, std::size_t bytes, std::uint64_t at);

/// Bytes that begin where a record may, and hold nothing yet.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t bytes) : words_(new std::uint64_t[(bytes + 7) / 8]), bytes_(bytes) {}
  char* data() { return reinterpret_cast<char*>(words_.get()); }
  const char* data() const { return reinterpret_cast<const char*>(words_.get()); }
  std::size_t size() const { return bytes_; }

 private:
  std::unique_ptr<std::uint64_t[]> words_;
  std::size_t bytes_ = 0;
};

}  // namespace headgate::proxy::cache::disk
