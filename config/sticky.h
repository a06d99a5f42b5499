#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "config/request/key.h"

namespace headgate::config {

using base::Duration;
using namespace std::chrono_literals;

/// A cookie of headgate's own, sealed, that names the client's backend.
struct StickyCookie {
  enum class SameSite : std::uint8_t { kLax, kStrict, kNone };
  std::string name = {};
  std::string path = "/";
  std::string domain = {};  ///< empty: the host that was asked alone
  SameSite same_site = SameSite::kLax;
  Duration max_age = 0s;  ///< 0: as long as the browser's session
  friend bool operator==(const StickyCookie&, const StickyCookie&) = default;
};
/// A table that remembers which backend a client belongs to.
struct StickyTable {
  request::Key key = {};
  bool is_learned = false;  ///< the application sets it: what its answers say is remembered
  std::uint64_t size = 100'000;
  Duration ttl = 30min;
  friend bool operator==(const StickyTable&, const StickyTable&) = default;
};
/// What keeps a client at its backend; monostate: nothing.
using Sticky = std::variant<std::monostate, StickyCookie, StickyTable>;

/// Seals and opens cookies.
using StickyKey = std::array<std::uint8_t, 32>;
/// The first seals, all open; at most kStickyKeysMax.
using StickyKeys = std::vector<StickyKey>;

// The keys as they stand in a file: 64 hexadecimal digits a line, the first line seals, all open. Empty lines and lines
// that begin with '#' are passed over.

/// At most so many are in use at once: a cookie that none of them opens costs an attempt with each.
inline constexpr std::size_t kStickyKeysMax = 8;
inline constexpr std::size_t kStickyKeysBytesMax = 16 * 1024;

/// Errors name the line, and never quote it.
base::Result<StickyKeys> parse_sticky_keys(std::string_view text);
/// The same from a file, which no other user may read.
base::Result<StickyKeys> read_sticky_keys(const std::string& path);
/// A line of the file, without its end.
std::string sticky_key_text(const StickyKey& key);

}  // namespace headgate::config
