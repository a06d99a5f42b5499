#include "proxy/cache/hottest/hottest.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

namespace headgate::proxy::cache::hottest {

/// Distances vary from 1 to twice the mean, so that clients which ask in turns do not hide from the sample.
void Hottest::take(key::Hash hash, std::string_view key, base::Time now) {
  until_next_ = 1 + random_.below(2 * kSampling - 1);
  const std::lock_guard<std::mutex> lock(mutex_);
  // The very first request stands for itself alone, each later one of the sample for those since the one before.
  const std::uint32_t requests = begun_ == base::Time{} ? 1 : kSampling;
  turn(now);
  Window& window = windows_[running_];
  const auto used = std::span(window.hashes).first(window.used);
  const auto place = static_cast<std::size_t>(std::ranges::find(used, hash) - used.begin());
  if (place < window.used) {
    window.counts[place] += requests;
  } else {
    window.counts[admit(hash, key, window)] += requests;
  }
}

/// Who takes the place of the least counted goes on from its count: never too low, too high by at most that.
std::size_t Hottest::admit(key::Hash hash, std::string_view key, Window& window) {
  std::size_t place = window.used;
  if (window.used < kPlaces) {
    window.counts[window.used++] = 0;
  } else {
    place = static_cast<std::size_t>(std::ranges::min_element(window.counts) - window.counts.begin());
  }
  window.hashes[place] = hash;
  Text& text = window.texts[place];
  text.bytes = static_cast<std::uint32_t>(std::min(key.size(), kKeyBytesMax));
  std::memcpy(text.at.data(), key.data(), text.bytes);
  return place;
}

void Hottest::turn(base::Time now) {
  if (begun_ == base::Time{}) begun_ = now;
  if (now - begun_ < kWindow) return;
  has_previous_ = now - begun_ < 2 * kWindow;
  running_ = 1 - running_;
  windows_[running_].used = 0;
  begun_ = has_previous_ ? begun_ + kWindow : now;
}

double Hottest::add_to(std::vector<Sum>& sums, base::Time now) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const double elapsed = std::chrono::duration<double>(now - begun_).count();
  const double window = std::chrono::duration<double>(kWindow).count();
  if (begun_ == base::Time{} || elapsed >= 2 * window) return 0;
  const auto add = [&](const Window& from) {
    for (std::size_t i = 0; i < from.used; ++i) {
      sums.push_back({from.hashes[i], std::string(from.texts[i].at.data(), from.texts[i].bytes), from.counts[i]});
    }
  };
  add(windows_[running_]);
  if (!has_previous_) return elapsed;
  add(windows_[1 - running_]);
  return elapsed + window;
}

std::vector<Row> hottest_of(std::vector<Hottest::Sum> sums, double seconds, std::size_t most) {
  const auto order = [](const key::Hash& hash) { return std::pair(hash.high, hash.low); };
  std::ranges::sort(sums, {}, [&](const Hottest::Sum& sum) { return order(sum.hash); });
  std::vector<Hottest::Sum> merged;
  for (Hottest::Sum& sum : sums) {
    if (!merged.empty() && merged.back().hash == sum.hash) {
      merged.back().count += sum.count;
    } else {
      merged.push_back(std::move(sum));
    }
  }
  std::ranges::sort(merged, std::ranges::greater{},
                    [](const Hottest::Sum& sum) { return std::pair(sum.count, sum.key); });
  if (merged.size() > most) merged.resize(most);
  std::vector<Row> out;
  // At the very beginning nobody knows how much a second is.
  const double length = std::max(seconds, 1.0);
  for (Hottest::Sum& sum : merged) {
    out.push_back({std::move(sum.key), static_cast<double>(sum.count) / length});
  }
  return out;
}

}  // namespace headgate::proxy::cache::hottest
