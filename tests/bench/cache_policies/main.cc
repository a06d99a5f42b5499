// Hit ratios of the store's order of discarding beside W-TinyLFU and LRU, by objects and by bytes, on synthetic traces
// with stated laws. The same on each run: the seed is fixed.
//
//     cache_policies_bench [REQUESTS]        default 2,000,000 a trace
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

#include "base/random.h"
#include "tests/bench/cache_policies/policies.h"

namespace {

using namespace headgate;
using namespace headgate::bench::cache_policies;

constexpr std::uint32_t kObjects = 100'000;

/// Ranks 0 to count - 1, rank r as often as (r + 1)^-alpha.
class Zipf {
 public:
  Zipf(std::uint32_t count, double alpha) : sums_(count) {
    double sum = 0;
    for (std::uint32_t rank = 0; rank < count; ++rank) sums_[rank] = sum += std::pow(rank + 1, -alpha);
  }
  std::uint32_t draw(base::Random& random) const {
    const double at = static_cast<double>(random.next() >> 11) * 0x1p-53 * sums_.back();
    return static_cast<std::uint32_t>(std::upper_bound(sums_.begin(), sums_.end(), at) - sums_.begin());
  }

 private:
  std::vector<double> sums_;
};

/// A size that is the object's own: lognormal, median 4 KiB, up to 4 MiB; not related to how popular it is.
std::uint32_t size_of(std::uint32_t key) {
  base::Random random(key + 1);
  const double one = (static_cast<double>(random.next() >> 11) + 1) * 0x1p-53;
  const double two = static_cast<double>(random.next() >> 11) * 0x1p-53;
  const double normal = std::sqrt(-2 * std::log(one)) * std::cos(2 * 3.141592653589793 * two);
  return static_cast<std::uint32_t>(std::clamp(4096 * std::exp(1.5 * normal), 128.0, 4194304.0));
}

struct Trace {
  const char* name;
  std::function<std::vector<std::uint32_t>(std::size_t, base::Random&)> keys;
};

std::vector<std::uint32_t> zipf_keys(std::size_t count, base::Random& random, double alpha) {
  const Zipf zipf(kObjects, alpha);
  std::vector<std::uint32_t> keys(count);
  for (std::uint32_t& key : keys) key = zipf.draw(random);
  return keys;
}

/// Every 50,000 requests a scan goes once through 20,000 objects that nobody else asks for.
std::vector<std::uint32_t> with_scans(std::size_t count, base::Random& random) {
  std::vector<std::uint32_t> keys = zipf_keys(count, random, 0.9);
  std::uint32_t next = kObjects;
  for (std::size_t at = 50'000; at + 20'000 < count; at += 70'000) {
    for (std::size_t i = 0; i < 20'000; ++i) keys[at + i] = next++;
  }
  return keys;
}

/// Half of all requests are for objects that are never asked for again.
std::vector<std::uint32_t> with_one_hit_wonders(std::size_t count, base::Random& random) {
  std::vector<std::uint32_t> keys = zipf_keys(count, random, 0.9);
  std::uint32_t next = kObjects;
  for (std::uint32_t& key : keys) {
    if (random.below(2) == 0) key = next++;
  }
  return keys;
}

/// A tenth of the ranks get other objects every 100,000 requests.
std::vector<std::uint32_t> changing(std::size_t count, base::Random& random) {
  std::vector<std::uint32_t> keys = zipf_keys(count, random, 0.9);
  std::vector<std::uint32_t> object_of(kObjects);
  for (std::uint32_t i = 0; i < kObjects; ++i) object_of[i] = i;
  std::uint32_t next = kObjects;
  for (std::size_t at = 0; at < count; ++at) {
    if (at % 100'000 == 99'999) {
      for (std::uint32_t i = 0; i < kObjects / 10; ++i) object_of[random.below(kObjects)] = next++;
    }
    keys[at] = object_of[keys[at]];
  }
  return keys;
}

/// Round and round through `length` objects.
std::vector<std::uint32_t> loop(std::size_t count, std::uint32_t length) {
  std::vector<std::uint32_t> keys(count);
  for (std::size_t at = 0; at < count; ++at) keys[at] = static_cast<std::uint32_t>(at % length);
  return keys;
}

struct Ratios {
  double objects = 0;
  double bytes = 0;
};

/// Over all but the first fifth, in which the cache fills.
Ratios ratios_of(Policy& policy, const std::vector<Request>& requests) {
  std::uint64_t hits = 0, hit_bytes = 0, bytes = 0;
  const std::size_t from = requests.size() / 5;
  for (std::size_t at = 0; at < requests.size(); ++at) {
    const bool hit = policy.ask(requests[at]);
    if (at < from) continue;
    bytes += requests[at].bytes;
    hits += hit;
    hit_bytes += hit ? requests[at].bytes : 0;
  }
  const auto asked = static_cast<double>(requests.size() - from);
  return {100 * static_cast<double>(hits) / asked, 100 * static_cast<double>(hit_bytes) / static_cast<double>(bytes)};
}

void compare(const Trace& trace, std::size_t count, bool sized, double share) {
  base::Random random(20260101);
  const std::vector<std::uint32_t> keys = trace.keys(count, random);
  std::vector<Request> requests(count);
  std::uint32_t keys_max = 0;
  for (std::size_t at = 0; at < count; ++at) {
    requests[at] = {keys[at], sized ? size_of(keys[at]) : 1};
    keys_max = std::max(keys_max, keys[at] + 1);
  }
  double all = 0;
  for (std::uint32_t key = 0; key < kObjects; ++key) all += sized ? size_of(key) : 1;
  const auto bytes = static_cast<std::uint64_t>(all * share);
  const auto entries = static_cast<std::uint64_t>(kObjects * share);
  const Ratios least = ratios_of(*lru(keys_max, bytes), requests);
  const Ratios tiny = ratios_of(*w_tinylfu(keys_max, bytes, entries), requests);
  const Ratios s3 = ratios_of(*s3_fifo(keys_max, bytes, entries), requests);
  if (sized) {
    std::printf("| %s | %g%% | %.2f / %.2f | %.2f / %.2f | %.2f / %.2f |\n", trace.name, share * 100, least.objects,
                least.bytes, tiny.objects, tiny.bytes, s3.objects, s3.bytes);
  } else {
    std::printf("| %s | %g%% | %.2f | %.2f | %.2f |\n", trace.name, share * 100, least.objects, tiny.objects,
                s3.objects);
  }
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 2'000'000;
  std::vector<Trace> traces;
  static const char* kZipfs[] = {"Zipf 0.7", "Zipf 0.8", "Zipf 0.9", "Zipf 1.0", "Zipf 1.1"};
  for (int i = 0; i < 5; ++i) {
    traces.push_back({kZipfs[i], [i](auto n, auto& random) { return zipf_keys(n, random, 0.7 + 0.1 * i); }});
  }
  traces.push_back({"Zipf 0.9 and scans", with_scans});
  traces.push_back({"Zipf 0.9 and one-hit wonders", with_one_hit_wonders});
  traces.push_back({"Zipf 0.9, changing", changing});
  traces.push_back({"loop of 12,000", [](auto n, auto&) { return loop(n, 12'000); }});
  traces.push_back({"loop of 30,000", [](auto n, auto&) { return loop(n, 30'000); }});
  for (bool sized : {false, true}) {
    std::printf(sized ? "\n| trace | cache | LRU: objects / bytes | W-TinyLFU | S3-FIFO |\n"
                      : "| trace | cache | LRU | W-TinyLFU | S3-FIFO |\n");
    std::printf("| --- | ---: | ---: | ---: | ---: |\n");
    for (const Trace& trace : traces) {
      for (double share : {0.01, 0.1}) compare(trace, count, sized, share);
    }
  }
}
