#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "proxy/cache/key/primary.h"

namespace headgate::proxy::cache::hottest {

/// A key and how often it was asked for.
struct Row {
  std::string key;        ///< cut at Hottest::kKeyBytesMax
  double per_second = 0;  ///< an estimate, of a sample
};

/// Which keys one worker was asked for most in the last minute or two. A sample of the requests, one in kSampling at
/// distances that vary, is counted by Space-Saving (Metwally, Agrawal, El Abbadi 2005) in windows of a minute: a key
/// with more than one in kPlaces of a window's sample is in it for certain. Of a fixed size.
///
/// note() is the worker's alone; the lock is taken for those in the sample, and contended only by who reads.
class Hottest {
 public:
  static constexpr std::uint32_t kSampling = 64;
  static constexpr std::size_t kPlaces = 128;
  static constexpr std::size_t kKeyBytesMax = 200;
  static constexpr std::chrono::seconds kWindow{60};

  void note(key::Hash hash, std::string_view key, base::Time now) {
    if (--until_next_ == 0) [[unlikely]]
      take(hash, key, now);
  }

  /// What was counted in the window that runs and the one before; adds to `sums`, from any thread.
  struct Sum {
    key::Hash hash;
    std::string key;
    std::uint64_t count = 0;  ///< of requests
  };
  /// The seconds that `sums` are of.
  double add_to(std::vector<Sum>& sums, base::Time now) const;

 private:
  struct Text {
    std::uint32_t bytes = 0;
    std::array<char, kKeyBytesMax> at;
  };
  /// Apart, since a search reads the hashes alone.
  struct Window {
    std::size_t used = 0;
    std::array<key::Hash, kPlaces> hashes;
    std::array<std::uint32_t, kPlaces> counts;
    std::array<Text, kPlaces> texts;
  };

  void take(key::Hash hash, std::string_view key, base::Time now);
  void turn(base::Time now);
  static std::size_t admit(key::Hash hash, std::string_view key, Window& window);

  std::uint32_t until_next_ = 1;
  base::Random random_{0};
  mutable std::mutex mutex_;
  base::Time begun_{};         // of the window that runs
  bool has_previous_ = false;  // one that went right before it
  std::size_t running_ = 0;
  std::array<Window, 2> windows_;
};

/// The `most` keys of what several workers counted, the hottest first.
std::vector<Row> hottest_of(std::vector<Hottest::Sum> sums, double seconds, std::size_t most);

}  // namespace headgate::proxy::cache::hottest
