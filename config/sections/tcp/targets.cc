#include "config/sections/tcp/targets.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "config/sections/shared_values.h"
#include "config/values.h"
#include "config/yaml/characters.h"

namespace headgate::config::sections::tcp {
namespace {

constexpr std::size_t kPoolNameBytesMax = 64;
/// RFC 7301 section 3.1: a protocol's name has a byte for its length.
constexpr std::size_t kAlpnBytesMax = 255;

std::string read_pool(const Reader& at) {
  std::string pool;
  at.text(pool, {1, kPoolNameBytesMax});
  if (!pool.empty()) at.reading().pools_used.push_back(at.mention(pool));
  return pool;
}

bool has_key(const std::vector<std::pair<std::string, std::string>>& entries, const std::string& key) {
  return std::ranges::any_of(entries, [&](const auto& entry) { return entry.first == key; });
}

}  // namespace

void read_target_pool(const Reader& at, TcpTargets& out) {
  out.pool = read_pool(at);
}

void read_target_sni(const Reader& at, TcpTargets& out) {
  at.each_entry([&](const Reader& one, const std::string& written) {
    std::optional<std::string> name = parse_host_pattern(written);
    if (!name) {
      return one.problem(
          fmt::format("{} is no name that a client may ask for; expected one such as example.com or "
                      "*.example.com",
                      yaml::in_quotes(written)));
    }
    if (has_key(out.sni, *name)) return one.problem(fmt::format("{} is given twice", yaml::in_quotes(*name)));
    out.sni.emplace_back(std::move(*name), read_pool(one));
  });
}

void read_target_alpn(const Reader& at, TcpTargets& out) {
  at.each_entry([&](const Reader& one, const std::string& protocol) {
    if (protocol.empty() || protocol.size() > kAlpnBytesMax) {
      return one.problem(fmt::format("the name of a protocol is 1 to {} bytes, such as acme-tls/1", kAlpnBytesMax));
    }
    out.alpn.emplace_back(protocol, read_pool(one));
  });
}

void check_targets(const Reader& at, const Listener& listener) {
  const TcpTargets& targets = listener.tcp;
  if (listener.protocol == Protocol::kTcp && listener.tls) {
    at.problem("tls ends TLS here, and protocol: tcp passes it on as it is; a listener has one of them");
  }
  const bool has_any = !targets.pool.empty() || targets.needs_hello();
  if (listener.protocol == Protocol::kTcp && !has_any) {
    at.problem("protocol: tcp needs a `pool`, or `sni` with the pools of names");
  } else if (listener.protocol == Protocol::kHttp && has_any) {
    at.problem("pool, sni and alpn are for protocol: tcp; the pool of an http listener is its routes'");
  }
}

}  // namespace headgate::config::sections::tcp
