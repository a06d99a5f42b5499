#include "proxy/dns/keys/keys.h"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

#include <algorithm>

#include "config/files.h"
#include "wire/dns/dnssec/records.h"

namespace headgate::proxy::dns::keys {
namespace {

using base::x509::Freer;
using wire::dns::Name;
namespace dnssec = wire::dns::dnssec;

constexpr std::size_t kCoordinateBytes = 32;
constexpr std::string_view kBlockBegin = "-----BEGIN ";
constexpr std::string_view kMakesOne = "`headgate dns key ZONE FILE` makes one";

using OwnedContext = std::unique_ptr<EVP_PKEY_CTX, Freer<EVP_PKEY_CTX_free>>;
using OwnedNumber = std::unique_ptr<BIGNUM, Freer<BN_free>>;
using OwnedSignature = std::unique_ptr<ECDSA_SIG, Freer<ECDSA_SIG_free>>;
using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

base::Error unusable(std::string why) {
  return {base::ErrorKind::kInvalid, base::Fault::kUser, std::move(why)};
}

unsigned char* bytes_of(char* text) {
  return reinterpret_cast<unsigned char*>(text);
}

Digest digest_of(std::string_view text) {
  Digest out;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data());
  return out;
}

std::string_view view_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// "RSA of 2048 bits", "EC of 384 bits"
std::string kind_of(const EVP_PKEY* key) {
  const char* const name = EVP_PKEY_get0_type_name(key);
  return fmt::format("{} of {} bits", name == nullptr ? "unknown" : name, EVP_PKEY_get_bits(key));
}

bool is_p256(const EVP_PKEY* key) {
  char group[64];
  std::size_t bytes = 0;
  return EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_group_name(key, group, sizeof group, &bytes) == 1 &&
         std::string_view(group, bytes) == SN_X9_62_prime256v1;
}

/// The point's two coordinates, as DNSKEY has them (RFC 6605 section 4); nothing if they do not belong to the key.
std::optional<std::string> public_key_of(EVP_PKEY* key) {
  const OwnedContext context(EVP_PKEY_CTX_new(key, nullptr));
  if (!context || EVP_PKEY_pairwise_check(context.get()) != 1) return std::nullopt;
  std::string out(2 * kCoordinateBytes, '\0');
  std::size_t at = 0;
  for (const char* const name : {OSSL_PKEY_PARAM_EC_PUB_X, OSSL_PKEY_PARAM_EC_PUB_Y}) {
    BIGNUM* number = nullptr;
    if (EVP_PKEY_get_bn_param(key, name, &number) != 1) return std::nullopt;
    const OwnedNumber owned(number);
    if (BN_bn2binpad(number, bytes_of(out.data() + at), kCoordinateBytes) < 0) return std::nullopt;
    at += kCoordinateBytes;
  }
  return out;
}

}  // namespace

Key::Key(base::x509::OwnedKey key, std::string_view public_key)
    : key_(std::move(key)),
      dnskey_(dnssec::dnskey_data(dnssec::kZoneKey | dnssec::kEntryPoint, dnssec::kEcdsaP256, public_key)),
      tag_(dnssec::key_tag(dnskey_)) {
  const Digest digest = digest_of(dnskey_);
  std::copy_n(digest.begin(), identity_.size(), identity_.begin());
}

base::Result<Key> Key::parse(std::string_view pem) {
  base::Result<base::x509::OwnedKey> key = base::x509::read_key(pem);
  if (!key) return key.error();
  if (!is_p256(key->get())) {
    return unusable(
        fmt::format("the key is {}; ECDSA over P-256 is wanted (algorithm 13 of DNSSEC)", kind_of(key->get())));
  }
  const std::optional<std::string> public_key = public_key_of(key->get());
  if (!public_key) return unusable("the private key is damaged: its public part is another key's");
  return Key(std::move(*key), *public_key);
}

base::Result<std::string> Key::make_pem() {
  const base::x509::OwnedKey key(EVP_EC_gen("P-256"));
  const base::x509::OwnedBio out(BIO_new(BIO_s_mem()));
  if (!key || !out || PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return base::Error{base::ErrorKind::kSystem, base::Fault::kHeadgate,
                       "cannot make a key: " + base::x509::take_openssl_error()};
  }
  char* text = nullptr;
  const long bytes = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<std::size_t>(bytes));
}

std::string Key::ds(const Name& zone) const {
  const Digest digest = digest_of(std::string(zone.wire()).append(dnskey_));
  return dnssec::ds_data(tag_, dnssec::kEcdsaP256, dnssec::kSha256Digest, view_of(digest));
}

std::optional<std::array<char, Key::kSignatureBytes>> Key::sign(std::string_view text) const {
  const Digest digest = digest_of(text);
  const OwnedContext context(EVP_PKEY_CTX_new(key_.get(), nullptr));
  std::array<unsigned char, 80> der;
  std::size_t bytes = der.size();
  if (!context || EVP_PKEY_sign_init(context.get()) != 1 ||
      EVP_PKEY_sign(context.get(), der.data(), &bytes, digest.data(), digest.size()) != 1) {
    return std::nullopt;
  }
  // DNS has the two numbers as they are (RFC 6605 section 4).
  const unsigned char* at = der.data();
  const OwnedSignature signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(bytes)));
  std::array<char, kSignatureBytes> out;
  if (!signature || BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), bytes_of(out.data()), kCoordinateBytes) < 0 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), bytes_of(out.data() + kCoordinateBytes), kCoordinateBytes) < 0) {
    return std::nullopt;
  }
  return out;
}

base::Result<std::shared_ptr<const Keys>> Keys::parse(std::string_view pem) {
  std::vector<Key> keys;
  for (std::size_t at = pem.find(kBlockBegin); at != std::string_view::npos;) {
    const std::size_t next = pem.find(kBlockBegin, at + kBlockBegin.size());
    const std::string_view block = pem.substr(at, next == std::string_view::npos ? next : next - at);
    at = next;
    if (block.substr(0, block.find('\n')).find("PRIVATE KEY-----") == std::string_view::npos) continue;
    if (keys.size() == kKeysMax) return unusable(fmt::format("has more than {} private keys", kKeysMax));
    base::Result<Key> key = Key::parse(block);
    if (!key) return key.error();
    for (const Key& other : keys) {
      if (other.dnskey() == key->dnskey()) return unusable(fmt::format("has the key {} twice", key->tag()));
      if (other.tag() == key->tag()) {
        return unusable(
            fmt::format("has two keys with the tag {}, which resolvers would mix up; make another one", key->tag()));
      }
    }
    keys.push_back(std::move(*key));
  }
  if (keys.empty()) {
    return unusable(
        fmt::format("has no private key (a block that begins with -----BEGIN PRIVATE KEY-----); {}", kMakesOne));
  }
  return std::shared_ptr<const Keys>(new Keys(std::move(keys)));
}

base::Result<std::shared_ptr<const Keys>> Keys::read(const std::string& path) {
  const base::Result<std::string> text = config::read_private(path, kFileBytesMax);
  if (!text) return text.error();
  base::Result<std::shared_ptr<const Keys>> keys = parse(*text);
  if (!keys) return unusable(fmt::format("{}: {}", path, keys.error().message));
  return keys;
}

std::string dnskey_text(const Key& key, const Name& zone) {
  const std::string_view point = std::string_view(key.dnskey()).substr(4);
  std::string base64(4 * ((point.size() + 2) / 3) + 1, '\0');
  base64.resize(static_cast<std::size_t>(EVP_EncodeBlock(
      bytes_of(base64.data()), reinterpret_cast<const unsigned char*>(point.data()), static_cast<int>(point.size()))));
  return fmt::format("{}. {} IN DNSKEY {} 3 {} {}", zone.is_root() ? "" : zone.text(), kKeysTtlSeconds,
                     dnssec::kZoneKey | dnssec::kEntryPoint, dnssec::kEcdsaP256, base64);
}

std::string ds_text(const Key& key, const Name& zone) {
  std::string digest;
  for (const char byte : key.ds(zone).substr(4)) digest += fmt::format("{:02X}", static_cast<unsigned char>(byte));
  return fmt::format("{}. {} IN DS {} {} {} {}", zone.is_root() ? "" : zone.text(), kKeysTtlSeconds, key.tag(),
                     dnssec::kEcdsaP256, dnssec::kSha256Digest, digest);
}

}  // namespace headgate::proxy::dns::keys
