#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

// Domain names (RFC 1035 section 3.1) as messages hold them: labels, each behind its length, and the root's empty label
// last. Everything here takes and gives them uncompressed.
namespace headgate::wire::dns {

inline constexpr std::size_t kNameBytesMax = 255;
inline constexpr std::size_t kLabelBytesMax = 63;

/// `name` is `zone`, or below it; both in lower case.
bool is_within(std::string_view name, std::string_view zone);

/// A name of one's own, in lower case: names are the same in any case (RFC 4343).
class Name {
 public:
  /// The root.
  Name() : wire_(1, '\0') {}

  /// Text as in a zone file: "www.example.com", with or without its last dot; "\." and "\065" stand for a byte
  /// (RFC 1035 section 5.1). kInvalid with what is wrong: an empty label, one over 63 bytes, more than 255 in all.
  static base::Result<Name> parse(std::string_view text);
  /// What a message holds at its beginning; nothing if it is cut, compressed, or over its bounds.
  static std::optional<Name> take(std::string_view bytes);

  std::string_view wire() const { return wire_; }
  /// Without its last dot; "." for the root.
  std::string text() const;
  std::size_t labels() const;
  bool is_root() const { return wire_.size() == 1; }
  bool is_wildcard() const { return wire_.starts_with(std::string_view("\1*", 2)); }
  /// `this` is `zone`, or below it.
  bool is_within(const Name& zone) const { return dns::is_within(wire_, zone.wire_); }
  /// Without its first label; the root's is the root.
  Name parent() const;
  /// `label` in front; nothing where that is over the bounds.
  std::optional<Name> child(std::string_view label) const;

  friend bool operator==(const Name&, const Name&) = default;
  /// The order of RFC 4034 section 6.1 is not this one: by bytes, for maps alone.
  friend auto operator<=>(const Name&, const Name&) = default;

 private:
  explicit Name(std::string wire) : wire_(std::move(wire)) {}
  std::string wire_;
};

/// How many bytes a name takes at the beginning of `bytes`, its last label included; 0 if it is cut, compressed, or
/// over its bounds.
std::size_t name_bytes(std::string_view bytes);

/// As Name::text, of any name in a message.
std::string name_text(std::string_view wire);

/// In lower case at `out`, which has as many bytes. Lengths of labels are no letters, so nothing but letters changes.
void lower_name(std::string_view wire, char* out);

}  // namespace headgate::wire::dns
