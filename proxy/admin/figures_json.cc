#include "proxy/admin/figures_json.h"

#include "proxy/admin/view.h"

#include <cmath>

namespace headgate::proxy::admin {
namespace {

Json percentile(const history::LatencyCounts& counts, double share) {
  const std::optional<double> ms = history::latency_ms(counts, share);
  return ms ? Json(std::round(*ms * 1000) / 1000) : Json(nullptr);
}

}  // namespace

Json latency_json(const history::LatencyCounts& counts) {
  return {{"p50", percentile(counts, 0.5)}, {"p95", percentile(counts, 0.95)}, {"p99", percentile(counts, 0.99)}};
}

namespace {

Json certificates_json(const listener::KeptCertificates& kept) {
  Json out = Json::array();
  for (const listener::ShownCertificate& shown : kept.loaded.certificates) {
    Json row = Json::object();
    row["file"] = shown.file;
    row["names"] = shown.names;
    row["key"] = shown.key;
    row["fingerprint"] = shown.fingerprint;
    row["not_before"] = time_json(shown.not_before);
    row["not_after"] = time_json(shown.not_after);
    row["stapled"] = shown.stapled;
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace

Json tls_json(const ListenerView& listener) {
  using listener::TlsCounters;
  if (listener.tls == nullptr || listener.certificates == nullptr) return nullptr;
  Json failed = Json::object();
  for (std::size_t i = 1; i < net::tls::kFailures; ++i) {
    failed[std::string(net::tls::name_of(static_cast<net::tls::Failure>(i)))] =
        metrics::total_of(*listener.tls, [i](const TlsCounters& each) { return each.failed[i].value(); });
  }
  Json out = Json::object();
  out["handshakes_full"] = metrics::total(*listener.tls, &TlsCounters::full);
  out["handshakes_resumed"] = metrics::total(*listener.tls, &TlsCounters::resumed);
  out["handshakes_failed"] = std::move(failed);
  out["handshakes_limited"] = metrics::total(*listener.tls, &TlsCounters::limited);
  out["load_error"] = listener.certificates->error;
  out["certificates"] = certificates_json(*listener.certificates);
  return out;
}

}  // namespace headgate::proxy::admin
