#include "config/sections/geo/geo.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <unordered_map>
#include <unordered_set>

#include "base/ascii.h"
#include "base/geography/countries.h"
#include "config/files.h"
#include "config/sections/geo/claims.h"
#include "config/sections/geo/region_health.h"
#include "config/sections/shared_values.h"
#include "config/yaml/characters.h"

namespace headgate::config::sections::geo {
namespace {

constexpr std::size_t kDatabasesMax = 4;
constexpr std::size_t kRegionsMax = 1000;

/// Regions while their map is read: what belongs to one region alone.
struct RegionsDraft {
  std::unordered_map<std::string, std::string> countries;  // -> the region that has it
  std::unordered_map<std::string, std::string> continents;
};
struct RegionDraft {
  Region region;
  RegionsDraft* all = nullptr;
};

void read_database(const Reader& at, Geo& out) {
  at.each_value([&](const Reader& one) {
    std::string written;
    one.text(written, {1, kFilePathBytesMax});
    if (written.empty()) return;
    std::string path = absolute_path(one.reading().folder, written);
    struct ::stat found{};
    if (::stat(path.c_str(), &found) != 0) {
      return one.problem(base::system_error(errno, "open " + path, base::Fault::kUser).message);
    }
    if (!S_ISREG(found.st_mode)) return one.problem(path + " is not a regular file");
    if (std::ranges::find(out.databases, path) != out.databases.end()) return one.problem("is given twice");
    if (out.databases.size() == kDatabasesMax) return one.problem(fmt::format("at most {} are read", kDatabasesMax));
    out.databases.push_back(std::move(path));
  });
}

void read_networks(const Reader& at, Geo& out) {
  std::unordered_map<std::string, int> lines;
  at.each_entry([&](const Reader& value, const std::string& written) {
    const std::optional<base::IpNetwork> network = base::IpNetwork::parse(written);
    if (!network) {
      return value.problem(
          fmt::format("expected a network such as 10.0.0.0/8 or 2001:db8::/32, found {}", yaml::in_quotes(written)));
    }
    // 10.0.0.1 and 10.0.0.1/32 are two keys and one network.
    const auto [first, is_new] = lines.try_emplace(network->text(), value.place().line);
    if (!is_new) return value.problem(fmt::format("{} stands in line {} already", network->text(), first->second));
    std::string region;
    read_region_name(value, region);
    if (!region.empty()) out.networks.push_back({*network, std::move(region)});
  });
}

constexpr Key<Geo> kGeoipKeys[] = {
    {"database", read_database},
    {"networks", read_networks},
    {"override", read_override, Presence::kOptional, list_override_keys},
    {"pin", read_pin, Presence::kOptional, list_pin_keys},
};

/// Adds a country or continent to a region, unless another has it.
void claim(const Reader& at, const std::string& region, std::unordered_map<std::string, std::string>& taken,
           std::string code, std::vector<std::string>& out) {
  const auto [first, is_new] = taken.try_emplace(code, region);
  if (is_new) return out.push_back(std::move(code));
  if (first->second == region) return at.problem(fmt::format("{} stands here twice", code));
  at.problem(fmt::format("{} belongs to regions.{} already", code, first->second));
}

void read_countries(const Reader& at, RegionDraft& out) {
  at.each_value([&](const Reader& one) {
    constexpr std::string_view kWanted = "a country of ISO 3166-1 in two upper-case letters, such as DE";
    std::optional<std::string> written = one.scalar(kWanted);
    if (!written) return;
    if (base::geography::continent_of_country(*written).empty()) {
      std::string upper = *written;
      for (char& c : upper) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
      std::string_view meant = upper == "UK" ? std::string_view("GB") : std::string_view(upper);
      const bool is_near = !base::geography::continent_of_country(meant).empty();
      return one.problem(fmt::format("expected {}, found {}{}", kWanted, yaml::in_quotes(*written),
                                     is_near ? fmt::format(" (did you mean '{}'?)", meant) : ""));
    }
    claim(one, out.region.name, out.all->countries, std::move(*written), out.region.countries);
  });
}

void read_continents(const Reader& at, RegionDraft& out) {
  at.each_value([&](const Reader& one) {
    std::optional<std::string> written = one.scalar("a continent such as EU");
    if (!written) return;
    if (std::ranges::find(base::geography::continents(), *written) == base::geography::continents().end()) {
      return one.expected_one_of(*written, base::geography::continents());
    }
    claim(one, out.region.name, out.all->continents, std::move(*written), out.region.continents);
  });
}

/// Whether `at` holds a number of degrees, at most `most` from 0.
bool read_degrees(const Reader& at, std::string_view what, double most, double& out) {
  const std::string wanted = fmt::format("a {} in degrees, from -{} to {}", what, most, most);
  const std::optional<std::string> written = at.scalar(wanted);
  if (!written) return false;
  std::string_view digits = *written;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  double value = 0;
  const std::from_chars_result parsed =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed);
  const bool is_number = parsed.ec == std::errc{} && parsed.ptr == digits.data() + digits.size();
  if (!is_number || !(value >= -most && value <= most)) {
    at.problem(fmt::format("expected {}, found {}", wanted, yaml::in_quotes(*written)));
    return false;
  }
  out = value;
  return true;
}

void read_location(const Reader& at, RegionDraft& out) {
  Location location;
  std::size_t given = 0;
  bool is_sound = at.is_list();
  if (is_sound) {
    at.each_item([&](const Reader& one) {
      ++given;
      if (given == 1) is_sound &= read_degrees(one, "latitude", 90, location.latitude);
      if (given == 2) is_sound &= read_degrees(one, "longitude", 180, location.longitude);
    });
  }
  if (!at.is_list() || given != 2) return at.expected("latitude and longitude in degrees, such as [50.11, 8.68]");
  if (is_sound) out.region.location = location;
}

constexpr Range<std::uint32_t> kLooksRange = {1, 100};

constexpr Key<RegionDraft> kRegionKeys[] = {
    {"countries", read_countries},
    {"continents", read_continents},
    {"location", read_location},
    {"addresses", [](const Reader& at, RegionDraft& out) { read_region_addresses(at, out.region); },
     Presence::kOptional, list_region_address_keys},
    {"host", [](const Reader& at, RegionDraft& out) { read_region_host(at, out.region); }},
    {"requires", [](const Reader& at, RegionDraft& out) { read_requirements(at, out.region); }},
    {"rise", [](const Reader& at, RegionDraft& out) { at.number(out.region.rise, kLooksRange); }},
    {"fall", [](const Reader& at, RegionDraft& out) { at.number(out.region.fall, kLooksRange); }},
    {"drain", [](const Reader& at, RegionDraft& out) { at.boolean(out.region.drain); }},
};

std::vector<std::string> names_of(const std::vector<Region>& regions) {
  std::vector<std::string> names;
  for (const Region& region : regions) names.push_back(region.name);
  return names;
}

/// Who sends clients to other regions is in one himself, and knows where the others are.
void check_send_home(const Config& config, Reading& reading) {
  const bool has_others = std::ranges::any_of(
      config.geo.regions, [&](const Region& each) { return !each.host.empty() && each.name != config.region; });
  for (const Route& route : config.routes) {
    if (!route.sends_home) continue;
    const std::string path = fmt::format("routes[{}].send_home", &route - config.routes.data());
    if (config.region.empty()) {
      reading.problems.add(route.place, path, "needs `region`, the region that this instance is in");
    } else if (!has_others) {
      reading.problems.add(route.place, path, "no other region has a `host` that clients could be sent to");
    }
  }
}

}  // namespace

void read_geoip(const Reader& at, Config& out) {
  read_map(at, kGeoipKeys, out.geo);
}
void list_geoip_keys(KeyList& out) {
  out.add(kGeoipKeys);
}

void read_regions(const Reader& at, Config& out) {
  RegionsDraft all;
  at.each_entry([&](const Reader& value, const std::string& name) {
    if (!is_good_name(value, name)) return;
    if (out.geo.regions.size() == kRegionsMax) return value.problem(fmt::format("at most {} regions", kRegionsMax));
    RegionDraft draft{{}, &all};
    draft.region.name = name;
    read_map(value, kRegionKeys, draft);
    out.geo.regions.push_back(std::move(draft.region));
  });
}
void list_region_keys(KeyList& out) {
  out.add_under(".NAME", kRegionKeys);
}

void read_region_name(const Reader& at, std::string& out) {
  read_region(at, out);
  if (!out.empty()) at.reading().regions_used.push_back(at.mention(out));
}

void check_regions(const Config& config, Reading& reading) {
  const std::vector<std::string> names = names_of(config.geo.regions);
  const std::unordered_set<std::string_view> known(names.begin(), names.end());
  for (const Mention& mention : reading.regions_used) {
    if (known.empty() || known.contains(mention.text)) continue;
    reading.problems.add(mention.place, mention.path,
                         fmt::format("no region named {}{}", yaml::in_quotes(mention.text),
                                     reading.problems.suggestion_for(mention.text, names)));
  }
  check_requirements(config, reading);
  check_send_home(config, reading);
  if (config.geo.gives_regions() || config.geo.pin || config.geo.region_override) return;
  for (const Mention& mention : reading.regions_matched) {
    reading.problems.add(mention.place, mention.path,
                         "no client has a region: geoip.database, geoip.networks or default_region says which");
  }
}

}  // namespace headgate::config::sections::geo
