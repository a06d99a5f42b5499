#include <fmt/core.h>

#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/files/file_io.h"
#include "config/files.h"
#include "config/load.h"
#include "geoip/atlas.h"
#include "geoip/write/mmdb_writer.h"
#include "geoip/write/networks.h"
#include "proxy/command/commands.h"
#include "proxy/geo/compiled.h"
#include "proxy/geo/databases.h"

namespace headgate::proxy::command {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kCsvBytesMax = std::size_t{4} << 30;

int refused(const std::string& why) {
  std::fprintf(stderr, "headgate geoip: %s\n", why.c_str());
  return 2;
}

/// With a comma between thousands: "500,000".
std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

int refused_rows(const std::string& file, const geoip::write::ParsedNetworks& parsed) {
  for (const geoip::write::RowProblem& problem : parsed.problems) {
    std::fprintf(stderr, "%s:%d:%d: %s\n", file.c_str(), problem.line, problem.column, problem.what.c_str());
  }
  const std::size_t count = parsed.problems.size() + parsed.left_out;
  std::fprintf(
      stderr, "%s: %s %s%s\n", file.c_str(), grouped(count).c_str(), count == 1 ? "problem" : "problems",
      parsed.left_out == 0 ? "" : fmt::format(", of which the first {} are shown", parsed.problems.size()).c_str());
  return 2;
}

std::string system_text(const geoip::Place& place) {
  std::string out = place.asn == 0 ? std::string() : fmt::format("AS{}", place.asn);
  if (!place.organization.empty()) out += fmt::format("{}{}", out.empty() ? "" : " ", place.organization);
  return out;
}

std::string place_text(const geoip::Place& place) {
  std::string out;
  const auto add = [&out](std::string_view text) {
    if (!text.empty()) out += fmt::format("{}{}", out.empty() ? "" : ", ", text);
  };
  add(place.city);
  add(place.country.text());
  add(place.continent.text());
  if (place.location) add(fmt::format("{:.4f} {:.4f}", place.location->latitude, place.location->longitude));
  return out;
}

/// The other regions, the next nearest first.
std::vector<std::string> others_of(const geoip::Regions& regions, geoip::RegionIndex region) {
  std::vector<std::string> out;
  for (const geoip::RegionIndex other : regions.order_from(region)) {
    if (other != region) out.emplace_back(regions.name_of(other));
  }
  return out;
}

std::string text_of(const geoip::Atlas& atlas, const base::IpAddress& address, const geoip::Located& located) {
  const geoip::Regions& regions = atlas.regions();
  std::string out = address.text() + "\n";
  const auto row = [&out](std::string_view name, std::string_view text) {
    if (!text.empty()) out += fmt::format("  {:<9} {}\n", name, text);
  };
  row("network", base::IpNetwork{address.masked(located.prefix_bits), located.prefix_bits}.text());
  if (!atlas.databases().empty()) {
    row("place", located.place.empty() ? "no database knows it" : place_text(located.place));
  }
  row("system", system_text(located.place));
  if (regions.empty()) {
    row("region", located.place.region);
    return out;
  }
  const std::string_view name = regions.name_of(located.decision.region);
  row("region",
      fmt::format("{}: {}", name.empty() ? "none" : name, geoip::why_text(regions, located.decision, located.place)));
  std::string then;
  for (const std::string& other : others_of(regions, located.decision.region)) {
    then += (then.empty() ? "" : ", ") + other;
  }
  row("then", then);
  return out;
}

Json json_of(const geoip::Atlas& atlas, const base::IpAddress& address, const geoip::Located& located) {
  const geoip::Place& place = located.place;
  const auto text = [](std::string_view value) { return value.empty() ? Json(nullptr) : Json(value); };
  Json out;
  out["address"] = address.text();
  out["network"] = base::IpNetwork{address.masked(located.prefix_bits), located.prefix_bits}.text();
  out["country"] = text(place.country.text());
  out["continent"] = text(place.continent.text());
  out["city"] = text(place.city);
  out["latitude"] = place.location ? Json(place.location->latitude) : Json(nullptr);
  out["longitude"] = place.location ? Json(place.location->longitude) : Json(nullptr);
  out["asn"] = place.asn == 0 ? Json(nullptr) : Json(place.asn);
  out["organization"] = text(place.organization);
  const geoip::Regions& regions = atlas.regions();
  if (regions.empty()) {
    out["region"] = text(place.region);
    return out;
  }
  out["region"] = text(regions.name_of(located.decision.region));
  out["reason"] = geoip::to_string(located.decision.why);
  out["why"] = geoip::why_text(regions, located.decision, place);
  out["then"] = others_of(regions, located.decision.region);
  return out;
}

}  // namespace

int build_geoip(const GeoipBuildOptions& options) {
  const base::Result<std::string> text = config::read_text(options.networks, kCsvBytesMax);
  if (!text) return refused(text.error().message);
  const geoip::write::ParsedNetworks parsed = geoip::write::parse_networks(*text);
  if (!parsed.problems.empty()) return refused_rows(options.networks, parsed);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const geoip::write::MmdbOptions wanted{
      .type = options.type,
      .description = options.description,
      .built_seconds = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count())};
  const base::Result<geoip::write::WrittenMmdb> written = geoip::write::write_mmdb(parsed.rows, wanted);
  if (!written) return refused(options.networks + ": " + written.error().message);
  // Who reads the file while it is written finds the old one, whole.
  const base::Result<base::OwnedFd> file = base::files::replace_file(options.out, written->bytes, 0644);
  if (!file) {
    std::fprintf(stderr, "headgate geoip: %s\n", file.error().message.c_str());
    return 1;
  }
  const auto count = [](std::uint64_t number, const char* one) {
    return grouped(number) + " " + one + (number == 1 ? "" : "s");
  };
  std::printf("%s: %s, %s, %s of 2 x %d bits, %s\n", options.out.c_str(), count(parsed.rows.size(), "network").c_str(),
              count(written->records, "record").c_str(), count(written->nodes, "node").c_str(), written->record_bits,
              count(written->bytes.size(), "byte").c_str());
  return 0;
}

int look_up_geoip(const GeoipLookupOptions& options) {
  std::vector<base::IpAddress> addresses;
  for (const std::string& text : options.addresses) {
    const std::optional<base::IpAddress> address = base::IpAddress::parse(text);
    if (!address)
      return refused(fmt::format("'{}' is no address; one such as 203.0.113.9 or 2001:db8::9 is wanted", text));
    addresses.push_back(*address);
  }
  std::shared_ptr<const geoip::Regions> regions = std::make_shared<const geoip::Regions>();
  std::vector<std::string> files = options.databases;
  if (files.empty()) {
    std::variant<config::Config, config::Problems> read =
        config::load_file(options.config, config::process_environment());
    if (const auto* problems = std::get_if<config::Problems>(&read)) {
      std::fputs(problems->text().c_str(), stderr);
      return 2;
    }
    const config::Config& config = *std::get_if<config::Config>(&read);
    if (config.geo == config::Geo()) {
      return refused(options.config + " has neither geoip nor regions; --database names a database");
    }
    regions = geo::regions_of(config);
    files = config.geo.databases;
  }
  const base::Result<std::vector<geo::LoadedDatabase>> loaded = geo::Databases().load(files);
  if (!loaded) return refused(loaded.error().message);
  const geoip::Atlas atlas(geo::all_of(*loaded), std::move(regions));
  Json all = Json::array();
  for (const base::IpAddress& address : addresses) {
    const geoip::Located located = atlas.locate(address);
    if (options.json) {
      all.push_back(json_of(atlas, address, located));
    } else {
      std::fputs(text_of(atlas, address, located).c_str(), stdout);
    }
  }
  if (options.json) std::puts(all.dump(2).c_str());
  return 0;
}

}  // namespace headgate::proxy::command
