#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

// JSON from outside: every look at it has an answer, whatever the sender made of the contract, and every text that
// comes out of it may be shown on a terminal as it is.
namespace headgate::proxy::ctl::client {

using Json = nlohmann::ordered_json;

inline constexpr int kJsonDepthMax = 64;

/// Nothing for what is no JSON, or is nested deeper than kJsonDepthMax.
std::optional<Json> parse_json(std::string_view text);

/// The member, or null where `of` is no object or has none.
const Json& member(const Json& of, std::string_view name);
/// The member if it is an array, else an empty one.
const Json& list(const Json& of, std::string_view name);
/// The member if it is a text, else empty; control characters are made visible (text::printable).
std::string text(const Json& of, std::string_view name);
/// The same as it came, line ends and all: for a file that goes to a file.
std::string raw_text(const Json& of, std::string_view name);
/// The member's lines, each made visible.
std::vector<std::string> lines(const Json& of, std::string_view name);
/// The member if it is a number, else 0. Never negative: nothing that is counted here is.
std::uint64_t count(const Json& of, std::string_view name);
/// The member if it is a finite number, else `otherwise`.
double number(const Json& of, std::string_view name, double otherwise = 0);
bool truth(const Json& of, std::string_view name);
/// A number of seconds; within 0 and 200 years.
base::Duration seconds(const Json& of, std::string_view name);
/// A time of RFC 3339 in UTC, from 1970 to 2199 ("2026-11-26T01:04:43.123Z").
std::optional<base::WallTime> time(const Json& of, std::string_view name);

}  // namespace headgate::proxy::ctl::client
