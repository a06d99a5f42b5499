#pragma once
#include <span>
#include <string_view>

namespace headgate::base::geography {

/// The continent of a country of ISO 3166-1 (two upper-case letters), in two letters; empty: there is no such country.
std::string_view continent_of_country(std::string_view country);

/// AF, AN, AS, EU, NA, OC, SA.
std::span<const std::string_view> continents();

}  // namespace headgate::base::geography
