#pragma once
#include "config/reader.h"

// One function for each section of the file, and one that lists its keys. Each section's keys stand in one table in its
// own source file; a new key is a new line there and in docs/configuration.md.
namespace headgate::config::sections {

/// The whole file.
void read_file(const Reader& at, Config& out);
void list_file_keys(KeyList& out);

void read_listeners(const Reader& at, Config& out);
void list_listener_keys(KeyList& out);

void read_listener_tls(const Reader& at, Listener& out);
void list_listener_tls_keys(KeyList& out);

void read_pools(const Reader& at, Config& out);
void list_pool_keys(KeyList& out);

void read_backends(const Reader& at, Pool& out);
void list_backend_keys(KeyList& out);
/// Once all is read: which backends stand elsewhere than the instance.
void settle_regions(Config& config);

namespace sticky {
/// `sticky` of a pool.
void read_pool_sticky(const Reader& at, Pool& out);
void list_pool_sticky_keys(KeyList& out);
/// `sticky` of the file.
void read_sticky_keys_of(const Reader& at, Config& out);
void list_sticky_keys(KeyList& out);
/// Once all is read: no listener passes connections on to a pool that is sticky.
void check_connections(const Config& config, Reading& reading);
}  // namespace sticky

void read_health(const Reader& at, Health& out);
void list_health_keys(KeyList& out);

namespace cache {
void read_caches(const Reader& at, Config& out);
void list_cache_keys(KeyList& out);
/// `cache` of a route.
void read_route_cache(const Reader& at, std::optional<RouteCache>& out);
void list_route_cache_keys(KeyList& out);
}  // namespace cache

void read_routes(const Reader& at, Config& out);
void list_route_keys(KeyList& out);

void read_match(const Reader& at, Match& out);
void list_match_keys(KeyList& out);

namespace origin {
/// `pool: {NAME: WEIGHT, ...}`.
void read_weighted_pools(const Reader& at, Origin& out);
void read_split(const Reader& at, Origin& out);
void list_split_keys(KeyList& out);
void read_shard(const Reader& at, Origin& out);
void list_shard_keys(KeyList& out);
void read_mirror(const Reader& at, std::optional<Mirror>& out);
void list_mirror_keys(KeyList& out);
}  // namespace origin

void read_static(const Reader& at, Origin& out);
void list_static_keys(KeyList& out);
void read_redirect(const Reader& at, Origin& out);
void list_redirect_keys(KeyList& out);
void read_respond(const Reader& at, Origin& out);
void list_respond_keys(KeyList& out);

void read_rate_limit(const Reader& at, std::optional<RateLimit>& out);
void list_rate_limit_keys(KeyList& out);

void read_compression(const Reader& at, std::optional<Compression>& out);
void list_compression_keys(KeyList& out);

/// `headers` of a route.
void read_field_rules(const Reader& at, Route& out);
void list_field_rule_keys(KeyList& out);

void read_access_log(const Reader& at, std::optional<AccessLog>& out);
void list_access_log_keys(KeyList& out);
void read_log(const Reader& at, LogSettings& out);
void list_log_keys(KeyList& out);
void read_admin(const Reader& at, Admin& out);
void list_admin_keys(KeyList& out);

/// What only shows once everything is read: names that nothing bears, and names and addresses given twice.
void check_references(const Config& config, Reading& reading);
/// Finds the port of each listener that others redirect to.
void settle_redirects(Config& config, Reading& reading);

}  // namespace headgate::config::sections
