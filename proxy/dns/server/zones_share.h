#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "proxy/dns/server/zone_index.h"

namespace headgate::proxy::dns::server {

/// The zones of one dns listener, which may be exchanged while it runs: a zone's file has changed. The control thread
/// publishes; workers notice by the generation, which costs one load a query.
class ZonesShare {
 public:
  explicit ZonesShare(std::shared_ptr<const ZoneIndex> zones) : zones_(std::move(zones)) {}

  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }
  std::shared_ptr<const ZoneIndex> zones() const {
    const std::lock_guard lock(mutex_);
    return zones_;
  }
  void publish(std::shared_ptr<const ZoneIndex> zones) {
    {
      const std::lock_guard lock(mutex_);
      zones_ = std::move(zones);
    }
    generation_.fetch_add(1, std::memory_order_release);
  }

 private:
  std::atomic<std::uint64_t> generation_{0};
  mutable std::mutex mutex_;
  std::shared_ptr<const ZoneIndex> zones_;
};

/// One worker's hold on the newest. Belongs to its worker's thread.
class ZonesView {
 public:
  explicit ZonesView(std::shared_ptr<ZonesShare> share)
      : share_(std::move(share)), generation_(share_->generation()), zones_(share_->zones()) {}
  /// Valid until the next call.
  const ZoneIndex& zones() {
    if (share_->generation() != generation_) [[unlikely]] {
      // Before the zones: those that are published in between move the generation on once more.
      generation_ = share_->generation();
      zones_ = share_->zones();
    }
    return *zones_;
  }

 private:
  std::shared_ptr<ZonesShare> share_;
  std::uint64_t generation_;
  std::shared_ptr<const ZoneIndex> zones_;
};

}  // namespace headgate::proxy::dns::server
