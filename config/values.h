#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ip_address.h"
#include "base/result.h"
#include "config/config.h"
#include "config/load.h"

// What single values of the file mean: text -> value, pure. Nothing means: not such a value at all; ranges are the
// reader's matter.
namespace headgate::config {

/// "250ms", "2s", "5m", "1h", "7d", "0". Whole numbers; at most what a Duration holds.
std::optional<Duration> parse_duration(std::string_view text);
/// In the largest unit that leaves a whole number: "90s", "1d", "0s".
std::string duration_text(Duration duration);

/// Bytes: "64KiB", "512MiB", "2GiB", "1000".
std::optional<std::uint64_t> parse_size(std::string_view text);
std::string size_text(std::uint64_t bytes);

/// Events a second of "100/s" or "600/m"; whole numbers, at least 1.
std::optional<double> parse_rate(std::string_view text);

/// 10 for "10%", 0.5 for "0.5%"; at most six decimals.
std::optional<double> parse_percent(std::string_view text);

/// "200" or "200-299", both ends within 100 to 599, first not above last.
std::optional<StatusRange> parse_status_range(std::string_view text);

/// A host as a request names it, lower case, or "*." and such a host. Letters, digits, '-', '_' and dots, or an IP
/// literal (IPv6 in brackets); at most 253 bytes, no port, no trailing dot.
std::optional<std::string> parse_host_pattern(std::string_view text);

/// Whether every byte is visible ASCII: what a request target and a URI are made of.
bool is_visible_ascii(std::string_view text);

/// A name and port to be resolved, not an address: "app.internal:8080".
std::optional<BackendName> parse_host_and_port(std::string_view text);
/// What `resolve` takes: a name and port, or a service over TCP that says its ports itself (SRV, RFC 2782),
/// "_http._tcp.app.internal". The Error says what is expected.
base::Result<BackendName> parse_backend_name(std::string_view text);
/// As parse_backend_name() takes it.
std::string text_of(const BackendName& name);

/// A path in the one spelling that requests come in (RFC 3986 section 6.2.2): '/' first, escapes of unreserved
/// characters decoded, all else that needs an escape escaped, hex digits upper case. The Error says why a path could
/// never match: no '/' first, a query or fragment, a dot segment, a broken escape, an escaped NUL.
base::Result<std::string> parse_route_path(std::string_view text);

/// `text` with ${NAME} and ${NAME:-default} replaced; "$${" gives "${". The default is taken if the variable is unset
/// or empty. An Error for a variable that is unset without a default, for a bad name or a missing '}', and for a result
/// above kExpandedBytesMax.
base::Result<std::string> expand_environment(std::string_view text, const Environment& environment);
inline constexpr std::size_t kExpandedBytesMax = 1u << 20;

}  // namespace headgate::config
