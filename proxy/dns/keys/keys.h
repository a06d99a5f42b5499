#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/x509/pem.h"
#include "wire/dns/name.h"

namespace headgate::proxy::dns::keys {

/// ECDSA over P-256 and SHA-256, algorithm 13 of DNSSEC (RFC 6605). Immutable; signs on any thread.
class Key {
 public:
  static constexpr std::size_t kSignatureBytes = 64;
  /// What one key is told apart from others by, in this process and the next.
  static constexpr std::size_t kIdentityBytes = 16;

  /// The private key of a PEM block. kInvalid: there is none, it is encrypted or damaged, or of another kind.
  static base::Result<Key> parse(std::string_view pem);
  /// A new private key as PEM (PKCS #8).
  static base::Result<std::string> make_pem();

  std::uint16_t tag() const { return tag_; }
  /// The data of its DNSKEY record, flags 257: it signs the zone and is what the parent's DS record names.
  const std::string& dnskey() const { return dnskey_; }
  /// The data of the DS record (SHA-256, RFC 4509) that the parent of `zone` is to have.
  std::string ds(const wire::dns::Name& zone) const;
  std::string_view identity() const { return {identity_.data(), identity_.size()}; }

  /// 20 µs. Nothing where OpenSSL fails, which it does for want of memory alone.
  std::optional<std::array<char, kSignatureBytes>> sign(std::string_view text) const;

 private:
  Key(base::x509::OwnedKey key, std::string_view public_key);
  base::x509::OwnedKey key_;
  std::string dnskey_;
  std::uint16_t tag_ = 0;
  std::array<char, kIdentityBytes> identity_;
};

/// The keys of one zone's file: the first signs everything, all are published and sign the set that they are published
/// in. More than one is what a roll-over goes through (docs/dns.md).
class Keys {
 public:
  static constexpr std::size_t kKeysMax = 4;
  static constexpr std::size_t kFileBytesMax = 65536;

  /// All private keys of a text of PEM blocks; others than private keys are passed over. kInvalid: none, more than
  /// kKeysMax, two with one tag, or one that Key::parse refuses.
  static base::Result<std::shared_ptr<const Keys>> parse(std::string_view pem);
  /// The same of a file that others (mode & 007) may not use. Errors name it, and say what to do.
  static base::Result<std::shared_ptr<const Keys>> read(const std::string& path);

  std::span<const Key> all() const { return keys_; }
  const Key& first() const { return keys_.front(); }

 private:
  explicit Keys(std::vector<Key> keys) : keys_(std::move(keys)) {}
  std::vector<Key> keys_;
};

/// For how long keys are cached: what a step of a roll-over waits for.
inline constexpr std::uint32_t kKeysTtlSeconds = 3600;

/// As a line of a master file: "example.com. 3600 IN DNSKEY 257 3 13 ...".
std::string dnskey_text(const Key& key, const wire::dns::Name& zone);
/// The same: "example.com. 3600 IN DS 55648 13 2 B4C8...".
std::string ds_text(const Key& key, const wire::dns::Name& zone);

}  // namespace headgate::proxy::dns::keys
