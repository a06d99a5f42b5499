#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/memory/huge_pages.h"
#include "proxy/dns/zone/node.h"
#include "proxy/dns/zone/serial.h"
#include "wire/dns/name.h"
#include "wire/dns/numbers.h"

namespace headgate::proxy::dns::keys {
class Keys;
}

namespace headgate::proxy::dns::zone {

/// What begins a zone's SOA record, and what says how long it is not there that something is not there.
struct Start {
  wire::dns::Name primary;  ///< the server where the zone is changed
  wire::dns::Name admin;    ///< a mail address, its '@' a dot
  std::uint32_t serial = 1;
  std::uint32_t refresh_seconds = 3600;
  std::uint32_t retry_seconds = 600;
  std::uint32_t expire_seconds = 1'209'600;
  std::uint32_t negative_ttl_seconds = 30;  ///< RFC 2308 section 4
  std::uint32_t ttl_seconds = 3600;
};

/// What a zone has for a name. RFC 1034 section 4.3.2, RFC 4592 (wildcards).
struct Found {
  enum class Kind : std::uint8_t {
    kNode,      ///< the name, or a wildcard that stands for it
    kNoName,    ///< NXDOMAIN
    kDelegated  ///< somebody else's from `cut` on
  };
  Kind kind = Kind::kNoName;
  std::optional<Node> node;  ///< of kNode, and the one with the NS records of kDelegated
  std::string_view cut;      ///< of kDelegated: a view of the name that was looked for
  bool is_wildcard = false;
};

/// One zone's data, made by a ZoneBuilder and never changed. Laid out as two arrays: where names stand, by their
/// hashes, and names with their records; so a look-up asks memory in two places, however many names there are.
class Zone {
 public:
  const wire::dns::Name& apex() const { return apex_; }
  /// Null: answers are not signed.
  const keys::Keys* keys() const { return keys_.get(); }
  const Start& start() const { return start_; }
  /// As it is now.
  std::uint32_t serial() const { return serial_ ? serial_->value() : start_.serial; }
  std::size_t names() const { return names_; }
  bool has_geo_names() const { return !geo_.empty(); }

  /// `lower_name` is the zone's own or below it, in lower case. A question for DS at a cut is the zone's own to answer
  /// (RFC 4035 section 3.1.4.1).
  Found find(std::string_view lower_name, wire::dns::Type type) const;
  /// The node of a name of ours exactly, wherever cuts are: addresses of name servers below one.
  std::optional<Node> at(std::string_view lower_name) const;

 private:
  friend class ZoneBuilder;
  /// `at` is into bytes_, where the first byte is nothing's; 0: the place is free.
  struct Place {
    std::uint32_t mark = 0;  // of the name's hash, other bits than those that led here
    std::uint32_t at = 0;
  };
  using Places = std::vector<Place, base::memory::HugePages<Place>>;
  using Bytes = std::vector<char, base::memory::HugePages<char>>;
  Zone(wire::dns::Name apex, Start start) : apex_(std::move(apex)), start_(std::move(start)) {}
  static std::uint64_t hash_of(std::string_view name);
  std::string_view cut_above(std::string_view lower_name, wire::dns::Type type) const;

  wire::dns::Name apex_;
  Start start_;
  std::shared_ptr<const Serial> serial_;
  std::shared_ptr<const keys::Keys> keys_;
  std::size_t names_ = 0;
  bool has_cuts_ = false;
  bool has_wildcards_ = false;
  Places places_;             // a power of two; the next free one after where a hash leads ends the search
  Bytes bytes_;               // for each name: its length and it, the index in geo_ or kNoGeo, the count of sets, they
  std::vector<GeoName> geo_;  // those that differ
  static constexpr std::uint32_t kNoGeo = UINT32_MAX;
};

}  // namespace headgate::proxy::dns::zone
