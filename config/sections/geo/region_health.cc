#include "config/sections/geo/region_health.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "config/values.h"
#include "config/yaml/characters.h"

namespace headgate::config::sections::geo {
namespace {

constexpr std::uint32_t kCountMax = 10'000;
constexpr std::uint32_t kPercentMax = 100;
constexpr Range<std::uint32_t> kAddressWeightRange = {1, 256};

std::optional<std::uint32_t> whole_number(std::string_view digits) {
  std::uint32_t value = 0;
  const std::from_chars_result parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size()) return std::nullopt;
  return value;
}

/// "50%" or "2".
void read_amount(const Reader& at, RegionRequirement& out) {
  constexpr std::string_view kWanted =
      "a share of the pool's weight in this region such as 50%, or a number of "
      "backends such as 2";
  const std::optional<std::string> written = at.scalar(kWanted);
  if (!written) return;
  const bool is_share = written->ends_with('%');
  const std::optional<std::uint32_t> value =
      whole_number(std::string_view(*written).substr(0, written->size() - (is_share ? 1 : 0)));
  const std::uint32_t most = is_share ? kPercentMax : kCountMax;
  if (!value) return at.problem(fmt::format("expected {}, found {}", kWanted, yaml::in_quotes(*written)));
  if (*value == 0 || *value > most) {
    return at.problem(fmt::format("must be from 1{0} to {1}{0}, is {2}", is_share ? "%" : "", most, *written));
  }
  (is_share ? out.percent : out.count) = *value;
}

bool is_host_and_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const bool has_port = colon != std::string_view::npos && text.find(']', colon) == std::string_view::npos;
  if (has_port) {
    constexpr std::uint32_t kPortMax = 65535;
    const std::optional<std::uint32_t> port = whole_number(text.substr(colon + 1));
    if (!port || *port == 0 || *port > kPortMax) return false;
    text = text.substr(0, colon);
  }
  const std::optional<std::string> host = parse_host_pattern(text);
  return host && !host->starts_with("*.");
}

struct AddressDraft {
  RegionAddress address;
  bool is_read = false;
};

void read_address(const Reader& at, AddressDraft& out) {
  constexpr std::string_view kWanted = "an address such as 203.0.113.10 or 2001:db8::10, without a port";
  const std::optional<std::string> written = at.scalar(kWanted);
  if (!written) return;
  const std::optional<base::IpAddress> address = base::IpAddress::parse(*written);
  if (!address) return at.problem(fmt::format("expected {}, found {}", kWanted, yaml::in_quotes(*written)));
  out.address.address = *address;
  out.is_read = true;
}

constexpr Key<AddressDraft> kAddressKeys[] = {
    {"address", read_address, Presence::kRequired},
    {"weight", [](const Reader& at, AddressDraft& out) { at.number(out.address.weight, kAddressWeightRange); }},
};

}  // namespace

void read_requirements(const Reader& at, Region& out) {
  at.each_entry([&](const Reader& value, const std::string& pool) {
    RegionRequirement requirement;
    requirement.place = value.place();
    requirement.pool = pool;
    read_amount(value, requirement);
    out.requirements.push_back(std::move(requirement));
  });
}

void read_region_addresses(const Reader& at, Region& out) {
  at.each_value([&](const Reader& one) {
    AddressDraft draft;
    if (one.is_map()) {
      read_map(one, kAddressKeys, draft);
    } else {
      read_address(one, draft);
    }
    if (!draft.is_read) return;
    if (std::ranges::find(out.addresses, draft.address.address, &RegionAddress::address) != out.addresses.end()) {
      return one.problem(fmt::format("{} stands here twice", draft.address.address.text()));
    }
    out.addresses.push_back(draft.address);
  });
}

void list_region_address_keys(KeyList& out) {
  out.add_under("[]", kAddressKeys);
}

void read_region_host(const Reader& at, Region& out) {
  constexpr std::string_view kWanted = "a host name such as eu.example.com, with a port where it is not the scheme's";
  const std::optional<std::string> written = at.scalar(kWanted);
  if (!written) return;
  if (!is_host_and_port(*written)) {
    return at.problem(fmt::format("expected {}, found {}", kWanted, yaml::in_quotes(*written)));
  }
  out.host = *written;
}

void check_requirements(const Config& config, Reading& reading) {
  for (const Region& region : config.geo.regions) {
    for (const RegionRequirement& wanted : region.requirements) {
      const std::string path = fmt::format("regions.{}.requires.{}", region.name, wanted.pool);
      const auto pool = std::ranges::find(config.pools, wanted.pool, &Pool::name);
      if (pool == config.pools.end()) {
        std::vector<std::string> names;
        for (const Pool& each : config.pools) names.push_back(each.name);
        reading.problems.add(wanted.place, path,
                             fmt::format("no pool named {}{}", yaml::in_quotes(wanted.pool),
                                         reading.problems.suggestion_for(wanted.pool, names)));
        continue;
      }
      std::uint32_t backends = 0;
      bool is_found_by_name = false;
      for (const Backend& backend : pool->backends) {
        if (backend.region != region.name) continue;
        ++backends;
        is_found_by_name |= std::holds_alternative<BackendName>(backend.where);
      }
      if (backends == 0) {
        reading.problems.add(wanted.place, path,
                             fmt::format("pool {} has no backend in {}: give those that stand there `region: {}`",
                                         wanted.pool, region.name, region.name));
      } else if (!is_found_by_name && wanted.percent == 0 && wanted.count > backends) {
        reading.problems.add(wanted.place, path,
                             fmt::format("pool {} has only {} {} in {}, so that {} are never healthy", wanted.pool,
                                         backends, backends == 1 ? "backend" : "backends", region.name, wanted.count));
      }
    }
  }
}

}  // namespace headgate::config::sections::geo
