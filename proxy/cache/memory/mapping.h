#pragma once
#include <cstddef>
#include <utility>

#include "base/result.h"

namespace headgate::proxy::cache::memory {

/// Memory of the kernel's, zero until it is written, and the process's from then on.
class Mapping {
 public:
  static base::Result<Mapping> open(std::size_t bytes);
  Mapping(Mapping&& other) noexcept : at_(std::exchange(other.at_, nullptr)), bytes_(other.bytes_) {}
  Mapping& operator=(Mapping&&) = delete;
  ~Mapping();

  char* at() const { return at_; }
  std::size_t bytes() const { return bytes_; }

 private:
  Mapping(char* at, std::size_t bytes) : at_(at), bytes_(bytes) {}
  char* at_;
  std::size_t bytes_;
};

}  // namespace headgate::proxy::cache::memory
