#include "proxy/cache/memory/body.h"

#include <algorithm>

namespace headgate::proxy::cache::memory {

std::size_t Body::gather(std::uint64_t from, std::uint64_t to, std::span<iovec> out) const {
  to = std::min(to, published());
  std::size_t filled = 0;
  const std::uint64_t ring_begin = ring_begin_.load(std::memory_order_acquire);
  const std::uint64_t in_extents = std::min(to, ring_begin);
  const Extent* extents = first_;
  std::uint32_t count = kFirstExtents;
  const Page* page = nullptr;
  for (std::uint32_t i = 0; from < in_extents && filled < out.size(); ++i) {
    if (i == count) {
      page = page == nullptr ? pages_ : page->next;
      extents = page->extents;
      count = Page::kExtents;
      i = 0;
    }
    const Extent& extent = extents[i];
    if (from >= extent.begin + extent.bytes) continue;
    const std::uint64_t end = std::min(extent.begin + extent.bytes, in_extents);
    out[filled++] = {extent.at + (from - extent.begin), end - from};
    from = end;
  }
  while (from >= ring_begin && from < to && filled < out.size()) {
    const std::uint64_t at = (from - ring_begin) % ring_bytes_;
    const std::uint64_t bytes = std::min(to - from, ring_bytes_ - at);
    out[filled++] = {ring_ + at, bytes};
    from += bytes;
  }
  return filled;
}

Body::Extent* Body::last_extent() {
  if (extent_count_ == 0) return nullptr;
  if (extent_count_ <= kFirstExtents) return &first_[extent_count_ - 1];
  return &last_page_->extents[(extent_count_ - kFirstExtents - 1) % Page::kExtents];
}

std::span<char> Body::open_room() {
  const Extent* last = last_extent();
  const std::uint64_t end = published_.load(std::memory_order_relaxed);
  if (last == nullptr || end == room_end_) return {};
  return {last->at + (end - last->begin), static_cast<std::size_t>(room_end_ - end)};
}

bool Body::needs_page() const {
  return extent_count_ >= kFirstExtents && (extent_count_ - kFirstExtents) % Page::kExtents == 0;
}

void Body::add_page(Page* page) {
  (last_page_ == nullptr ? pages_ : last_page_->next) = page;
  last_page_ = page;
}

void Body::add_extent(char* at, std::uint64_t bytes) {
  ++extent_count_;
  *last_extent() = Extent{at, room_end_, bytes};
  room_end_ += bytes;
}

}  // namespace headgate::proxy::cache::memory
