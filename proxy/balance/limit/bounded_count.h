#pragma once
#include <atomic>
#include <cstdint>

namespace headgate::proxy::balance::limit {

/// How many there are of something at once, over all workers. From any thread. It is sequentially consistent: who gives
/// back and then looks for somebody that waits, and who waits and then looks for room, do not miss each other.
class BoundedCount {
 public:
  /// One more; false if there are `max` already. 0 is no bound. The count never exceeds it, not even for a moment.
  bool take(std::uint32_t max) {
    if (max == 0) {
      count_.fetch_add(1, std::memory_order_seq_cst);
      return true;
    }
    std::uint32_t before = count_.load(std::memory_order_seq_cst);
    while (before < max) {
      if (count_.compare_exchange_weak(before, before + 1, std::memory_order_seq_cst)) return true;
    }
    return false;
  }
  void give_back() { count_.fetch_sub(1, std::memory_order_seq_cst); }
  /// What was not counted so far, whatever the bound; or is not to be counted any more.
  void add(std::uint32_t count) { count_.fetch_add(count, std::memory_order_seq_cst); }
  void remove(std::uint32_t count) { count_.fetch_sub(count, std::memory_order_seq_cst); }

  std::uint32_t value() const { return count_.load(std::memory_order_seq_cst); }

 private:
  std::atomic<std::uint32_t> count_{0};
};

/// One of them, until it is destroyed.
class Counted {
 public:
  Counted() = default;
  /// Empty if there are `max` already; 0 is no bound.
  static Counted take(BoundedCount& count, std::uint32_t max) { return Counted(count.take(max) ? &count : nullptr); }
  Counted(Counted&& other) noexcept : count_(other.count_) { other.count_ = nullptr; }
  Counted& operator=(Counted&& other) noexcept {
    if (this != &other) {
      release();
      count_ = other.count_;
      other.count_ = nullptr;
    }
    return *this;
  }
  ~Counted() { release(); }
  explicit operator bool() const { return count_ != nullptr; }
  void release() {
    if (count_ != nullptr) count_->give_back();
    count_ = nullptr;
  }

 private:
  explicit Counted(BoundedCount* count) : count_(count) {}
  BoundedCount* count_ = nullptr;
};

}  // namespace headgate::proxy::balance::limit
