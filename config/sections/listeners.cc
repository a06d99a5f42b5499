#include "config/sections/dns/dns.h"
#include "config/sections/sections.h"
#include "config/sections/shared_values.h"
#include "config/sections/tcp/targets.h"

namespace headgate::config::sections {
namespace {

constexpr std::uint32_t kConnectionsMax = 1'000'000;

void read_bind(const Reader& at, Listener& out) {
  at.each_value([&](const Reader& one) {
    const std::optional<base::Endpoint> endpoint = read_endpoint(one);
    if (!endpoint) return;
    out.bind.push_back(*endpoint);
    one.reading().binds.push_back(one.mention(endpoint->text()));
  });
}

void read_trusted_proxies(const Reader& at, Listener& out) {
  at.each_item([&](const Reader& one) {
    if (const std::optional<base::IpNetwork> network = read_network(one)) out.trusted_proxies.push_back(*network);
  });
}

void read_protocol(const Reader& at, Listener& out) {
  at.word(out.protocol, {{"http", Protocol::kHttp}, {"tcp", Protocol::kTcp}, {"dns", Protocol::kDns}});
}

void read_redirect_to(const Reader& at, Listener& out) {
  std::string name;
  at.text(name, {1, 64});
  if (name.empty()) return;
  at.reading().redirects.push_back(at.mention(name));
  out.redirect = std::move(name);
}

constexpr Key<ListenerTimeouts> kListenerTimeoutKeys[] = {
    {"header", [](const Reader& at, ListenerTimeouts& out) { at.duration(out.header, kWaitRange); }},
    {"body", [](const Reader& at, ListenerTimeouts& out) { at.duration(out.body, kWaitRange); }},
    {"idle", [](const Reader& at, ListenerTimeouts& out) { at.duration(out.idle, kWaitRange); }},
    {"handshake", [](const Reader& at, ListenerTimeouts& out) { at.duration(out.handshake, kWaitRange); }},
};

constexpr Key<ListenerLimits> kLimitKeys[] = {
    {"header", [](const Reader& at, ListenerLimits& out) { at.size(out.header_bytes, {256, 1 << 20}); }},
    {"headers", [](const Reader& at, ListenerLimits& out) { at.number(out.headers, {1, 1000}); }},
    {"body", [](const Reader& at, ListenerLimits& out) { at.size(out.body_bytes, {0, 1ull << 40}); }},
    {"connections", [](const Reader& at, ListenerLimits& out) { at.number(out.connections, {1, kConnectionsMax}); }},
    {"connections_per_client",
     [](const Reader& at, ListenerLimits& out) { at.number(out.connections_per_client, {0, kConnectionsMax}); }},
    {"handshakes", [](const Reader& at, ListenerLimits& out) { read_rate(at, out.handshakes_per_second); }},
};

constexpr Key<ListenerHttp2> kHttp2Keys[] = {
    {"enabled", [](const Reader& at, ListenerHttp2& out) { at.boolean(out.enabled); }},
    {"streams", [](const Reader& at, ListenerHttp2& out) { at.number(out.streams, {1, 10'000}); }},
    {"stream_window", [](const Reader& at, ListenerHttp2& out) { at.size(out.stream_window, {65'535, 16 << 20}); }},
    {"connection_window",
     [](const Reader& at, ListenerHttp2& out) { at.size(out.connection_window, {65'535, 256 << 20}); }},
};

constexpr Key<Listener> kListenerKeys[] = {
    {"bind", read_bind, Presence::kRequired},
    {"protocol", read_protocol},
    {"pool", [](const Reader& at, Listener& out) { tcp::read_target_pool(at, out.tcp); }},
    {"sni", [](const Reader& at, Listener& out) { tcp::read_target_sni(at, out.tcp); }},
    {"alpn", [](const Reader& at, Listener& out) { tcp::read_target_alpn(at, out.tcp); }},
    {"zones", dns::read_listener_zones},
    {"proxy_protocol", [](const Reader& at, Listener& out) { at.boolean(out.proxy_protocol); }},
    {"trusted_proxies", read_trusted_proxies},
    {"timeouts", [](const Reader& at, Listener& out) { read_map(at, kListenerTimeoutKeys, out.timeouts); },
     Presence::kOptional, [](KeyList& out) { out.add(kListenerTimeoutKeys); }},
    {"limits", [](const Reader& at, Listener& out) { read_map(at, kLimitKeys, out.limits); }, Presence::kOptional,
     [](KeyList& out) { out.add(kLimitKeys); }},
    {"redirect", read_redirect_to},
    {"tls", read_listener_tls, Presence::kOptional, list_listener_tls_keys},
    {"http2", [](const Reader& at, Listener& out) { read_map(at, kHttp2Keys, out.http2); }, Presence::kOptional,
     [](KeyList& out) { out.add(kHttp2Keys); }},
};

}  // namespace

void read_listeners(const Reader& at, Config& out) {
  at.each_entry([&](const Reader& one, const std::string& name) {
    is_good_name(one, name);
    Listener& listener = out.listeners.emplace_back();
    listener.name = name;
    listener.place = one.place();
    const bool is_sound = read_map(one, kListenerKeys, listener);
    if (is_sound && listener.http2.connection_window < listener.http2.stream_window) {
      one.problem("http2: connection_window is smaller than stream_window, which could then never be used");
    }
    if (is_sound && listener.proxy_protocol && listener.trusted_proxies.empty()) {
      one.problem("proxy_protocol is accepted from trusted_proxies alone, and there are none");
    }
    if (is_sound) tcp::check_targets(one, listener);
    if (is_sound) dns::check_listener(one, listener);
    if (is_sound && listener.protocol == Protocol::kTcp && !listener.redirect.empty()) {
      one.problem("redirect answers requests of HTTP, and protocol: tcp knows none");
    }
    if (is_sound && listener.tls && !listener.redirect.empty()) {
      one.problem("a listener with tls has nothing to redirect: redirect belongs to one without");
    }
  });
  if (at.is_map() && out.listeners.empty()) at.problem("at least one listener is required");
}

void list_listener_keys(KeyList& out) {
  out.add_under(".NAME", kListenerKeys);
}

}  // namespace headgate::config::sections
