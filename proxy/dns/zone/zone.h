#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "proxy/dns/zone/records.h"
#include "proxy/dns/zone/serial.h"
#include "wire/dns/name.h"
#include "wire/dns/numbers.h"

namespace headgate::proxy::dns::keys {
class Keys;
}

namespace headgate::proxy::dns::zone {

/// A name whose addresses depend on who asks, and on what is up.
struct GeoName {
  std::string pool;
  std::uint32_t ttl_seconds = 0;
  std::uint32_t failing_ttl_seconds = 0;  ///< while a region that would answer fails
  std::size_t pool_index = 0;             ///< in Config::pools
};

/// What there is at one name; nothing at all where names are only below it (RFC 8020: it exists all the same).
struct Node {
  std::vector<RecordSet> sets;  ///< each type once
  std::optional<GeoName> geo;   ///< its addresses; then no set is A, AAAA or CNAME
  const RecordSet* find(wire::dns::Type type) const;
};

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
  const Node* node = nullptr;  ///< of kNode, and the one with the NS records of kDelegated
  std::string_view cut;        ///< of kDelegated: a view of the name that was looked for
  bool is_wildcard = false;
};

/// Of one name and type, and of one name. What is more would find room in no answer, or have nobody ask for it.
inline constexpr std::size_t kSetRecordsMax = 1024;
inline constexpr std::size_t kTypesMax = 64;

/// One zone's data, not to be changed once it is served. Looking up costs the same however many names there are.
class Zone {
 public:
  /// With a `serial` that is not null, this is what the zone's is.
  Zone(wire::dns::Name apex, Start start, std::shared_ptr<const Serial> serial = nullptr);

  /// Adds a record. kInvalid, and nothing is changed: a name outside the zone, CNAME beside anything else or twice, at
  /// the apex, or beside a geo name; SOA, which is the start's; a type whose TTL differs from those there; more than
  /// kSetRecordsMax of a type, or kTypesMax of them. Twice the same is once.
  base::Result<void> add(const wire::dns::Name& name, wire::dns::Type type, std::uint32_t ttl_seconds,
                         std::string data);
  base::Result<void> add_geo(const wire::dns::Name& name, GeoName geo);

  /// Its answers are signed with these keys, and it says so at its own name: DNSKEY, and for its parent CDS and CDNSKEY
  /// (RFC 7344). kInvalid: it has such records of its own.
  base::Result<void> publish(std::shared_ptr<const keys::Keys> keys);

  const wire::dns::Name& apex() const { return apex_; }
  /// Null: answers are not signed.
  const keys::Keys* keys() const { return keys_.get(); }
  const Start& start() const { return start_; }
  /// As it is now.
  std::uint32_t serial() const { return serial_ ? serial_->value() : start_.serial; }
  std::size_t names() const { return nodes_.size(); }
  bool has_geo_names() const { return has_geo_names_; }

  /// `lower_name` is the zone's own or below it, in lower case. A question for DS at a cut is the zone's own to answer
  /// (RFC 4035 section 3.1.4.1).
  Found find(std::string_view lower_name, wire::dns::Type type) const;
  /// The node of a name of ours exactly, wherever cuts are: addresses of name servers below one.
  const Node* at(std::string_view lower_name) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view bytes) const;
  };
  base::Result<Node*> node_for(const wire::dns::Name& name);
  std::string_view cut_above(std::string_view lower_name, wire::dns::Type type) const;

  wire::dns::Name apex_;
  Start start_;
  std::shared_ptr<const Serial> serial_;
  bool has_geo_names_ = false;
  std::shared_ptr<const keys::Keys> keys_;
  std::unordered_map<std::string, Node, Hash, std::equal_to<>> nodes_;  // by the whole name
  bool has_cuts_ = false;
};

}  // namespace headgate::proxy::dns::zone
