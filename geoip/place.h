#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace headgate::geoip {

/// A point on the earth, in degrees.
struct Point {
  double latitude = 0;   ///< -90 to 90
  double longitude = 0;  ///< -180 to 180
  friend bool operator==(const Point&, const Point&) = default;
};

/// The same from the earth's middle, with length 1: the larger the product of two, the nearer they are.
struct Direction {
  double x = 0;
  double y = 0;
  double z = 0;
  double times(const Direction& other) const { return x * other.x + y * other.y + z * other.z; }
};
Direction direction_of(const Point& point);

/// The way between two points along the surface, in kilometres, on a sphere of the earth's mean radius.
double great_circle_km(const Point& a, const Point& b);

/// A code of two upper-case letters; empty: not known.
class Code {
 public:
  constexpr Code() = default;
  /// Empty unless `text` is two letters from A to Z.
  explicit constexpr Code(std::string_view text) {
    if (text.size() != 2 || !is_upper(text[0]) || !is_upper(text[1])) return;
    letters_ = {text[0], text[1]};
  }
  constexpr bool empty() const { return letters_[0] == 0; }
  /// Two letters or none; as long as this.
  constexpr std::string_view text() const { return {letters_.data(), empty() ? 0u : 2u}; }
  /// A number below kCount for each code; not of an empty one.
  constexpr std::size_t index() const {
    return static_cast<std::size_t>(letters_[0] - 'A') * 26 + static_cast<std::size_t>(letters_[1] - 'A');
  }
  static constexpr std::size_t kCount = std::size_t{26} * 26;
  friend constexpr bool operator==(const Code&, const Code&) = default;

 private:
  static constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
  std::array<char, 2> letters_{};
};

/// What a database says of a network. Its texts live as long as the database.
struct Place {
  // What a region is chosen by comes first, and lies together.
  Code country;           ///< ISO 3166-1
  Code continent;         ///< AF, AN, AS, EU, NA, OC, SA
  std::uint32_t asn = 0;  ///< the autonomous system; 0: not known
  std::optional<Point> location;
  std::string_view region;        ///< stated outright, by a database of one's own
  std::string_view organization;  ///< whose the autonomous system is
  std::string_view city;          ///< in English
  /// Whether it is said where that is, but for a region.
  bool has_area() const { return !country.empty() || !continent.empty() || location; }
  /// Whether nothing at all is known.
  bool empty() const {
    return country.empty() && continent.empty() && !location && asn == 0 && organization.empty() && city.empty() &&
           region.empty();
  }
  friend bool operator==(const Place&, const Place&) = default;
};

}  // namespace headgate::geoip
