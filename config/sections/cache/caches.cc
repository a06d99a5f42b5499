#include "config/sections/sections.h"
#include "config/sections/shared_values.h"

namespace headgate::config::sections::cache {
namespace {

constexpr std::uint64_t kMemoryMin = std::uint64_t{1} << 20;
constexpr std::uint64_t kMemoryMax = std::uint64_t{256} << 30;
constexpr std::uint64_t kMaxObjectMin = std::uint64_t{1} << 10;
constexpr std::size_t kNetworksMax = 256;

void read_networks(const Reader& at, CacheStore& out) {
  at.each_value([&](const Reader& one) {
    const std::optional<base::IpNetwork> network = read_network(one);
    if (!network) return;
    if (out.purge.size() == kNetworksMax) return one.problem("more than 256 networks");
    out.purge.push_back(*network);
  });
}

constexpr Key<CacheStore> kCacheKeys[] = {
    {"memory", [](const Reader& at, CacheStore& out) { at.size(out.memory, {kMemoryMin, kMemoryMax}); }},
    {"max_object", [](const Reader& at, CacheStore& out) { at.size(out.max_object, {kMaxObjectMin, kMemoryMax}); }},
    {"purge", read_networks},
    {"disk", [](const Reader& at, CacheStore&) { at.problem("a disk tier is not offered yet; remove the key"); }},
};

}  // namespace

void read_caches(const Reader& at, Config& out) {
  at.each_entry([&](const Reader& one, const std::string& name) {
    is_good_name(one, name);
    CacheStore& store = out.caches.emplace_back();
    store.name = name;
    store.place = one.place();
    read_map(one, kCacheKeys, store);
  });
}

void list_cache_keys(KeyList& out) {
  out.add_under(".NAME", kCacheKeys);
}

}  // namespace headgate::config::sections::cache
