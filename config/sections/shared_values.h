#pragma once
#include <cstddef>
#include <optional>
#include <string>

#include "config/reader.h"
#include "config/request/key.h"

// Values that more than one section holds.
namespace headgate::config::sections {

/// For every wait that must end and must not be instantly over.
inline constexpr Range<Duration> kWaitRange = {1ms, 24h};
/// The same where 0s switches something off.
inline constexpr Range<Duration> kWaitOrOffRange = {0s, 24h};

/// A path to a file, as written.
inline constexpr std::size_t kFilePathBytesMax = 4096;

/// "0.0.0.0:80", "[::]:80", "unix:/path" or "unix:path from this file's folder".
std::optional<base::Endpoint> read_endpoint(const Reader& at);

/// A CIDR or an address.
std::optional<base::IpNetwork> read_network(const Reader& at);

/// A name that the user gave to a listener or pool: 1 to 64 letters, digits, '_', '-' and '.', as it stands in metrics,
/// logs and on command lines. Reports at `at`.
bool is_good_name(const Reader& at, std::string_view name);

inline constexpr std::uint32_t kRateMax = 1'000'000;
/// "100/s" or "600/m", from 1/m to 1,000,000/s.
void read_rate(const Reader& at, double& per_second);

/// The name of a region: as is_good_name().
void read_region(const Reader& at, std::string& out);

/// A field name (RFC 9110 section 5.6.2).
bool is_field_name(const Reader& at, std::string_view name);

/// What of a request it is hashed, sharded or remembered by.
void read_request_key(const Reader& at, request::Use use, request::Key& out);

/// A path of a file whose folder exists, made absolute.
std::optional<std::string> read_file_path(const Reader& at, std::string_view written);

/// Whether all {placeholders} of `text` are among `names`; reports the first that is not.
bool has_known_placeholders(const Reader& at, std::string_view text, std::span<const std::string_view> names);

}  // namespace headgate::config::sections
