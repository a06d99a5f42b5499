#include <fmt/core.h>

#include <filesystem>

#include "config/files.h"
#include "config/sections/sections.h"
#include "config/sections/shared_values.h"

namespace headgate::config::sections::cache {
namespace {

constexpr std::uint64_t kMemoryMin = std::uint64_t{1} << 20;
constexpr std::uint64_t kMemoryMax = std::uint64_t{256} << 30;
constexpr std::uint64_t kMaxObjectMin = std::uint64_t{1} << 10;
constexpr std::size_t kNetworksMax = 256;
constexpr std::uint64_t kDiskMin = std::uint64_t{16} << 20;
constexpr std::uint64_t kDiskMax = std::uint64_t{256} << 40;
constexpr std::size_t kFolderBytesMax = 3072;  // and the names of files in it
/// A segment of a disk tier is at most this part of it, and an object lies in one segment.
constexpr std::uint64_t kSegmentsMin = 4;

void read_networks(const Reader& at, CacheStore& out) {
  at.each_value([&](const Reader& one) {
    const std::optional<base::IpNetwork> network = read_network(one);
    if (!network) return;
    if (out.purge.size() == kNetworksMax) return one.problem("more than 256 networks");
    out.purge.push_back(*network);
  });
}

void read_folder(const Reader& at, CacheDisk& out) {
  std::string written;
  at.text(written, {1, kFolderBytesMax});
  if (written.empty()) return;
  const std::filesystem::path path =
      std::filesystem::path(absolute_path(at.reading().folder, written)).lexically_normal();
  out.path = path.has_filename() ? path.string() : path.parent_path().string();
  at.reading().cache_folders.push_back(at.mention(out.path));
}

constexpr Key<CacheDisk> kDiskKeys[] = {
    {"path", read_folder, Presence::kRequired},
    {"size", [](const Reader& at, CacheDisk& out) { at.size(out.size, {kDiskMin, kDiskMax}); }, Presence::kRequired},
};

void read_disk(const Reader& at, CacheStore& out) {
  CacheDisk disk;
  if (read_map(at, kDiskKeys, disk)) out.disk = std::move(disk);
}

/// Once both are known.
void check_disk(const Reader& at, const CacheStore& store) {
  if (!store.disk || store.disk->size == 0 || store.disk->size / kSegmentsMin >= store.max_object) return;
  at.reading().problems.add(
      at.place(), at.path() + ".disk.size",
      fmt::format("less than four times max_object ({} bytes), which would have no place; enlarge "
                  "it, or lower caches.{}.max_object",
                  store.max_object, store.name));
}

constexpr Key<CacheStore> kCacheKeys[] = {
    {"memory", [](const Reader& at, CacheStore& out) { at.size(out.memory, {kMemoryMin, kMemoryMax}); }},
    {"max_object", [](const Reader& at, CacheStore& out) { at.size(out.max_object, {kMaxObjectMin, kMemoryMax}); }},
    {"purge", read_networks},
    {"disk", read_disk, Presence::kOptional, [](KeyList& out) { out.add(kDiskKeys); }},
};

}  // namespace

void read_caches(const Reader& at, Config& out) {
  at.each_entry([&](const Reader& one, const std::string& name) {
    is_good_name(one, name);
    CacheStore& store = out.caches.emplace_back();
    store.name = name;
    store.place = one.place();
    if (read_map(one, kCacheKeys, store)) check_disk(one, store);
  });
}

void list_cache_keys(KeyList& out) {
  out.add_under(".NAME", kCacheKeys);
}

}  // namespace headgate::config::sections::cache
