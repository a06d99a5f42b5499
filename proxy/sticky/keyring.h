#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "config/config.h"

namespace headgate::proxy::sticky {

/// The keys that are in force. One thread replaces them, any thread looks; that there are new ones costs one load to
/// notice. It outlives reloads.
class Keyring {
 public:
  explicit Keyring(config::StickyKeys keys) : keys_(std::make_shared<const config::StickyKeys>(std::move(keys))) {}

  void replace(config::StickyKeys keys);
  /// Moves on with each replace().
  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }
  std::shared_ptr<const config::StickyKeys> keys() const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const config::StickyKeys> keys_;
  std::atomic<std::uint64_t> generation_{1};
};

/// One key from the kernel's entropy.
config::StickyKey make_key();

}  // namespace headgate::proxy::sticky
