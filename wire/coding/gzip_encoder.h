#pragma once
#include <zlib.h>

#include "wire/coding/encoder.h"

namespace headgate::wire::coding {

/// gzip (RFC 1952) by zlib. Window and memory are those that everybody uses, 32 KiB and level 8: 268 KB a body.
class GzipEncoder final : public Encoder {
 public:
  static constexpr std::size_t kMemoryMax = 288 * 1024;

  GzipEncoder() = default;
  ~GzipEncoder() override;

  bool begin(int level, std::optional<std::uint64_t> bytes) override;
  base::Result<Progress> encode(std::string_view input, Aim aim, std::span<char> room) override;
  std::size_t memory_bytes() const override { return allocated_; }

 private:
  z_stream stream_{};
  bool ready_ = false;
  std::size_t allocated_ = 0;
};

}  // namespace headgate::wire::coding
