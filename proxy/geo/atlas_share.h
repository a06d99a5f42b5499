#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "base/counters.h"
#include "base/per_worker.h"
#include "geoip/atlas.h"

namespace headgate::proxy::geo {

/// What one worker counted of look-ups; it outlives reloads.
struct LookupCounters {
  base::Counter by_reason[geoip::kWhyCount];
};

/// The Atlas of one configuration, whose databases may be exchanged while it runs; the regions stay. The control thread
/// publishes; workers notice by the generation, which costs one load a look-up.
class AtlasShare {
 public:
  AtlasShare(std::shared_ptr<const geoip::Atlas> atlas, std::shared_ptr<base::PerWorker<LookupCounters>> counters)
      : regions_(atlas->shared_regions()), counters_(std::move(counters)), atlas_(std::move(atlas)) {}

  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }
  std::shared_ptr<const geoip::Atlas> atlas() const {
    const std::lock_guard lock(mutex_);
    return atlas_;
  }
  /// `atlas` has the same regions.
  void publish(std::shared_ptr<const geoip::Atlas> atlas) {
    {
      const std::lock_guard lock(mutex_);
      atlas_ = std::move(atlas);
    }
    generation_.fetch_add(1, std::memory_order_release);
  }
  const geoip::Regions& regions() const { return *regions_; }
  const std::shared_ptr<const geoip::Regions>& shared_regions() const { return regions_; }
  base::PerWorker<LookupCounters>& counters() { return *counters_; }
  const base::PerWorker<LookupCounters>& counters() const { return *counters_; }

 private:
  std::shared_ptr<const geoip::Regions> regions_;
  std::shared_ptr<base::PerWorker<LookupCounters>> counters_;
  std::atomic<std::uint64_t> generation_{0};
  mutable std::mutex mutex_;
  std::shared_ptr<const geoip::Atlas> atlas_;
};

}  // namespace headgate::proxy::geo
