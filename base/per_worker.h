#pragma once
#include <cstddef>
#include <memory>

namespace headgate::base {

/// One T for each worker, each on cache lines of its own, so that workers that count do not disturb one another.
template <class T>
class PerWorker {
 public:
  explicit PerWorker(std::size_t workers) : slots_(new Slot[workers]), workers_(workers) {}
  T& of(std::size_t worker) { return slots_[worker].value; }
  const T& of(std::size_t worker) const { return slots_[worker].value; }
  std::size_t size() const { return workers_; }

 private:
  struct alignas(64) Slot {
    T value{};
  };
  std::unique_ptr<Slot[]> slots_;
  std::size_t workers_;
};

}  // namespace headgate::base
