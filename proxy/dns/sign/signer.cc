#include "proxy/dns/sign/signer.h"

#include <openssl/sha.h>

#include <chrono>

#include "wire/dns/bytes.h"
#include "wire/dns/dnssec/records.h"

namespace headgate::proxy::dns::sign {
namespace {

using wire::dns::Type;
namespace dnssec = wire::dns::dnssec;

constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kBefore = kHour;  // a resolver's clock may be behind
constexpr std::int64_t kValid = 7 * kDay;
constexpr std::int64_t kRenewAfter = 3 * kDay;
constexpr std::int64_t kRenewSpread = kDay;     // all that was signed at once is not signed at once again
constexpr std::int64_t kLeastLeft = 2 * kHour;  // of a signature that is still given: more than most TTLs
constexpr std::size_t kDataBytesMax = 256;      // of an identity; longer data stands in it by its digest

/// Sets that every key of the zone signs: whichever of them the parent names leads to the others (RFC 7344 section 4.1
/// has that for CDS and CDNSKEY).
bool is_of_keys(Type type) {
  return type == Type::kDnskey || type == Type::kCds || type == Type::kCdnskey;
}

}  // namespace

bool Signer::Share::take(std::int64_t now) {
  if (now != second) {
    second = now;
    made = 0;
  }
  if (made == per_second) return false;
  ++made;
  return true;
}

Signer::Signer(const Limits& limits)
    : of_zone_{Kept(limits.kept_of_zone), limits.of_zone_per_second},
      asked_{Kept(limits.kept_asked), limits.asked_per_second} {}

zone::Signing* Signer::begin(const zone::Zone& zone, base::WallTime now, Counts& counts) {
  if (zone.keys() == nullptr) return nullptr;
  zone_ = &zone;
  counts_ = &counts;
  now_ = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  data_.clear();
  return this;
}

/// All that a signature depends on but for the times. The key's own bytes are put in when it is known which.
void Signer::put_identity(std::string_view owner, Type type, std::uint32_t ttl_seconds) {
  identity_.assign(keys::Key::kIdentityBytes, '\0');
  identity_ += static_cast<char>(zone_->apex().wire().size());  // which end of the owner is the zone
  wire::dns::append_u16(static_cast<std::uint16_t>(type), identity_);
  wire::dns::append_u32(ttl_seconds, identity_);
  identity_.append(owner);
  const std::size_t before = identity_.size();
  for (const std::string_view each : data_) {
    wire::dns::append_u16(static_cast<std::uint16_t>(each.size()), identity_);
    identity_.append(each);
  }
  if (identity_.size() - before <= kDataBytesMax) return;
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(identity_.data() + before), identity_.size() - before, digest.data());
  identity_.resize(before);
  identity_.append(reinterpret_cast<const char*>(digest.data()), digest.size());
}

bool Signer::make(const keys::Key& key, std::string_view owner, Type type, std::uint32_t ttl_seconds,
                  KeptSignature& out) {
  const std::uint64_t spread = std::hash<std::string_view>()(identity_) % kRenewSpread;
  out.made = now_;
  out.renew = now_ + kRenewAfter + static_cast<std::int64_t>(spread);
  out.expires = now_ + kValid;
  out.data.clear();
  dnssec::append_signature_head({.covered = type,
                                 .algorithm = dnssec::kEcdsaP256,
                                 .labels = dnssec::signed_labels(owner),
                                 .ttl_seconds = ttl_seconds,
                                 .expires = static_cast<std::uint32_t>(out.expires),
                                 .begins = static_cast<std::uint32_t>(now_ - kBefore),
                                 .key_tag = key.tag(),
                                 .signer = zone_->apex().wire()},
                                out.data);
  text_.assign(out.data);
  dnssec::append_signed_records(owner, type, ttl_seconds, data_, text_);
  const auto signature = key.sign(text_);
  if (!signature) return false;
  counts_->made.add();
  out.data.append(signature->data(), signature->size());
  return true;
}

std::string_view Signer::signature_by(const keys::Key& key, std::string_view owner, Type type,
                                      std::uint32_t ttl_seconds, Share& share) {
  identity_.replace(0, keys::Key::kIdentityBytes, key.identity());
  KeptSignature* const kept = share.kept.find(identity_);
  // A clock that was put back may be before the time from which a signature holds.
  const bool is_good = kept != nullptr && now_ >= kept->made - kBefore && now_ < kept->expires - kLeastLeft;
  if (is_good && now_ < kept->renew) {
    counts_->found.add();
    return kept->data;
  }
  if (share.take(now_)) {
    KeptSignature made;
    if (make(key, owner, type, ttl_seconds, made)) {
      if (kept != nullptr) {
        *kept = std::move(made);
        return kept->data;
      }
      return share.kept.put(identity_, std::move(made)).data;
    }
  }
  if (is_good) return kept->data;
  counts_->refused.add();
  return {};
}

std::span<const std::string_view> Signer::sign(std::string_view owner, Type type, std::uint32_t ttl_seconds,
                                               Names names) {
  dnssec::put_in_order(data_);
  put_identity(owner, type, ttl_seconds);
  Share& share = names == Names::kOfZone ? of_zone_ : asked_;
  const std::span<const keys::Key> all = zone_->keys()->all();
  const std::span<const keys::Key> signing = is_of_keys(type) ? all : all.first(1);
  out_.clear();
  for (std::size_t i = 0; i < signing.size(); ++i) {
    std::string_view signature = signature_by(signing[i], owner, type, ttl_seconds, share);
    if (signature.empty()) {
      out_.clear();
      break;
    }
    if (signing.size() > 1) signature = copies_[i].assign(signature);
    out_.push_back(signature);
  }
  data_.clear();
  return out_;
}

}  // namespace headgate::proxy::dns::sign
