#include "proxy/handover/health_letter.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace headgate::proxy::handover {
namespace {

using Json = nlohmann::json;

/// No time that is left is longer: a hundred years.
constexpr std::int64_t kLongestNs = std::int64_t{100} * 365 * 24 * 3600 * 1'000'000'000;

constexpr std::array kModes = {health::checks::Mode::kEnabled, health::checks::Mode::kDraining,
                               health::checks::Mode::kDisabled};

base::Error malformed_health(std::string_view what) {
  return {base::ErrorKind::kMalformed, base::Fault::kHeadgate, fmt::format("not a table of health: {}", what)};
}

std::int64_t in_ns(base::WallTime time) {
  return time.time_since_epoch().count();
}

/// Reads the members of one row; the first that is not as it must be makes all further answers false.
class Row {
 public:
  explicit Row(const Json& object) : object_(object), is_well_(object.is_object()) {}

  void text(const char* name, std::string& out) {
    if (const Json* value = member(name)) is_well_ = is_well_ && value->is_string();
    if (is_well_ && member(name) != nullptr) out = member(name)->get<std::string>();
  }
  template <class Number>
  void number(const char* name, std::int64_t max, Number& out) {
    const Json* value = member(name);
    if (value == nullptr) return;
    is_well_ = value->is_number_integer() && value->get<std::int64_t>() >= 0 && value->get<std::int64_t>() <= max;
    if (is_well_) out = static_cast<Number>(value->get<std::int64_t>());
  }
  void duration(const char* name, std::optional<base::Duration>& out) {
    std::int64_t ns = -1;
    number(name, kLongestNs, ns);
    if (ns >= 0) out = base::Duration(ns);
  }
  void flag(const char* name, std::optional<bool>& out) {
    const Json* value = member(name);
    if (value == nullptr) return;
    is_well_ = value->is_boolean();
    if (is_well_) out = value->get<bool>();
  }
  void time(const char* name, base::WallTime& out) {
    std::int64_t ns = 0;
    number(name, std::numeric_limits<std::int64_t>::max(), ns);
    out = base::WallTime(base::Duration(ns));
  }
  bool is_well() const { return is_well_; }

 private:
  const Json* member(const char* name) const {
    if (!is_well_) return nullptr;
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : &*found;
  }
  const Json& object_;
  bool is_well_;
};

Json row_of(const health::InheritedBackend& backend) {
  Json row = {{"pool", backend.pool},
              {"id", backend.id},
              {"address", backend.address.text()},
              {"ejections", backend.ejections},
              {"since_ns", in_ns(backend.since)}};
  if (backend.passes_checks) row["passes_checks"] = *backend.passes_checks;
  if (!backend.checks_say.empty()) row["checks_say"] = backend.checks_say;
  if (backend.ejected_for) row["ejected_for_ns"] = backend.ejected_for->count();
  if (!backend.ejection_says.empty()) row["ejection_says"] = backend.ejection_says;
  return row;
}

Json row_of(const health::InheritedWish& wish) {
  return {{"pool", wish.pool},
          {"id", wish.id},
          {"mode", to_string(wish.wish.mode)},
          {"percent", wish.wish.percent},
          {"target_percent", wish.wish.target_percent},
          {"left_ns", wish.wish.left.count()},
          {"why", wish.wish.why},
          {"since_ns", in_ns(wish.wish.since)}};
}

bool read(const Json& object, health::InheritedBackend& out) {
  Row row(object);
  std::string address;
  row.text("pool", out.pool);
  row.text("id", out.id);
  row.text("address", address);
  row.flag("passes_checks", out.passes_checks);
  row.text("checks_say", out.checks_say);
  row.duration("ejected_for_ns", out.ejected_for);
  row.text("ejection_says", out.ejection_says);
  row.number("ejections", 0xffffffff, out.ejections);
  row.time("since_ns", out.since);
  const std::optional<base::Endpoint> endpoint = base::Endpoint::parse(address);
  if (endpoint) out.address = *endpoint;
  return row.is_well() && endpoint.has_value();
}

bool read(const Json& object, health::InheritedWish& out) {
  Row row(object);
  std::string mode;
  std::optional<base::Duration> left;
  row.text("pool", out.pool);
  row.text("id", out.id);
  row.text("mode", mode);
  row.number("percent", 100, out.wish.percent);
  row.number("target_percent", 100, out.wish.target_percent);
  row.duration("left_ns", left);
  row.text("why", out.wish.why);
  row.time("since_ns", out.wish.since);
  out.wish.left = left.value_or(base::Duration(0));
  for (const health::checks::Mode each : kModes) {
    if (to_string(each) != mode) continue;
    out.wish.mode = each;
    return row.is_well();
  }
  return false;
}

Json row_of(const health::InheritedRegionWish& wish) {
  return {{"region", wish.region}, {"why", wish.why}, {"since_ns", in_ns(wish.since)}};
}

bool read(const Json& object, health::InheritedRegionWish& out) {
  Row row(object);
  row.text("region", out.region);
  row.text("why", out.why);
  row.time("since_ns", out.since);
  return row.is_well() && !out.region.empty();
}

template <class T>
bool read_all(const Json& whole, const char* name, std::vector<T>& out) {
  const auto rows = whole.find(name);
  if (rows == whole.end() || !rows->is_array() || rows->size() > kHealthRowsMax) return false;
  for (const Json& each : *rows) {
    if (!read(each, out.emplace_back())) return false;
  }
  return true;
}

}  // namespace

std::string health_text(const health::Heritage& heritage) {
  Json backends = Json::array();
  for (const health::InheritedBackend& each : heritage.backends) backends.push_back(row_of(each));
  Json wishes = Json::array();
  for (const health::InheritedWish& each : heritage.wishes) wishes.push_back(row_of(each));
  Json region_wishes = Json::array();
  for (const health::InheritedRegionWish& each : heritage.region_wishes) region_wishes.push_back(row_of(each));
  const Json whole = {{"health", kHealthFormat},
                      {"backends", std::move(backends)},
                      {"wishes", std::move(wishes)},
                      {"region_wishes", std::move(region_wishes)}};
  return whole.dump(-1, ' ', false, Json::error_handler_t::replace);
}

base::Result<health::Heritage> parse_health(std::string_view text) {
  const Json whole = Json::parse(text, nullptr, false);
  if (!whole.is_object()) return malformed_health("no object");
  const auto format = whole.find("health");
  if (format == whole.end() || !format->is_number_integer()) return malformed_health("no format");
  if (format->get<std::int64_t>() != kHealthFormat) {
    return base::Error{base::ErrorKind::kInvalid, base::Fault::kHeadgate,
                       fmt::format("a table of health in format {}, where {} is known", format->dump(), kHealthFormat)};
  }
  health::Heritage heritage;
  if (!read_all(whole, "backends", heritage.backends)) return malformed_health("a backend");
  if (!read_all(whole, "wishes", heritage.wishes)) return malformed_health("a wish");
  // A predecessor that knew no regions tells of none.
  const bool has_regions = whole.contains("region_wishes");
  if (has_regions && !read_all(whole, "region_wishes", heritage.region_wishes))
    return malformed_health("a region's wish");
  return heritage;
}

}  // namespace headgate::proxy::handover
