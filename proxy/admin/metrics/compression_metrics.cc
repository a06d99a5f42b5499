#include "proxy/admin/metrics/compression_metrics.h"

#include "proxy/admin/metrics/sums.h"
#include "proxy/compression/counters.h"

namespace headgate::proxy::admin::metrics {
namespace {

using compression::Skip;
using wire::coding::Coding;

/// As of other routes: one that nobody asked for yet is a single line.
bool is_compression_shown(const RouteView& route) {
  return route.compression != nullptr && total(*route.counters, &http::RouteCounters::requests) > 0;
}

void expose_codings(const Family& of, const View& view, base::Counter compression::Counters::OfCoding::* number,
                    Exposition& out) {
  out.begin(of);
  for (const RouteView& route : view.routes) {
    if (!is_compression_shown(route)) continue;
    const Labels labels{{"route", route.name}};
    for (const Coding coding : wire::coding::kCompressing) {
      out.sample(labels.with("encoding", to_string(coding)).text(),
                 total_of(*route.compression,
                          [=](const compression::Counters& each) { return (each.of(coding).*number).value(); }));
    }
  }
}

}  // namespace

void expose_compression(const View& view, Exposition& out) {
  expose_codings(family("headgate_route_compressed_total"), view, &compression::Counters::OfCoding::answers, out);
  expose_codings(family("headgate_route_compressed_in_bytes_total"), view, &compression::Counters::OfCoding::bytes_in,
                 out);
  expose_codings(family("headgate_route_compressed_out_bytes_total"), view, &compression::Counters::OfCoding::bytes_out,
                 out);
  out.begin(family("headgate_route_not_compressed_total"));
  for (const RouteView& route : view.routes) {
    if (!is_compression_shown(route)) continue;
    const Labels labels{{"route", route.name}};
    for (std::size_t reason = 1; reason < compression::kSkips; ++reason) {
      out.sample(labels.with("reason", to_string(static_cast<Skip>(reason))).text(),
                 total_of(*route.compression,
                          [=](const compression::Counters& each) { return each.skipped[reason].value(); }));
    }
  }
}

}  // namespace headgate::proxy::admin::metrics
