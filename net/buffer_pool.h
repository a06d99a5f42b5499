#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <utility>
#include <vector>

namespace headgate::net {

class BufferPool;

/// Memory borrowed from a BufferPool for as long as bytes move; returns itself. Not zeroed.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept
      : pool_(other.pool_), data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    if (this != &other) {
      release();
      pool_ = other.pool_;
      data_ = std::exchange(other.data_, nullptr);
      size_ = std::exchange(other.size_, 0);
    }
    return *this;
  }
  ~Buffer() { release(); }

  char* data() const { return data_; }
  std::size_t size() const { return size_; }
  explicit operator bool() const { return data_ != nullptr; }
  void release();

 private:
  friend class BufferPool;
  Buffer(BufferPool* pool, char* data, std::size_t size) : pool_(pool), data_(data), size_(size) {}
  BufferPool* pool_ = nullptr;
  char* data_ = nullptr;
  std::size_t size_ = 0;
};

/// One worker's buffers in three sizes; the one used last is lent first, since it is still in the processor's cache.
/// At most kSpareBytesMax of each size are kept spare; what exceeds that goes back to the allocator.
class BufferPool {
 public:
  static constexpr std::size_t kSmall = 4 * 1024;    ///< a head
  static constexpr std::size_t kMedium = 16 * 1024;  ///< a large head, a small body
  static constexpr std::size_t kLarge = 64 * 1024;   ///< a body on its way
  static constexpr std::size_t kSpareBytesMax = 4 * 1024 * 1024;

  BufferPool() = default;
  ~BufferPool();
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  /// At least `bytes`, rounded up to one of the sizes; beyond kLarge exactly `bytes`, never kept spare.
  Buffer borrow(std::size_t bytes);
  /// Bytes lent out at this moment. From any thread.
  std::size_t lent_bytes() const { return lent_bytes_.load(std::memory_order_relaxed); }

 private:
  friend class Buffer;
  static constexpr std::array<std::size_t, 3> kSizes = {kSmall, kMedium, kLarge};
  void give_back(char* data, std::size_t size);
  std::array<std::vector<char*>, kSizes.size()> spare_;
  void count_lent(std::ptrdiff_t bytes) {
    lent_bytes_.store(lent_bytes_.load(std::memory_order_relaxed) + static_cast<std::size_t>(bytes),
                      std::memory_order_relaxed);
  }
  std::atomic<std::size_t> lent_bytes_{0};
};

inline void Buffer::release() {
  if (data_ != nullptr) pool_->give_back(std::exchange(data_, nullptr), std::exchange(size_, 0));
}

}  // namespace headgate::net
