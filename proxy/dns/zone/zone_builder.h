#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "proxy/dns/zone/zone.h"

namespace headgate::proxy::dns::zone {

/// Of one name and type, and of one name. What is more would find room in no answer, or have nobody ask for it.
inline constexpr std::size_t kSetRecordsMax = 1024;
inline constexpr std::size_t kTypesMax = 64;
/// Of one record, which a message could not say to be longer.
inline constexpr std::size_t kDataBytesMax = 65'535;
/// Of a zone, with its names.
inline constexpr std::size_t kZoneBytesMax = std::size_t{1} << 30;

/// Puts a zone together from records in any order, and refuses those that do not go together.
class ZoneBuilder {
 public:
  /// With a `serial` that is not null, this is what the zone's is.
  ZoneBuilder(wire::dns::Name apex, Start start, std::shared_ptr<const Serial> serial = nullptr,
              std::size_t bytes_max = kZoneBytesMax);

  /// Adds a record. kInvalid, and nothing is changed: a name outside the zone, CNAME beside anything else or twice, at
  /// the apex, or beside a geo name; SOA, which is the start's; a type whose TTL differs from those there; more than
  /// kSetRecordsMax of a type, or kTypesMax of them; data over kDataBytesMax; a zone over its bytes. Twice the same is
  /// once.
  base::Result<void> add(const wire::dns::Name& name, wire::dns::Type type, std::uint32_t ttl_seconds,
                         std::string data);
  base::Result<void> add_geo(const wire::dns::Name& name, GeoName geo);

  /// Its answers are signed with these keys, and it says so at its own name: DNSKEY, and for its parent CDS and CDNSKEY
  /// (RFC 7344). kInvalid: it has such records of its own.
  base::Result<void> publish(std::shared_ptr<const keys::Keys> keys);

  /// The zone of what was added.
  Zone build() const;

 private:
  struct Set {
    wire::dns::Type type{};
    std::uint32_t ttl_seconds = 0;
    std::vector<std::string> data;
  };
  struct Draft {
    std::vector<Set> sets;
    std::optional<GeoName> geo;
    const Set* find(wire::dns::Type type) const;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const { return Zone::hash_of(name); }
  };
  const Draft* known(const wire::dns::Name& name) const;
  base::Result<Draft*> draft_for(const wire::dns::Name& name, std::size_t more_bytes);
  static void append(std::string_view name, std::uint32_t geo, const Draft& draft, Zone::Bytes& out);

  wire::dns::Name apex_;
  Start start_;
  std::shared_ptr<const Serial> serial_;
  std::shared_ptr<const keys::Keys> keys_;
  std::size_t bytes_max_;
  std::size_t bytes_;
  std::unordered_map<std::string, Draft, Hash, std::equal_to<>> drafts_;  // by the whole name
};

}  // namespace headgate::proxy::dns::zone
