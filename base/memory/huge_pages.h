#pragma once
#include <sys/mman.h>

#include <cstddef>
#include <new>

namespace headgate::base::memory {

/// For vectors that are asked all over, as a table of networks is: what is large lies on huge pages where the system
/// has them for who asks (madvise). Most of what a look-up waits for is where its pages are, otherwise.
template <class T>
class HugePages {
 public:
  using value_type = T;
  HugePages() = default;
  template <class Other>
  constexpr HugePages(const HugePages<Other>&) noexcept {}  // NOLINT(google-explicit-constructor): as allocators are

  T* allocate(std::size_t count) {
    const std::size_t bytes = count * sizeof(T);
    void* const at = ::operator new(bytes, alignment_of(bytes));
    // Only whole ones: the rest would take up a huge page's memory. Failing costs time alone.
    if (bytes >= kPageBytes) ::madvise(at, bytes / kPageBytes * kPageBytes, MADV_HUGEPAGE);
    return static_cast<T*>(at);
  }
  void deallocate(T* at, std::size_t count) { ::operator delete(at, alignment_of(count * sizeof(T))); }
  friend bool operator==(const HugePages&, const HugePages&) { return true; }

 private:
  static constexpr std::size_t kPageBytes = std::size_t{2} << 20;
  static std::align_val_t alignment_of(std::size_t bytes) {
    return std::align_val_t{bytes >= kPageBytes ? kPageBytes : alignof(T) > 16 ? alignof(T) : 16};
  }
};

}  // namespace headgate::base::memory
