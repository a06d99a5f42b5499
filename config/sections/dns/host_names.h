#pragma once
#include <optional>
#include <string>

#include "base/clock.h"
#include "config/reader.h"

// Domain names and times as `dns` has them written.
namespace headgate::config::sections::dns {

/// A whole name, in lower case and without its last dot; one of a single label only with that dot. "." for the root
/// where `may_be_root` (RFC 2782, 7505: there is none). Reports at `at`.
std::optional<std::string> read_host(const Reader& at, const std::string& written, bool may_be_root = false);

/// The name of an entry of `names` in `zone`, whole: "@" is the zone's own, what ends in a dot is whole already. `*`
/// may be its first label (RFC 4592). Reports at `at`.
std::optional<std::string> read_owner(const Reader& at, const std::string& written, const std::string& zone);

/// The name of a zone.
std::optional<std::string> read_zone_name(const Reader& at, const std::string& written);

/// Whether `name` is `zone` or below it; both in lower case, without a last dot.
bool is_within(std::string_view name, std::string_view zone);

/// A time to live: whole seconds, 0s to 7d.
void read_ttl(const Reader& at, base::Duration& out);

}  // namespace headgate::config::sections::dns
