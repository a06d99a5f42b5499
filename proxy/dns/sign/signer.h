#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/counters.h"
#include "proxy/dns/keys/keys.h"
#include "proxy/dns/sign/kept.h"
#include "proxy/dns/zone/signing.h"
#include "proxy/dns/zone/zone.h"

namespace headgate::proxy::dns::sign {

/// What was asked of a signer.
struct Counts {
  base::Counter made;
  base::Counter found;    ///< among those that are kept
  base::Counter refused;  ///< for the limit
};

/// Signs the answers of one worker's zones, and keeps the signatures: an answer that was given before costs a look-up
/// and a copy. A set has one signature, in whichever order its records are given. For one thread.
///
///     zone::Signing* signing = signer.begin(zone, now, counts);   // null: the zone is not signed
///     zone::answer(zone, query, turn, chooser, response, signing);
///
/// Signatures begin an hour before they are made, since clocks differ, and are good for seven days; they are made anew
/// after three to four, each at its own time. What is not made in time, for the limit on signatures, is given as long
/// as it is good. docs/decisions/0035.
class Signer final : public zone::Signing {
 public:
  struct Limits {
    std::size_t kept_of_zone = 131'072;  ///< signatures of sets that zones have; 300 bytes each, most of the time
    std::size_t kept_asked = 8'192;      ///< of names that somebody made up, apart, so that they push out no others
    std::uint32_t of_zone_per_second = 20'000;  ///< 45 % of a core, until each set has been signed once
    std::uint32_t asked_per_second = 2'000;     ///< 4 to 5 % of a core
  };
  Signer() : Signer(Limits()) {}
  explicit Signer(const Limits& limits);

  /// For the next answer; `zone` and `counts` outlive it.
  zone::Signing* begin(const zone::Zone& zone, base::WallTime now, Counts& counts);

  void add(std::string_view data) override { data_.push_back(data); }
  std::span<const std::string_view> sign(std::string_view owner, wire::dns::Type type, std::uint32_t ttl_seconds,
                                         Names names) override;

 private:
  /// What of signatures over one kind of names there may be.
  struct Share {
    Kept kept;
    std::uint32_t per_second;
    std::int64_t second = 0;
    std::uint32_t made = 0;  // in that second
    bool take(std::int64_t now);
  };
  void put_identity(std::string_view owner, wire::dns::Type type, std::uint32_t ttl_seconds);
  bool make(const keys::Key& key, std::string_view owner, wire::dns::Type type, std::uint32_t ttl_seconds,
            KeptSignature& out);
  std::string_view signature_by(const keys::Key& key, std::string_view owner, wire::dns::Type type,
                                std::uint32_t ttl_seconds, Share& share);

  Share of_zone_;
  Share asked_;
  const zone::Zone* zone_ = nullptr;
  Counts* counts_ = nullptr;
  std::int64_t now_ = 0;
  std::vector<std::string_view> data_;  // of the set that is to be signed next
  std::string identity_;
  std::string text_;  // that is signed
  std::vector<std::string_view> out_;
  std::array<std::string, keys::Keys::kKeysMax>
      copies_;  // of several: the next that is kept may push out the one before
};

}  // namespace headgate::proxy::dns::sign
