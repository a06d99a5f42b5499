#include "proxy/admin/metrics/cache_disk_metrics.h"

#include <vector>

#include "proxy/admin/metrics/sums.h"
#include "proxy/cache/disk/tier.h"

namespace headgate::proxy::admin::metrics {
namespace {

using cache::disk::Figures;
using cache::disk::Status;

/// A tier as it was at one moment.
struct Look {
  Labels labels;
  const Figures& figures;
  Status status;
  std::uint64_t size = 0;
};

void expose(const Family& of, const std::vector<Look>& looks, std::uint64_t (*number)(const Look&), Exposition& out) {
  out.begin(of);
  for (const Look& look : looks) out.sample(look.labels.text(), number(look));
}

void expose(const Family& of, const std::vector<Look>& looks, base::LatencyHistogram Figures::* histogram,
            Exposition& out) {
  out.begin(of);
  for (const Look& look : looks) {
    const base::LatencyHistogram& times = look.figures.*histogram;
    std::uint64_t cumulative = 0;
    for (std::size_t bucket = 0; bucket < base::LatencyHistogram::kBuckets; ++bucket) {
      cumulative += times.count(bucket);
      out.bucket(look.labels.text(), bucket_bounds()[bucket], cumulative);
    }
    out.sum_and_count(look.labels.text(), static_cast<double>(times.sum_ns()) / 1e9, cumulative);
  }
}

void expose_lookups(const std::vector<Look>& looks, Exposition& out) {
  out.begin(family("headgate_cache_disk_lookups_total"));
  for (const Look& look : looks) {
    const Figures& figures = look.figures;
    out.sample(look.labels.with("result", "hit").text(), figures.hits.value());
    out.sample(look.labels.with("result", "miss").text(), figures.misses.load());
    out.sample(look.labels.with("result", "gone").text(), figures.gone.value());
    out.sample(look.labels.with("result", "damaged").text(), figures.damaged.value());
    out.sample(look.labels.with("result", "no_room").text(), figures.no_room.value());
    out.sample(look.labels.with("result", "skipped").text(), figures.skipped_reads.load());
  }
}

void expose_not_written(const std::vector<Look>& looks, Exposition& out) {
  out.begin(family("headgate_cache_disk_not_written_total"));
  for (const Look& look : looks) {
    out.sample(look.labels.with("reason", "skipped").text(), look.figures.skipped_writes.load());
    out.sample(look.labels.with("reason", "too_large").text(), look.figures.too_large.value());
    out.sample(look.labels.with("reason", "torn").text(), look.figures.torn.value());
  }
}

}  // namespace

void expose_cache_disks(const View& view, Exposition& out) {
  std::vector<Look> looks;
  for (const CacheView& each : view.caches) {
    cache::disk::Tier* const tier = each.store->disk();
    if (tier == nullptr) continue;
    looks.push_back({Labels{{"cache", each.name}}, tier->figures(), tier->status(), tier->settings().size});
  }
  const auto figure = [&](const Family& of, std::uint64_t (*number)(const Look&)) { expose(of, looks, number, out); };
  figure(family("headgate_cache_disk_on"),
         [](const Look& look) -> std::uint64_t { return look.status.state == cache::disk::State::kOn ? 1 : 0; });
  figure(family("headgate_cache_disk_size_bytes"), [](const Look& look) { return look.size; });
  figure(family("headgate_cache_disk_used_bytes"), [](const Look& look) { return look.status.used_bytes; });
  figure(family("headgate_cache_disk_objects"), [](const Look& look) { return look.status.objects; });
  expose_lookups(looks, out);
  figure(family("headgate_cache_disk_written_total"), [](const Look& look) { return look.figures.written.value(); });
  figure(family("headgate_cache_disk_written_bytes_total"),
         [](const Look& look) { return look.figures.written_bytes.value(); });
  figure(family("headgate_cache_disk_read_bytes_total"),
         [](const Look& look) { return look.figures.read_bytes.value(); });
  figure(family("headgate_cache_disk_reinserted_total"),
         [](const Look& look) { return look.figures.reinserted.value(); });
  figure(family("headgate_cache_disk_discarded_total"),
         [](const Look& look) { return look.figures.discarded.value(); });
  expose_not_written(looks, out);
  figure(family("headgate_cache_disk_failures_total"), [](const Look& look) { return look.figures.failures.load(); });
  expose(family("headgate_cache_disk_read_seconds"), looks, &Figures::read_latency, out);
  expose(family("headgate_cache_disk_write_seconds"), looks, &Figures::write_latency, out);
}

}  // namespace headgate::proxy::admin::metrics
