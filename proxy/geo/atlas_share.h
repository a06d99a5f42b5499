#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/counters.h"
#include "base/per_worker.h"
#include "geoip/atlas.h"

namespace headgate::proxy::geo {

/// What one worker counted of look-ups; it outlives reloads.
struct LookupCounters {
  base::Counter by_reason[geoip::kWhyCount];
};

/// What one worker counted of one region's clients; it outlives reloads.
struct RegionCounters {
  base::Counter lookups;  ///< that found a client of it
};
/// By RegionIndex.
using CountersByRegion = std::vector<std::shared_ptr<base::PerWorker<RegionCounters>>>;

/// The Atlas of one configuration, whose databases may be exchanged while it runs; the regions stay. The control thread
/// publishes; workers notice by the generation, which costs one load a look-up.
class AtlasShare {
 public:
  AtlasShare(std::shared_ptr<const geoip::Atlas> atlas, std::shared_ptr<base::PerWorker<LookupCounters>> counters,
             CountersByRegion by_region = {})
      : regions_(atlas->shared_regions()),
        counters_(std::move(counters)),
        by_region_(std::move(by_region)),
        atlas_(std::move(atlas)) {}

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
  const CountersByRegion& by_region() const { return by_region_; }

 private:
  std::shared_ptr<const geoip::Regions> regions_;
  std::shared_ptr<base::PerWorker<LookupCounters>> counters_;
  CountersByRegion by_region_;
  std::atomic<std::uint64_t> generation_{0};
  mutable std::mutex mutex_;
  std::shared_ptr<const geoip::Atlas> atlas_;
};

}  // namespace headgate::proxy::geo
