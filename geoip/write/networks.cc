#include "geoip/write/networks.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <numeric>
#include <tuple>

#include "base/ascii.h"
#include "base/geography/countries.h"
#include "base/suggest.h"
#include "geoip/write/csv.h"

namespace headgate::geoip::write {
namespace {

enum class Column { kNetwork, kCountry, kContinent, kLatitude, kLongitude, kAsn, kOrganization, kCity, kRegion };
constexpr std::string_view kColumns[] = {"network", "country",      "continent", "latitude", "longitude",
                                         "asn",     "organization", "city",      "region"};

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kShown = 64;
  std::string out = "'";
  for (char c : text.substr(0, kShown)) out += c >= 0x20 && c < 0x7f ? c : '?';
  return out + (text.size() > kShown ? "...'" : "'");
}

std::optional<double> degrees_of(std::string_view text, double most) {
  double value = 0;
  const std::from_chars_result parsed =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  const bool is_number = parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
  return is_number && value >= -most && value <= most ? std::optional(value) : std::nullopt;
}

/// What only stands in a file while it is read.
class Parsing {
 public:
  explicit Parsing(std::string_view text) : csv_(text) {}

  ParsedNetworks run() {
    if (!csv_.next()) {
      problem(1, 1,
              csv_.error().empty() ? "is empty; the first line names the columns, network among them"
                                   : std::string(csv_.error()));
      return std::move(out_);
    }
    if (!read_columns()) return std::move(out_);
    while (csv_.next()) read_row();
    if (!csv_.error().empty()) problem(csv_.line(), csv_.column(), std::string(csv_.error()));
    refuse_doubles();
    if (out_.rows.empty() && out_.problems.empty()) problem(csv_.line(), 1, "holds no networks");
    return std::move(out_);
  }

 private:
  void problem(int line, int column, std::string what) {
    if (out_.problems.size() == ParsedNetworks::kProblemsMax) {
      ++out_.left_out;
    } else {
      out_.problems.push_back({line, column, std::move(what)});
    }
  }
  void problem(const CsvReader::Field& field, std::string what) { problem(csv_.line(), field.column, std::move(what)); }
  void expected(const CsvReader::Field& field, std::string_view wanted) {
    problem(field, fmt::format("expected {}, found {}", wanted, in_quotes(field.text)));
  }

  bool read_columns() {
    bool is_sound = true;
    for (const CsvReader::Field& field : csv_.fields()) {
      // A mark of byte order, as spreadsheets write it, is no part of a name.
      std::string_view name = field.text;
      if (columns_.empty() && name.starts_with("\xef\xbb\xbf")) name.remove_prefix(3);
      const auto found = std::ranges::find(kColumns, name);
      if (found == std::end(kColumns)) {
        problem(field, fmt::format("no column {}{}; there are network, country, continent, latitude, longitude, asn, "
                                   "organization, city and region",
                                   in_quotes(name), base::suggestion_for(name, kColumns)));
        is_sound = false;
        continue;
      }
      const auto column = static_cast<Column>(found - std::begin(kColumns));
      if (std::ranges::find(columns_, column) != columns_.end()) {
        problem(field, fmt::format("column {} stands here twice", name));
        is_sound = false;
      }
      columns_.push_back(column);
    }
    if (is_sound && std::ranges::find(columns_, Column::kNetwork) == columns_.end()) {
      problem(csv_.line(), 1, "the first line names the columns, and network must be one of them");
      is_sound = false;
    }
    return is_sound;
  }

  void read_row() {
    const std::vector<CsvReader::Field>& fields = csv_.fields();
    if (fields.size() != columns_.size()) {
      return problem(csv_.line(), 1,
                     fmt::format("has {} fields, and the first line names {} columns", fields.size(), columns_.size()));
    }
    NetworkRow row;
    bool has_latitude = false;
    bool has_longitude = false;
    const std::size_t problems_before = out_.problems.size() + out_.left_out;
    Point point;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (columns_[i] == Column::kLatitude) {
        has_latitude = read_degrees(fields[i], "a latitude from -90 to 90", 90, point.latitude);
      } else if (columns_[i] == Column::kLongitude) {
        has_longitude = read_degrees(fields[i], "a longitude from -180 to 180", 180, point.longitude);
      } else {
        read_field(columns_[i], fields[i], row);
      }
    }
    if (out_.problems.size() + out_.left_out != problems_before) return;
    if (has_latitude != has_longitude) {
      return problem(csv_.line(), 1, "latitude and longitude go together, and one is missing");
    }
    if (has_latitude) row.location = point;
    if (row.continent.empty()) row.continent = Code(base::geography::continent_of_country(row.country.text()));
    if (out_.rows.size() == kNetworksMax) return problem(csv_.line(), 1, "a file has at most 16,000,000 networks");
    lines_.push_back(csv_.line());
    out_.rows.push_back(std::move(row));
  }

  bool read_degrees(const CsvReader::Field& field, std::string_view wanted, double most, double& out) {
    if (field.text.empty()) return false;
    const std::optional<double> value = degrees_of(field.text, most);
    if (!value) {
      expected(field, wanted);
      return false;
    }
    out = *value;
    return true;
  }

  void read_field(Column column, const CsvReader::Field& field, NetworkRow& row) {
    if (column == Column::kNetwork) return read_network(field, row);
    if (field.text.empty()) return;
    switch (column) {
      case Column::kCountry:
        if (base::geography::continent_of_country(field.text).empty()) {
          return expected(field, "a country of ISO 3166-1 in two upper-case letters, such as DE");
        }
        row.country = Code(field.text);
        return;
      case Column::kContinent:
        if (std::ranges::find(base::geography::continents(), field.text) == base::geography::continents().end()) {
          return expected(field, "a continent: AF, AN, AS, EU, NA, OC or SA");
        }
        row.continent = Code(field.text);
        return;
      case Column::kAsn:
        return read_asn(field, row);
      case Column::kOrganization:
        return read_text(field, row.organization);
      case Column::kCity:
        return read_text(field, row.city);
      case Column::kRegion:
        return read_region(field, row.region);
      default:
        return;
    }
  }

  void read_network(const CsvReader::Field& field, NetworkRow& row) {
    const std::optional<base::IpNetwork> network = base::IpNetwork::parse(field.text);
    if (!network) {
      return expected(field, "a network such as 203.0.113.0/24 or 2001:db8::/32 without bits behind its prefix");
    }
    const base::IpNetwork v4_in_v6{base::IpAddress::v6({}), 96};
    if (!network->address.is_v4() && network->prefix_bits >= 96 && v4_in_v6.contains(network->address)) {
      return problem(field, in_quotes(field.text) + " lies in ::/96, which stands for IPv4: write it as IPv4");
    }
    row.network = *network;
  }

  void read_asn(const CsvReader::Field& field, NetworkRow& row) {
    std::string_view digits = field.text;
    if (digits.starts_with("AS")) digits.remove_prefix(2);
    const std::optional<std::uint32_t> number = base::parse_decimal<std::uint32_t>(digits);
    if (!number || *number == 0) return expected(field, "the number of an autonomous system, such as 64500");
    row.asn = *number;
  }

  void read_text(const CsvReader::Field& field, std::string& out) {
    constexpr std::size_t kTextBytesMax = 255;
    const bool is_plain =
        std::ranges::none_of(field.text, [](char c) { return (static_cast<unsigned char>(c) < 0x20) || c == 0x7f; });
    if (field.text.size() > kTextBytesMax || !is_plain) {
      return expected(field, "at most 255 bytes of text without control characters");
    }
    out = field.text;
  }

  /// As the configuration names regions.
  void read_region(const CsvReader::Field& field, std::string& out) {
    constexpr std::size_t kNameBytesMax = 64;
    const bool is_name = field.text.size() <= kNameBytesMax && std::ranges::all_of(field.text, [](char c) {
                           return base::is_alpha(c) || base::is_digit(c) || c == '_' || c == '-' || c == '.';
                         });
    if (!is_name) return expected(field, "a region: 1 to 64 letters, digits, '_', '-' and '.'");
    out = field.text;
  }

  void refuse_doubles() {
    std::vector<std::size_t> order(out_.rows.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto key = [this](std::size_t row) {
      return std::tuple(out_.rows[row].network.address, out_.rows[row].network.prefix_bits, row);
    };
    std::ranges::sort(order, {}, key);
    std::vector<std::pair<std::size_t, std::size_t>> doubles;
    for (std::size_t i = 1; i < order.size(); ++i) {
      if (out_.rows[order[i - 1]].network == out_.rows[order[i]].network) doubles.emplace_back(order[i], order[i - 1]);
    }
    std::ranges::sort(doubles);
    for (const auto& [row, before] : doubles) {
      problem(lines_[row], 1,
              fmt::format("{} stands in line {} already", out_.rows[row].network.text(), lines_[before]));
    }
    std::ranges::sort(out_.problems, {}, [](const RowProblem& p) { return std::tie(p.line, p.column, p.what); });
  }

  CsvReader csv_;
  ParsedNetworks out_;
  std::vector<Column> columns_;
  std::vector<int> lines_;  // of the rows
};

}  // namespace

std::vector<std::string_view> network_columns() {
  return {std::begin(kColumns), std::end(kColumns)};
}

ParsedNetworks parse_networks(std::string_view text) {
  return Parsing(text).run();
}

}  // namespace headgate::geoip::write
