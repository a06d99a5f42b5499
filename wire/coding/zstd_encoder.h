#pragma once
#include <zstd.h>

#include "wire/coding/encoder.h"

namespace headgate::wire::coding {

/// zstd (RFC 8878) with a window of 128 KiB and tables to go with it, so that a stream of unknown length does not take
/// the megabytes that the library's levels are made for; a decoder needs as little. What is known to be shorter gets
/// less.
class ZstdEncoder final : public Encoder {
 public:
  static constexpr int kWindowLog = 17;
  static constexpr int kTableLogMax = 16;  ///< of the tables of earlier positions
  static constexpr std::size_t kMemoryMax = 1536 * 1024;

  ZstdEncoder() = default;
  ~ZstdEncoder() override { ZSTD_freeCCtx(context_); }

  bool begin(int level, std::optional<std::uint64_t> bytes) override;
  base::Result<Progress> encode(std::string_view input, Aim aim, std::span<char> room) override;
  std::size_t memory_bytes() const override { return ZSTD_sizeof_CCtx(context_); }

 private:
  ZSTD_CCtx* context_ = nullptr;
};

}  // namespace headgate::wire::coding
