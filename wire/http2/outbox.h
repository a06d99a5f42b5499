#pragma once
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace headgate::wire::http2 {

/// What goes out in one write: small pieces joined in memory that is lent to it, large ones where they lie. Whoever
/// owns the large ones keeps them until the outbox is empty again.
class Outbox {
 public:
  /// Pieces up to this are copied: cheaper than a part of their own.
  static constexpr std::size_t kCopiedMax = 2048;
  static constexpr std::size_t kParts = 64;  ///< as many as one write takes
  /// Of one batch, so that no connection keeps the others waiting for long.
  static constexpr std::size_t kBatchBytesMax = 256 * 1024;

  /// Lends memory for what is copied; only while empty().
  void lend(std::span<char> memory) {
    memory_ = memory;
    used_ = 0;
  }

  bool empty() const { return first_ == count_; }
  /// Room for one more DATA frame: its head, and its bytes either way.
  bool has_room() const {
    return memory_.size() - used_ >= kCopiedMax + kFrameHeadBytes && kParts - count_ >= 2 && bytes_ < kBatchBytesMax;
  }
  std::size_t copy_room() const { return memory_.size() - used_; }

  /// `bytes` fit into copy_room().
  void copy(std::string_view bytes) {
    if (bytes.empty()) return;
    char* const to = memory_.data() + used_;
    std::memcpy(to, bytes.data(), bytes.size());
    used_ += bytes.size();
    bytes_ += bytes.size();
    if (count_ > first_ && end_of(parts_[count_ - 1]) == to) {
      parts_[count_ - 1].iov_len += bytes.size();
    } else {
      parts_[count_++] = {to, bytes.size()};
    }
  }
  /// Copies a small piece, refers to a large one.
  void add(std::string_view bytes) {
    if (bytes.size() <= kCopiedMax) {
      copy(bytes);
    } else {
      parts_[count_++] = {const_cast<char*>(bytes.data()), bytes.size()};
      bytes_ += bytes.size();
      refers_ = true;
    }
  }

  std::span<const iovec> parts() const { return {parts_.data() + first_, count_ - first_}; }
  /// Something in it lies in somebody else's memory.
  bool refers() const { return refers_; }
  std::size_t bytes() const { return bytes_; }

  /// Copies what it refers to, since that is about to go away before it has gone out.
  void keep() {
    for (std::size_t i = first_; i < count_ && refers_; ++i) {
      const char* const from = static_cast<char*>(parts_[i].iov_base);
      if (from >= memory_.data() && from < memory_.data() + memory_.size()) continue;
      kept_.emplace_back(new char[parts_[i].iov_len]);
      std::memcpy(kept_.back().get(), from, parts_[i].iov_len);
      parts_[i].iov_base = kept_.back().get();
    }
    refers_ = false;
  }

  /// The first `bytes` have gone out.
  void drop(std::size_t bytes) {
    bytes_ -= bytes;
    while (first_ < count_ && bytes >= parts_[first_].iov_len) bytes -= parts_[first_++].iov_len;
    if (first_ < count_) {
      parts_[first_].iov_base = static_cast<char*>(parts_[first_].iov_base) + bytes;
      parts_[first_].iov_len -= bytes;
      return;
    }
    first_ = count_ = used_ = 0;
    refers_ = false;
    kept_.clear();
  }

  static constexpr std::size_t kFrameHeadBytes = 9;

 private:
  static char* end_of(const iovec& part) { return static_cast<char*>(part.iov_base) + part.iov_len; }

  std::span<char> memory_;
  std::size_t used_ = 0;
  std::size_t bytes_ = 0;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  bool refers_ = false;
  std::vector<std::unique_ptr<char[]>> kept_;
  std::array<iovec, kParts> parts_;
};

}  // namespace headgate::wire::http2
