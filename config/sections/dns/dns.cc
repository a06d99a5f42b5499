#include "config/sections/dns/dns.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <unordered_map>

#include "base/ascii.h"
#include "config/files.h"
#include "config/sections/dns/host_names.h"
#include "config/sections/dns/names.h"
#include "config/sections/shared_values.h"
#include "config/yaml/characters.h"

namespace headgate::config::sections::dns {
namespace {

constexpr std::size_t kZonesMax = 10'000;
constexpr std::size_t kServersMax = 16;
constexpr std::size_t kKeyFileBytesMax = 64 * 1024;
constexpr std::uint32_t kSlipMax = 10;

/// A zone while its map is read.
struct ZoneDraft {
  DnsZone zone;
  std::optional<Mention> failing_ttl;
};

void read_zone_servers(const Reader& at, ZoneDraft& out) {
  at.each_value([&](const Reader& one) {
    const std::optional<std::string> written = one.scalar("the name of a server");
    if (!written) return;
    std::optional<std::string> host = read_host(one, *written);
    if (!host) return;
    if (std::ranges::find(out.zone.ns, *host) != out.zone.ns.end()) return one.problem("stands here twice");
    if (out.zone.ns.size() == kServersMax) return one.problem(fmt::format("at most {} servers", kServersMax));
    out.zone.ns.push_back(std::move(*host));
  });
}

/// "dns.admin@example.com" is dns\.admin.example.com (RFC 1035 section 8); this far only the dots before the '@' count.
void read_zone_admin(const Reader& at, ZoneDraft& out) {
  const std::optional<std::string> written = at.scalar("a mail address such as hostmaster@example.com");
  if (!written) return;
  const std::size_t mark = written->find('@');
  if (mark == std::string::npos) {
    if (std::optional<std::string> name = read_host(at, *written)) out.zone.admin = std::move(*name);
    return;
  }
  std::string local;
  for (const char c : std::string_view(*written).substr(0, mark)) {
    const bool is_plain = base::is_alpha(c) || base::is_digit(c) || c == '-' || c == '_' || c == '+' || c == '.';
    if (!is_plain) return at.problem(fmt::format("{} has a '{}' before its '@'", yaml::in_quotes(*written), c));
    if (c == '.') local += '\\';
    local += base::to_lower(c);
  }
  if (local.empty() || mark > 63) return at.problem("has 1 to 63 bytes before its '@'");
  const std::optional<std::string> host = read_host(at, written->substr(mark + 1));
  if (host) out.zone.admin = local + "." + *host;
}

void read_zone_file(const Reader& at, ZoneDraft& out) {
  std::string written;
  at.text(written, {1, kFilePathBytesMax});
  if (written.empty()) return;
  std::string path = absolute_path(at.reading().folder, written);
  struct ::stat found{};
  if (::stat(path.c_str(), &found) != 0) {
    return at.problem(base::system_error(errno, "open " + path, base::Fault::kUser).message);
  }
  if (!S_ISREG(found.st_mode)) return at.problem(path + " is not a regular file");
  out.zone.file = std::move(path);
}

void read_zone_key(const Reader& at, DnsZone& out) {
  std::string written;
  at.text(written, {1, kFilePathBytesMax});
  if (written.empty()) return;
  std::string path = absolute_path(at.reading().folder, written);
  const base::Result<std::string> text = read_private(path, kKeyFileBytesMax);
  if (!text) return at.problem(text.error().message);
  out.dnssec_key = std::move(path);
}

constexpr Key<DnsZone> kDnssecKeys[] = {
    {"key", read_zone_key, Presence::kRequired},
};

void read_failing_ttl(const Reader& at, ZoneDraft& out) {
  read_ttl(at, out.zone.failing_ttl);
  out.failing_ttl = at.mention({});
}

constexpr Key<ZoneDraft> kZoneKeys[] = {
    {"ns", read_zone_servers},
    {"admin", read_zone_admin},
    {"ttl", [](const Reader& at, ZoneDraft& out) { read_ttl(at, out.zone.ttl); }},
    {"failing_ttl", read_failing_ttl},
    {"negative_ttl", [](const Reader& at, ZoneDraft& out) { read_ttl(at, out.zone.negative_ttl); }},
    {"names", [](const Reader& at, ZoneDraft& out) { read_names(at, out.zone); }, Presence::kOptional, list_name_keys},
    {"file", read_zone_file},
    {"dnssec", [](const Reader& at, ZoneDraft& out) { read_map(at, kDnssecKeys, out.zone); }, Presence::kOptional,
     [](KeyList& out) { out.add(kDnssecKeys); }},
};

void read_zone(const Reader& at, DnsZone& out) {
  ZoneDraft draft{std::move(out), {}};
  const std::size_t problems = at.reading().problems.count();
  read_map(at, kZoneKeys, draft);
  DnsZone& zone = draft.zone;
  if (at.reading().problems.count() == problems && zone.ns.empty() && zone.file.empty()) {
    at.reading().problems.add(at.place(), at.path() + ".ns",
                              fmt::format("is required: which servers answer for the zone, as "
                                          "[ns1.{}, ns2.{}]; in their parent zone they stand too",
                                          zone.name, zone.name));
  }
  if (zone.failing_ttl > zone.ttl && draft.failing_ttl) {
    at.reading().problems.add(draft.failing_ttl->place, draft.failing_ttl->path,
                              "is longer than the zone's ttl; what fails is to be remembered less long");
  }
  zone.failing_ttl = std::min(zone.failing_ttl, zone.ttl);
  out = std::move(zone);
}

void read_zones(const Reader& at, Dns& out) {
  std::unordered_map<std::string, int> lines;
  at.each_entry([&](const Reader& one, const std::string& written) {
    std::optional<std::string> name = read_zone_name(one, written);
    if (!name) return;
    const auto [first, is_new] = lines.try_emplace(*name, one.place().line);
    if (!is_new) return one.problem(fmt::format("{} stands in line {} already", *name, first->second));
    if (out.zones.size() == kZonesMax) return one.problem(fmt::format("at most {} zones", kZonesMax));
    DnsZone& zone = out.zones.emplace_back();
    zone.place = one.place();
    zone.name = std::move(*name);
    read_zone(one, zone);
  });
}

constexpr Key<Dns> kDnsKeys[] = {
    {"zones", read_zones, Presence::kRequired, [](KeyList& out) { out.add_under(".NAME", kZoneKeys); }},
    {"rate_limit", [](const Reader& at, Dns& out) { read_rate(at, out.responses_per_second); }},
    {"slip", [](const Reader& at, Dns& out) { at.number(out.slip, {0, kSlipMax}); }},
    {"version", [](const Reader& at, Dns& out) { at.text(out.version, {1, 255}); }},
    {"query_log", [](const Reader& at, Dns& out) { at.boolean(out.query_log); }},
};

}  // namespace

void read_dns(const Reader& at, Config& out) {
  read_map(at, kDnsKeys, out.dns);
}

void list_dns_keys(KeyList& out) {
  out.add(kDnsKeys);
}

}  // namespace headgate::config::sections::dns
