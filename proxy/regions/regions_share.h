#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "proxy/regions/serving_map.h"

namespace headgate::proxy::regions {

/// The ServingMap of one configuration, which is made anew as health changes. The control thread publishes; workers
/// notice by the generation, which costs one load.
class RegionsShare {
 public:
  explicit RegionsShare(std::shared_ptr<const ServingMap> map) : map_(std::move(map)) {}

  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }
  std::shared_ptr<const ServingMap> map() const {
    const std::lock_guard lock(mutex_);
    return map_;
  }
  void publish(std::shared_ptr<const ServingMap> map) {
    {
      const std::lock_guard lock(mutex_);
      map_ = std::move(map);
    }
    generation_.fetch_add(1, std::memory_order_release);
  }

 private:
  std::atomic<std::uint64_t> generation_{0};
  mutable std::mutex mutex_;
  std::shared_ptr<const ServingMap> map_;
};

/// One worker's hold on the newest map of a configuration. Belongs to its worker's thread.
///
///     const Serving serving = view.map().of(pool, located.decision.region);
class MapView {
 public:
  /// `share` is not null.
  explicit MapView(std::shared_ptr<RegionsShare> share)
      : share_(std::move(share)), generation_(share_->generation()), map_(share_->map()) {}
  /// The newest; valid until the next call.
  const ServingMap& map() {
    if (share_->generation() != generation_) [[unlikely]] {
      // Before the map: one that is published in between moves the generation on once more.
      generation_ = share_->generation();
      map_ = share_->map();
    }
    return *map_;
  }
  /// Of the map that map() last gave: whoever keeps something made by it makes it anew when this has moved.
  std::uint64_t generation() const { return generation_; }

 private:
  std::shared_ptr<RegionsShare> share_;
  std::uint64_t generation_;
  std::shared_ptr<const ServingMap> map_;
};

}  // namespace headgate::proxy::regions
