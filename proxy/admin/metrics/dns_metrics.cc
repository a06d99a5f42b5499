#include "proxy/admin/metrics/dns_metrics.h"

#include "proxy/admin/metrics/sums.h"
#include "proxy/dns/server/counters.h"

namespace headgate::proxy::admin::metrics {
namespace {

using DnsCounters = dns::server::Counters;
using dns::server::RegionCounters;

/// A family with a sample for each listener and each of an array of counters, which `name` names.
template <std::size_t kSize, class Name>
void expose_each(const Family& of, const View& view, std::string_view label,
                 std::array<base::Counter, kSize> DnsCounters::* counters, Name name, Exposition& out) {
  out.begin(of);
  for (const ListenerView& listener : view.listeners) {
    if (listener.dns == nullptr) continue;
    const Labels labels{{"listener", listener.name}};
    for (std::size_t i = 0; i < kSize; ++i) {
      out.sample(labels.with(label, name(i)).text(),
                 total_of(*listener.dns, [=](const DnsCounters& each) { return (each.*counters)[i].value(); }));
    }
  }
}

void expose_one(const Family& of, const View& view, base::Counter DnsCounters::* counter, Exposition& out) {
  out.begin(of);
  for (const ListenerView& listener : view.listeners) {
    if (listener.dns == nullptr) continue;
    out.sample(Labels{{"listener", listener.name}}.text(), total(*listener.dns, counter));
  }
}

void expose_geo_answers(const View& view, Exposition& out) {
  out.begin(family("headgate_dns_geo_answers_total"));
  if (view.geo.answers == nullptr) return;
  for (const auto& [region, counters] : *view.geo.answers) {
    const Labels labels{{"region", region}};
    for (std::size_t reason = 0; reason < dns::server::kReasons; ++reason) {
      const std::uint64_t answers =
          total_of(*counters, [reason](const RegionCounters& each) { return each.by_reason[reason].value(); });
      if (answers != 0) out.sample(labels.with("reason", dns::server::reason_text(reason)).text(), answers);
    }
  }
}

void expose_signatures(const View& view, Exposition& out) {
  out.begin(family("headgate_dns_signatures_total"));
  for (const ListenerView& listener : view.listeners) {
    if (listener.dns == nullptr) continue;
    const Labels labels{{"listener", listener.name}};
    const auto sum = [&](base::Counter dns::sign::Counts::* counter) {
      return total_of(*listener.dns, [counter](const DnsCounters& each) { return (each.signatures.*counter).value(); });
    };
    out.sample(labels.with("result", "made").text(), sum(&dns::sign::Counts::made));
    out.sample(labels.with("result", "found").text(), sum(&dns::sign::Counts::found));
    out.sample(labels.with("result", "refused").text(), sum(&dns::sign::Counts::refused));
  }
}

std::string_view cookie_text(std::size_t standing) {
  constexpr std::array<std::string_view, 3> kTexts = {"new", "bad", "valid"};
  return kTexts[standing];
}

}  // namespace

void expose_dns(const View& view, Exposition& out) {
  expose_each(
      family("headgate_dns_queries_total"), view, "transport", &DnsCounters::queries,
      [](std::size_t i) { return to_string(static_cast<dns::server::Transport>(i)); }, out);
  expose_each(
      family("headgate_dns_answers_total"), view, "rcode", &DnsCounters::answers,
      [](std::size_t i) { return to_string(dns::server::kRcodes[i]); }, out);
  expose_geo_answers(view, out);
  expose_one(family("headgate_dns_subnet_queries_total"), view, &DnsCounters::with_subnet, out);
  expose_one(family("headgate_dns_truncated_total"), view, &DnsCounters::truncated, out);
  expose_one(family("headgate_dns_malformed_total"), view, &DnsCounters::malformed, out);
  expose_one(family("headgate_dns_rate_limited_total"), view, &DnsCounters::limited, out);
  expose_one(family("headgate_dns_rate_slipped_total"), view, &DnsCounters::slipped, out);
  expose_each(family("headgate_dns_cookies_total"), view, "cookie", &DnsCounters::cookies, cookie_text, out);
  expose_signatures(view, out);
  expose_one(family("headgate_dns_unsent_total"), view, &DnsCounters::unsent, out);
}

}  // namespace headgate::proxy::admin::metrics
