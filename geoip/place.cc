#include "geoip/place.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace headgate::geoip {

namespace {

constexpr double kRadians = std::numbers::pi / 180;

}  // namespace

Direction direction_of(const Point& point) {
  // Both at once, for half of the time.
  double north = 0;
  double across = 0;
  ::sincos(point.latitude * kRadians, &north, &across);
  double east = 0;
  double ahead = 0;
  ::sincos(point.longitude * kRadians, &east, &ahead);
  return {across * ahead, across * east, north};
}

double great_circle_km(const Point& a, const Point& b) {
  constexpr double kRadiusKm = 6371.0088;  // IUGG, mean
  // The haversine form stays exact for points that are near each other.
  const double across = std::sin((b.latitude - a.latitude) * kRadians / 2);
  const double along = std::sin((b.longitude - a.longitude) * kRadians / 2);
  const double half =
      across * across + std::cos(a.latitude * kRadians) * std::cos(b.latitude * kRadians) * along * along;
  return 2 * kRadiusKm * std::asin(std::sqrt(std::clamp(half, 0.0, 1.0)));
}

}  // namespace headgate::geoip
