#pragma once
#include <brotli/encode.h>

#include "wire/coding/encoder.h"
#include "wire/coding/kept_blocks.h"

namespace headgate::wire::coding {

/// Brotli (RFC 7932) with a window of 64 KiB: up to it the library's tables take a third of what they take above, for
/// one percent of the size. The library cannot begin an encoder anew, so each body has one of its own, in memory that
/// stays.
class BrotliEncoder final : public Encoder {
 public:
  static constexpr unsigned kWindowLog = 16;
  static constexpr std::size_t kMemoryMax = 4 * 1024 * 1024;

  BrotliEncoder() = default;
  ~BrotliEncoder() override { BrotliEncoderDestroyInstance(state_); }

  bool begin(int level, std::optional<std::uint64_t> bytes) override;
  base::Result<Progress> encode(std::string_view input, Aim aim, std::span<char> room) override;
  std::size_t memory_bytes() const override { return blocks_.bytes(); }

 private:
  KeptBlocks blocks_;
  BrotliEncoderState* state_ = nullptr;
};

}  // namespace headgate::wire::coding
