#include <fmt/core.h>

#include <algorithm>

#include "base/ascii.h"
#include "config/sections/dns/dns.h"
#include "config/yaml/characters.h"

namespace headgate::config::sections::dns {
namespace {

/// What a listener has that protocol: dns has no use for, and why; empty: nothing.
std::string_view useless_key_of(const Listener& listener) {
  if (listener.tls) return "tls: DNS is answered in the clear, over UDP and TCP";
  if (!listener.redirect.empty()) return "redirect: that answers requests of HTTP";
  if (!listener.tcp.pool.empty() || listener.tcp.needs_hello()) {
    return "pool, sni or alpn: the pools are those of the zones' names";
  }
  if (listener.proxy_protocol) return "proxy_protocol: who asks is seen from the packet, or from its client subnet";
  if (!listener.trusted_proxies.empty()) return "trusted_proxies: nobody speaks for others there";
  if (listener.http2 != ListenerHttp2{}) return "http2";
  return {};
}

}  // namespace

void read_listener_zones(const Reader& at, Listener& out) {
  at.each_value([&](const Reader& one) {
    std::string written;
    one.text(written, {1, 254});
    if (written.empty()) return;
    std::string name = base::lowered(written);
    if (name.size() > 1 && name.ends_with('.')) name.pop_back();
    if (std::ranges::find(out.zones, name) != out.zones.end()) return one.problem("stands here twice");
    one.reading().zones_used.push_back(one.mention(name));
    out.zones.push_back(std::move(name));
  });
}

void check_listener(const Reader& at, const Listener& listener) {
  if (listener.protocol != Protocol::kDns) {
    if (!listener.zones.empty()) at.problem("zones are answered by a listener of protocol: dns");
    return;
  }
  if (listener.zones.empty()) at.problem("protocol: dns needs `zones`: which of dns.zones it answers for");
  const std::string_view useless = useless_key_of(listener);
  if (!useless.empty()) at.problem(fmt::format("protocol: dns has no {}", useless));
  const auto is_unix = [](const base::Endpoint& endpoint) { return endpoint.is_unix(); };
  if (std::ranges::any_of(listener.bind, is_unix)) {
    at.problem("protocol: dns answers over UDP and TCP: bind is an address and a port, as 0.0.0.0:53");
  }
}

void check_zones(const Config& config, Reading& reading) {
  std::vector<std::string> names;
  for (const DnsZone& zone : config.dns.zones) names.push_back(zone.name);
  for (const Mention& mention : reading.zones_used) {
    if (std::ranges::find(names, mention.text) != names.end()) continue;
    reading.problems.add(mention.place, mention.path,
                         fmt::format("no zone named {} in dns.zones{}", yaml::in_quotes(mention.text),
                                     reading.problems.suggestion_for(mention.text, names)));
  }
  const auto has_addresses = [](const Region& region) { return !region.addresses.empty(); };
  if (std::ranges::any_of(config.geo.regions, has_addresses)) return;
  for (const Mention& mention : reading.geo_names) {
    reading.problems.add(mention.place, mention.path,
                         "no region has addresses to answer with: regions.NAME.addresses says what they are");
  }
}

}  // namespace headgate::config::sections::dns
