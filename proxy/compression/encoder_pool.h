#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "wire/coding/encoder.h"

namespace headgate::proxy::compression {

class EncoderPool;

/// An encoder lent to one body; goes back by itself.
class LentEncoder {
 public:
  LentEncoder() = default;
  LentEncoder(LentEncoder&& other) noexcept
      : pool_(other.pool_), encoder_(std::move(other.encoder_)), coding_(other.coding_) {}
  LentEncoder& operator=(LentEncoder&& other) noexcept;
  ~LentEncoder() { release(); }

  explicit operator bool() const { return encoder_ != nullptr; }
  wire::coding::Encoder* operator->() const { return encoder_.get(); }
  void release();

 private:
  friend class EncoderPool;
  LentEncoder(EncoderPool& pool, std::unique_ptr<wire::coding::Encoder> encoder, wire::coding::Coding coding)
      : pool_(&pool), encoder_(std::move(encoder)), coding_(coding) {}
  EncoderPool* pool_ = nullptr;
  std::unique_ptr<wire::coding::Encoder> encoder_;
  wire::coding::Coding coding_ = wire::coding::Coding::kIdentity;
};

/// One worker's encoders. An encoder counts as the most that one of its coding may take (memory_max_of): so many that
/// they could take kMemoryMax are lent at once, and so many that they could take kSpareMax are kept for the next.
class EncoderPool {
 public:
  static constexpr std::size_t kMemoryMax = 128 * 1024 * 1024;
  static constexpr std::size_t kSpareMax = 16 * 1024 * 1024;

  explicit EncoderPool(std::size_t memory_max = kMemoryMax) : memory_max_(memory_max) {}

  /// Begun; empty if the bound is reached or the system has no memory.
  LentEncoder borrow(wire::coding::Coding coding, int level, std::optional<std::uint64_t> bytes);

  std::size_t lent_bytes() const { return lent_bytes_; }
  std::size_t spare_bytes() const { return spare_bytes_; }

 private:
  friend class LentEncoder;
  void give_back(std::unique_ptr<wire::coding::Encoder> encoder, wire::coding::Coding coding);

  const std::size_t memory_max_;
  std::array<std::vector<std::unique_ptr<wire::coding::Encoder>>, wire::coding::kCodings> spare_;
  std::size_t lent_bytes_ = 0;
  std::size_t spare_bytes_ = 0;
};

}  // namespace headgate::proxy::compression
