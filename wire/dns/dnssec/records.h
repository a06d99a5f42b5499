#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wire/dns/numbers.h"

// The data of the records that sign others, and what is signed (RFC 4034). Names are uncompressed and in lower case
// everywhere, those in data too: that is their canonical form.
namespace headgate::wire::dns::dnssec {

/// ECDSA over P-256 with SHA-256 (RFC 6605).
inline constexpr std::uint8_t kEcdsaP256 = 13;
/// Of a DNSKEY: a zone's key, and one that its parent names by a DS record (RFC 4034 section 2.1.1).
inline constexpr std::uint16_t kZoneKey = 0x0100;
inline constexpr std::uint16_t kEntryPoint = 0x0001;
inline constexpr std::uint8_t kSha256Digest = 2;

/// DNSKEY and CDNSKEY.
std::string dnskey_data(std::uint16_t flags, std::uint8_t algorithm, std::string_view public_key);
/// By which signatures and DS records call a key (RFC 4034 appendix B); two keys may have the same.
std::uint16_t key_tag(std::string_view dnskey);
/// DS and CDS; the digest is of the zone's name and the DNSKEY's data.
std::string ds_data(std::uint16_t key_tag, std::uint8_t algorithm, std::uint8_t digest_type, std::string_view digest);

/// What an RRSIG record says before its signature. Times are seconds since 1970 modulo 2^32 (RFC 4034 section 3.1.5).
struct SignatureHead {
  Type covered{};
  std::uint8_t algorithm = kEcdsaP256;
  std::uint8_t labels = 0;
  std::uint32_t ttl_seconds = 0;
  std::uint32_t expires = 0;
  std::uint32_t begins = 0;
  std::uint16_t key_tag = 0;
  std::string_view signer;  ///< the zone
};
void append_signature_head(const SignatureHead& head, std::string& out);
/// The labels of an owner as RRSIG counts them: without the root, and without a "*" in front.
std::uint8_t signed_labels(std::string_view owner);

/// The data of a set in the order in which it is signed, each once (RFC 4034 section 6.3).
void put_in_order(std::vector<std::string_view>& data);
/// The records of a set as they are signed behind the head (RFC 4034 section 3.1.8.1); `data` is in that order.
void append_signed_records(std::string_view owner, Type type, std::uint32_t ttl_seconds,
                           std::span<const std::string_view> data, std::string& out);

/// The types that there are at a name, for NSEC (RFC 4034 section 4.1.2).
class TypeBitmap {
 public:
  void add(Type type);
  bool has(Type type) const;
  void append_to(std::string& out) const;

 private:
  static constexpr std::size_t kWindowTypes = 256;
  static constexpr std::size_t kWindowBytes = kWindowTypes / 8;
  using Window = std::array<std::uint8_t, kWindowBytes>;
  static void append_window(std::size_t number, const Window& window, std::string& out);

  std::array<Window, 2> low_{};  // A to CAA: all that most names have
  std::vector<Type> rest_;
};

/// Whether `name` comes before `other` in the canonical order (RFC 4034 section 6.1); both in lower case.
bool comes_before(std::string_view name, std::string_view other);

/// The next name that there can be in the zone in canonical order, or the zone's own where that was the last: the
/// absolute successor of RFC 4471 section 3.1.2. `skips_below`: names below it are not this zone's (RFC 9824 section
/// 3.4), and the first behind them is meant.
void append_successor(std::string_view name, std::string_view zone, bool skips_below, std::string& out);

}  // namespace headgate::wire::dns::dnssec
