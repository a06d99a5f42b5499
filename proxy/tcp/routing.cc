#include "proxy/tcp/routing.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "wire/tls/client_hello.h"

namespace headgate::proxy::tcp {
namespace {

/// "*.example.com" is found by ".example.com".
std::string_view sought_of(std::string_view key) {
  return key.starts_with('*') ? key.substr(1) : key;
}

}  // namespace

Routing::Routing(const config::TcpTargets& targets) : needs_hello_(targets.needs_hello()) {
  if (!targets.pool.empty()) default_ = pool_index(targets.pool);
  for (const auto& [protocol, pool] : targets.alpn) protocols_.push_back({protocol, pool_index(pool)});
  std::vector<route::FlatTable::Entry> hashes;
  for (const auto& [name, pool] : targets.sni) {
    hashes.emplace_back(route::hash_of(sought_of(name)), static_cast<std::uint32_t>(names_.size()));
    names_.push_back({name, pool_index(pool)});
  }
  table_ = route::FlatTable(hashes);
}

std::uint32_t Routing::pool_index(const std::string& name) {
  const auto known = std::ranges::find(pools_, name);
  if (known == pools_.end()) {
    pools_.push_back(name);
    return static_cast<std::uint32_t>(pools_.size() - 1);
  }
  return static_cast<std::uint32_t>(known - pools_.begin());
}

std::uint32_t Routing::find(std::string_view name) const {
  return table_.find(route::hash_of(name), [&](std::uint32_t at) { return sought_of(names_[at].key) == name; });
}

Routing::Choice Routing::choose(std::string_view server_name, std::string_view protocols) const {
  for (const Entry& entry : protocols_) {
    if (wire::tls::offers(protocols, entry.key)) return {entry.pool, By::kProtocol, entry.key};
  }
  std::array<char, 256> lowered;
  if (server_name.size() > lowered.size()) server_name = {};
  // RFC 6066 section 3 has names without the last dot; some clients send it.
  if (server_name.ends_with('.')) server_name.remove_suffix(1);
  std::ranges::transform(server_name, lowered.begin(), base::to_lower);
  const std::string_view name(lowered.data(), server_name.size());
  if (!names_.empty() && !name.empty()) {
    std::uint32_t found = name.front() == '.' ? kNone : find(name);
    for (std::size_t dot = name.find('.'); found == kNone && dot != std::string_view::npos;
         dot = name.find('.', dot + 1)) {
      if (dot > 0) found = find(name.substr(dot));
    }
    if (found != kNone) {
      const Entry& entry = names_[found];
      return {entry.pool, entry.key.starts_with('*') ? By::kWildcard : By::kName, entry.key};
    }
  }
  if (default_ == kNone) return {};
  return {default_, By::kDefault, {}};
}

}  // namespace headgate::proxy::tcp
