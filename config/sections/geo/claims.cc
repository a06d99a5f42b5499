#include "config/sections/geo/claims.h"

#include <algorithm>
#include <string>

#include "base/ascii.h"
#include "config/files.h"
#include "config/sections/shared_values.h"
#include "config/yaml/characters.h"

namespace headgate::config::sections::geo {
namespace {

constexpr std::size_t kNameBytesMax = 64;
constexpr Range<Duration> kMaxAgeRange = {1min, 400 * 24h};

void read_cookie_name(const Reader& at, RegionPin& out) {
  std::string written;
  at.text(written, {1, kNameBytesMax});
  if (written.empty()) return;
  if (!base::is_token(written)) return at.problem(yaml::in_quotes(written) + " is no name of a cookie");
  out.cookie = std::move(written);
}

void read_header(const Reader& at, std::string& out) {
  std::string written;
  at.text(written, {1, kNameBytesMax});
  if (!written.empty() && is_field_name(at, written)) out = std::move(written);
}

void read_pin_keys_file(const Reader& at, RegionPin& out) {
  std::string written;
  at.text(written, {1, kFilePathBytesMax});
  if (written.empty()) return;
  out.keys_file = absolute_path(at.reading().folder, written);
  base::Result<StickyKeys> keys = config::read_sticky_keys(out.keys_file);
  if (!keys) return at.problem(keys.error().message);
  out.keys = std::move(*keys);
}

constexpr Key<RegionPin> kPinKeys[] = {
    {"cookie", read_cookie_name, Presence::kRequired},
    {"from_header", [](const Reader& at, RegionPin& out) { read_header(at, out.from_header); }, Presence::kRequired},
    {"max_age", [](const Reader& at, RegionPin& out) { at.duration(out.max_age, kMaxAgeRange); }},
    {"keys_file", read_pin_keys_file},
};

constexpr Key<RegionOverride> kOverrideKeys[] = {
    {"header", [](const Reader& at, RegionOverride& out) { read_header(at, out.header); }, Presence::kRequired},
    {"from",
     [](const Reader& at, RegionOverride& out) {
       at.each_value([&](const Reader& one) {
         const std::optional<base::IpNetwork> network = read_network(one);
         if (network) out.from.push_back(*network);
       });
     },
     Presence::kRequired},
};

}  // namespace

void read_pin(const Reader& at, Geo& out) {
  RegionPin pin;
  if (read_map(at, kPinKeys, pin)) out.pin = std::move(pin);
}
void list_pin_keys(KeyList& out) {
  out.add(kPinKeys);
}

void read_override(const Reader& at, Geo& out) {
  RegionOverride wanted;
  if (read_map(at, kOverrideKeys, wanted)) out.region_override = std::move(wanted);
}
void list_override_keys(KeyList& out) {
  out.add(kOverrideKeys);
}

}  // namespace headgate::config::sections::geo
