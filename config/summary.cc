#include <fmt/core.h>

#include <algorithm>
#include <unordered_map>

#include "config/load.h"
#include "config/summaries/zones.h"
#include "config/values.h"
#include "config/yaml/characters.h"

namespace headgate::config {

std::vector<std::string> pools_of(const Origin& origin) {
  if (const PoolOrigin* one = std::get_if<PoolOrigin>(&origin)) return {one->pool};
  if (const SplitOrigin* split = std::get_if<SplitOrigin>(&origin)) return {split->read, split->write};
  if (const ShardOrigin* shard = std::get_if<ShardOrigin>(&origin)) return shard->pools;
  std::vector<std::string> out;
  if (const WeightedOrigin* weighted = std::get_if<WeightedOrigin>(&origin)) {
    for (const WeightedOrigin::Share& share : weighted->shares) out.push_back(share.pool);
  }
  return out;
}

std::string hedge_after_text(const Hedge& hedge) {
  if (hedge.after_permille == 0) return duration_text(hedge.after);
  const std::uint32_t tenth = hedge.after_permille % 10;
  return fmt::format("p{}{}", hedge.after_permille / 10, tenth == 0 ? "" : fmt::format(".{}", tenth));
}

namespace {

constexpr std::size_t kColumns = 80;
constexpr std::size_t kNameColumns = 16;
constexpr std::size_t kBackendsShown = 8;
constexpr std::size_t kWarningsShown = 20;

using Words = std::vector<std::string>;

/// "  name   word word ..." broken at kColumns, continued below the first word.
void append_entry(std::string& out, std::string_view name, const Words& words) {
  std::string line = fmt::format("  {:<{}}", name, kNameColumns);
  std::size_t words_in_line = 0;
  for (const std::string& word : words) {
    if (words_in_line > 0 && line.size() + 1 + word.size() > kColumns) {
      out += line + "\n";
      line.assign(kNameColumns + 2, ' ');
      words_in_line = 0;
    }
    line += ' ';
    line += word;
    ++words_in_line;
  }
  out += line + "\n";
}

template <class Values, class Text>
std::string joined(const Values& values, Text text) {
  std::string out;
  for (const auto& value : values) {
    if (!out.empty()) out += ',';
    out += text(value);
  }
  return out;
}

std::string joined(const std::vector<std::string>& values) {
  return joined(values, [](const std::string& value) { return value; });
}

std::string joined(const std::vector<base::IpNetwork>& networks) {
  return joined(networks, [](const base::IpNetwork& network) { return network.text(); });
}

std::string count_of(std::size_t count, std::string_view singular) {
  return fmt::format("{} {}{}", count, singular, count == 1 ? "" : "s");
}

void add_targets(Words& out, const TcpTargets& targets) {
  for (const auto& [protocol, pool] : targets.alpn) out.push_back(fmt::format("alpn {} -> pool {};", protocol, pool));
  for (const auto& [name, pool] : targets.sni) out.push_back(fmt::format("sni {} -> pool {};", name, pool));
  out.push_back(targets.pool.empty() ? "otherwise closed" : "-> pool " + targets.pool);
}

Words words_of(const Listener& listener) {
  Words out = {listener.protocol == Protocol::kTcp   ? "tcp"
               : listener.protocol == Protocol::kDns ? "dns"
               : listener.tls                        ? "https"
                                                     : "http"};
  for (const base::Endpoint& endpoint : listener.bind) out.push_back(endpoint.text());
  if (listener.proxy_protocol) out.push_back("proxy_protocol");
  if (!listener.redirect.empty()) out.push_back("redirects to " + listener.redirect);
  if (listener.tls) {
    out.push_back(count_of(listener.tls->certificates.size(), "certificate") + ":");
    for (std::size_t i = 0; i < std::min(listener.tls->certificates.size(), kBackendsShown); ++i) {
      out.push_back(joined(listener.tls->certificates[i].names));
    }
    if (!listener.tls->client_ca.empty()) {
      out.push_back(listener.tls->client_is_required ? "(clients show theirs)" : "(clients may show theirs)");
    }
  }
  if (!listener.trusted_proxies.empty()) out.push_back("trusts " + joined(listener.trusted_proxies));
  if (listener.protocol == Protocol::kTcp) add_targets(out, listener.tcp);
  if (listener.protocol == Protocol::kDns) out.push_back("-> zones " + joined(listener.zones));
  return out;
}

std::string text_of(const Health& health) {
  const std::string times =
      fmt::format("every {}, fall {}, rise {};", duration_text(health.interval), health.fall, health.rise);
  if (const HttpCheck* http = std::get_if<HttpCheck>(&health.check)) {
    return fmt::format("checked by http {} {}", http->path, times);
  }
  if (std::holds_alternative<TcpCheck>(health.check)) return "checked by tcp " + times;
  if (const GrpcCheck* grpc = std::get_if<GrpcCheck>(&health.check)) {
    return fmt::format("checked by grpc {}{}{}", grpc->service, grpc->service.empty() ? "" : " ", times);
  }
  return "no active check;";
}

std::string text_of(const Backend& backend) {
  std::string out;
  if (const BackendAddress* fixed = std::get_if<BackendAddress>(&backend.where)) {
    out = fixed->address.text();
  } else {
    const BackendName& name = std::get<BackendName>(backend.where);
    out = fmt::format("{} (resolved every {})", text_of(name), duration_text(name.every));
  }
  if (backend.weight != 1) out += fmt::format(" (weight {})", backend.weight);
  if (backend.backup) out += " (backup)";
  if (backend.priority != 0) out += fmt::format(" (priority {})", backend.priority);
  if (!backend.region.empty()) out += fmt::format(" (region {})", backend.region);
  if (backend.drain) out += " (draining)";
  return out;
}

std::string tls_words(const PoolTls& tls) {
  std::string out = tls.verify ? "over tls" : "over tls, not verified";
  if (!tls.sni.empty()) out += " as " + tls.sni;
  if (tls.certificate) out += ", with a certificate";
  return out + ";";
}

Words words_of(const Pool& pool) {
  Words out = {balance_text(pool) + ";", text_of(pool.health)};
  if (pool.tls) out.insert(out.begin(), tls_words(*pool.tls));
  if (pool.protocol == BackendProtocol::kH2c) out.insert(out.begin(), "h2c;");
  if (pool.protocol == BackendProtocol::kH2) out.insert(out.begin(), "h2;");
  if (pool.proxy_header != ProxyHeader::kNone) {
    out.push_back(fmt::format("proxy_protocol v{};", pool.proxy_header == ProxyHeader::kV1 ? 1 : 2));
  }
  if (pool.health.load_feedback.by == LoadFeedback::By::kHeader) out.push_back("weights by reported load;");
  if (pool.health.load_feedback.by == LoadFeedback::By::kAgent) {
    out.push_back(fmt::format("weights by the agents on port {};", pool.health.load_feedback.port));
  }
  if (const std::string by = sticky_name(pool.sticky); !by.empty()) out.push_back("sticky by " + by + ";");
  const auto add_limit = [&out](std::uint32_t limit, std::string_view what) {
    if (limit != 0) out.push_back(fmt::format("at most {} {};", limit, what));
  };
  add_limit(pool.limits.connections, "connections");
  add_limit(pool.limits.requests, "requests at once");
  add_limit(pool.limits.retries, "retries at once");
  if (pool.adaptive) {
    out.push_back(fmt::format("adaptive, {} to {} requests at once;", pool.adaptive->min, pool.adaptive->max));
  }
  if (pool.hedge) {
    out.push_back(
        fmt::format("hedges after {}, at most {}%;", hedge_after_text(*pool.hedge), pool.hedge->budget_percent));
  }
  if (pool.health.outlier) out.push_back(fmt::format("ejects after {} errors;", pool.health.outlier->errors));
  const std::size_t count = pool.backends.size();
  out.push_back(count_of(count, "backend") + ":");
  for (std::size_t i = 0; i < std::min(count, kBackendsShown); ++i) out.push_back(text_of(pool.backends[i]));
  if (count > kBackendsShown) out.push_back(fmt::format("and {} more", count - kBackendsShown));
  return out;
}

void add_pairs(Words& out, std::string_view what, const std::vector<NameValueMatch>& pairs) {
  for (const NameValueMatch& pair : pairs)
    out.push_back(fmt::format("{} {}={}", what, pair.name, yaml::in_quotes(pair.value)));
}

/// Nothing if it takes every request.
Words words_of(const Match& match) {
  Words out;
  if (!match.methods.empty()) out.push_back(joined(match.methods));
  if (!match.hosts.empty()) out.push_back(joined(match.hosts));
  if (match.path) out.push_back(*match.path + (match.path->ends_with('/') ? "*" : ""));
  if (match.path_regex) out.push_back("path ~ " + yaml::in_quotes(*match.path_regex));
  add_pairs(out, "header", match.headers);
  add_pairs(out, "query", match.query);
  add_pairs(out, "cookie", match.cookies);
  if (!match.clients.empty()) out.push_back("from " + joined(match.clients));
  if (!match.listeners.empty()) out.push_back("on " + joined(match.listeners));
  if (!match.regions.empty()) out.push_back("region " + joined(match.regions));
  if (match.tls_client && !match.tls_client->subjects.empty()) {
    out.push_back("tls_client subject " + joined(match.tls_client->subjects));
  }
  if (match.tls_client && !match.tls_client->fingerprints.empty()) {
    out.push_back("tls_client fingerprint " + joined(match.tls_client->fingerprints));
  }
  return out;
}

Words words_of(const Region& region) {
  Words out;
  if (!region.countries.empty()) out.push_back("countries " + joined(region.countries));
  if (!region.continents.empty()) out.push_back("continents " + joined(region.continents));
  if (region.location) out.push_back(fmt::format("at {} {}", region.location->latitude, region.location->longitude));
  if (!region.addresses.empty()) {
    out.push_back("addresses " + joined(region.addresses, [](const RegionAddress& each) {
                    return each.address.text() + (each.weight == 1 ? "" : fmt::format(" (weight {})", each.weight));
                  }));
  }
  if (!region.host.empty()) out.push_back("host " + region.host);
  if (!region.requirements.empty()) {
    out.push_back("requires " + joined(region.requirements, [](const RegionRequirement& each) {
                    return each.percent == 0 ? fmt::format("{} {}", each.pool, each.count)
                                             : fmt::format("{} {}%", each.pool, each.percent);
                  }));
    out.push_back(fmt::format("down after {}, up after {}", count_of(region.fall, "look"), region.rise));
  }
  if (region.drain) out.push_back("drained");
  return out;
}

Words words_of(const Geo& geo) {
  Words out;
  for (const std::string& database : geo.databases) out.push_back(database);
  if (!geo.networks.empty()) out.push_back(count_of(geo.networks.size(), "network"));
  if (!geo.default_region.empty()) out.push_back("otherwise " + geo.default_region);
  if (geo.region_override) {
    out.push_back("header " + geo.region_override->header + " from " + joined(geo.region_override->from));
  }
  if (geo.pin) out.push_back("cookie " + geo.pin->cookie + ", set by header " + geo.pin->from_header);
  return out;
}

std::string text_of(const Origin& origin) {
  if (const PoolOrigin* pool = std::get_if<PoolOrigin>(&origin)) return "-> pool " + pool->pool;
  if (const WeightedOrigin* weighted = std::get_if<WeightedOrigin>(&origin)) {
    std::string out = "-> pools";
    for (const WeightedOrigin::Share& share : weighted->shares) out += fmt::format(" {}:{}", share.pool, share.weight);
    return out;
  }
  if (const SplitOrigin* split = std::get_if<SplitOrigin>(&origin)) {
    return fmt::format("-> split read {} write {}", split->read, split->write);
  }
  if (const ShardOrigin* shard = std::get_if<ShardOrigin>(&origin)) {
    return fmt::format("-> shard by {} over {}", request::words_of(shard->key), joined(shard->pools));
  }
  if (const StaticOrigin* files = std::get_if<StaticOrigin>(&origin)) return "-> static " + files->root;
  if (const RedirectOrigin* to = std::get_if<RedirectOrigin>(&origin)) {
    return fmt::format("-> redirect {} {}", to->status, to->to);
  }
  return fmt::format("-> respond {}", std::get<RespondOrigin>(origin).status);
}

Words words_of(const Route& route) {
  Words out = words_of(route.match);
  if (out.empty()) out.push_back("every request");
  out.push_back(text_of(route.origin));
  if (route.rate_limit) {
    out.push_back(fmt::format(
        "(limited by {})", route.rate_limit->by_header.empty() ? "client" : "header " + route.rate_limit->by_header));
  }
  if (route.sends_home) out.push_back("(clients of other regions sent home)");
  if (route.compression) {
    out.push_back(fmt::format("(compress {})", joined(route.compression->algorithms, [](const CompressionChoice& each) {
                                return std::string(algorithm_name(each.algorithm));
                              })));
  }
  if (route.cache) out.push_back(fmt::format("(cached in {})", route.cache->store));
  return out;
}

Words words_of(const CacheStore& store) {
  Words out = {size_text(store.memory) + " of memory;"};
  if (store.disk) out.push_back(size_text(store.disk->size) + " of disk in " + store.disk->path + ";");
  out.push_back("objects to " + size_text(store.max_object));
  if (!store.purge.empty()) out.push_back("purged by " + joined(store.purge));
  return out;
}

Words words_of(const Admin& admin) {
  Words out;
  if (admin.bind) out.push_back(admin.bind->text());
  if (admin.token) out.push_back("(with a token)");
  if (admin.socket) out.push_back("unix:" + *admin.socket);
  if (out.empty()) out.push_back("none");
  return out;
}

/// Equal for two matches that are written alike. No value of a match holds a line feed.
std::string key_of(const Match& match) {
  std::string out = joined(match.methods) + "\n" + joined(match.hosts) + "\n" + match.path.value_or("") + "\n" +
                    match.path_regex.value_or("") + "\n" + joined(match.clients) + "\n" + joined(match.listeners) +
                    "\n" + joined(match.regions);
  if (match.tls_client) {
    out += "\ntls " + joined(match.tls_client->subjects) + "\n" + joined(match.tls_client->fingerprints);
  }
  for (const std::vector<NameValueMatch>* pairs : {&match.headers, &match.query, &match.cookies}) {
    out += '\n';
    for (const NameValueMatch& pair : *pairs) out += fmt::format("\n{}:{}={}", pair.name.size(), pair.name, pair.value);
  }
  return out;
}

/// A route that an earlier one leaves nothing to.
struct Unreachable {
  const Route* route = nullptr;
  const Route* earlier = nullptr;
};

std::vector<Unreachable> unreachable_routes(const Config& config) {
  std::vector<Unreachable> out;
  std::unordered_map<std::string, const Route*> seen;
  const Route* takes_all = nullptr;
  for (const Route& route : config.routes) {
    const auto [first, is_new] = seen.try_emplace(key_of(route.match), &route);
    if (takes_all != nullptr) {
      out.push_back(Unreachable{&route, takes_all});
    } else if (!is_new) {
      out.push_back(Unreachable{&route, first->second});
    } else if (words_of(route.match).empty()) {
      takes_all = &route;
    }
  }
  return out;
}

/// Sessions that end with the process, in a sentence that append_entry can break.
void append_sticky_warning(std::string& out, const Config& config) {
  if (!config.state_directory.empty()) return;
  const auto has_table = [](const Pool& pool) { return std::holds_alternative<StickyTable>(pool.sticky); };
  const auto with_table = std::ranges::find_if(config.pools, has_table);
  if (with_table != config.pools.end()) {
    append_entry(out, with_table->name, {"sessions", "end with the process; set state_directory"});
  }
  const auto has_cookie = [](const Pool& pool) { return std::holds_alternative<StickyCookie>(pool.sticky); };
  const auto pool = std::ranges::find_if(config.pools, has_cookie);
  if (pool == config.pools.end() || !config.sticky_keys_file.empty()) return;
  append_entry(out, pool->name,
               {"sticky", "cookies are sealed with a key of the process:", "sessions end with it,",
                "and no other instance knows them;", "set sticky.keys_file or state_directory"});
}

void append_warnings(std::string& out, const Config& config) {
  const std::vector<Unreachable> routes = unreachable_routes(config);
  const std::vector<std::string> tls = tls_warnings(config, base::wall_now());
  std::string sticky;
  append_sticky_warning(sticky, config);
  const std::vector<summaries::Entry> zones = summaries::zone_warnings(config);
  if (routes.empty() && tls.empty() && sticky.empty() && zones.empty()) return;
  out += "\nwarnings\n" + sticky;
  for (std::size_t i = 0; i < std::min(zones.size(), kWarningsShown); ++i) {
    append_entry(out, zones[i].name, zones[i].words);
  }
  if (zones.size() > kWarningsShown) out += fmt::format("  and {} more\n", zones.size() - kWarningsShown);
  for (std::size_t i = 0; i < std::min(tls.size(), kWarningsShown); ++i) out += "  " + tls[i] + "\n";
  if (tls.size() > kWarningsShown) out += fmt::format("  and {} more\n", tls.size() - kWarningsShown);
  for (std::size_t i = 0; i < std::min(routes.size(), kWarningsShown); ++i) {
    const Route& earlier = *routes[i].earlier;
    append_entry(out, routes[i].route->name,
                 {fmt::format("(line {})", routes[i].route->place.line), "is never reached:",
                  fmt::format("{} (line {})", earlier.name, earlier.place.line), "takes the same requests"});
  }
  if (routes.size() > kWarningsShown) out += fmt::format("  and {} more\n", routes.size() - kWarningsShown);
}

}  // namespace

std::string_view hash_method_name(HashBalance::Method method) {
  return method == HashBalance::Method::kMaglev ? "maglev" : "ring";
}

std::string balance_text(const Pool& pool) {
  if (pool.balance != Balance::kHash) return std::string(balance_name(pool.balance));
  const HashBalance& hash = pool.hash;
  const std::string bound = hash.max_load_percent == 0 ? "" : fmt::format(", max_load {}%", hash.max_load_percent);
  return fmt::format("hash by {} ({}{})", request::text_of(hash.key), hash_method_name(hash.method), bound);
}

std::string_view balance_name(Balance balance) {
  switch (balance) {
    case Balance::kRoundRobin:
      return "round_robin";
    case Balance::kLeastRequests:
      return "least_requests";
    case Balance::kRandomTwo:
      return "random_two";
    case Balance::kPeakEwma:
      return "peak_ewma";
    case Balance::kHash:
      return "hash";
  }
  return "unknown";
}

std::string sticky_name(const Sticky& sticky) {
  if (const auto* const cookie = std::get_if<StickyCookie>(&sticky)) return "cookie " + cookie->name;
  const auto* const table = std::get_if<StickyTable>(&sticky);
  if (table == nullptr) return {};
  return (table->is_learned ? "learned " : "table by ") + request::words_of(table->key);
}

std::string_view algorithm_name(CompressionAlgorithm algorithm) {
  switch (algorithm) {
    case CompressionAlgorithm::kZstd:
      return "zstd";
    case CompressionAlgorithm::kBrotli:
      return "br";
    case CompressionAlgorithm::kGzip:
      return "gzip";
  }
  return "unknown";
}

std::string match_text(const Match& match) {
  const Words words = words_of(match);
  if (words.empty()) return "every request";
  std::string out;
  for (const std::string& word : words) out += out.empty() ? word : " " + word;
  return out;
}

std::string summary_of(const Config& config) {
  std::string out =
      fmt::format("{}: {}, {}, {}, {}; drain_timeout {}{}\n", config.file, count_of(config.workers, "worker"),
                  count_of(config.listeners.size(), "listener"), count_of(config.pools.size(), "pool"),
                  count_of(config.routes.size(), "route"), duration_text(config.drain_timeout),
                  config.region.empty() ? "" : "; in region " + config.region);
  out += "\nlisteners\n";
  for (const Listener& listener : config.listeners) append_entry(out, listener.name, words_of(listener));
  if (!config.pools.empty()) out += "\npools\n";
  for (const Pool& pool : config.pools) append_entry(out, pool.name, words_of(pool));
  const bool tells_of_clients = config.geo.gives_regions() || config.geo.pin || config.geo.region_override;
  if (!config.geo.regions.empty() || tells_of_clients) out += "\nregions\n";
  for (const Region& region : config.geo.regions) append_entry(out, region.name, words_of(region));
  if (tells_of_clients) append_entry(out, "clients", words_of(config.geo));
  if (!config.dns.zones.empty()) out += "\nzones\n";
  for (const summaries::Entry& zone : summaries::zone_entries(config)) append_entry(out, zone.name, zone.words);
  if (!config.caches.empty()) out += "\ncaches\n";
  for (const CacheStore& store : config.caches) append_entry(out, store.name, words_of(store));
  out += "\nroutes\n";
  for (const Route& route : config.routes) append_entry(out, route.name, words_of(route));
  append_entry(out, "otherwise", {"-> respond 404"});
  out += "\nsettings\n";
  append_entry(out, "admin", words_of(config.admin));
  if (config.access_log) {
    append_entry(
        out, "access_log",
        {config.access_log->file, config.access_log->format, fmt::format("{}%", config.access_log->sample * 100)});
  } else {
    append_entry(out, "access_log", {"none"});
  }
  append_entry(out, "log", {config.log.file, std::string(base::to_string(config.log.level))});
  append_warnings(out, config);
  return out;
}

}  // namespace headgate::config
