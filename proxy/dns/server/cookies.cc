#include "proxy/dns/server/cookies.h"

#include <bit>
#include <cstring>

namespace headgate::proxy::dns::server {
namespace {

// RFC 9018 section 4.3.
constexpr std::uint32_t kLifeSeconds = 3600;
constexpr std::uint32_t kAheadSecondsMax = 300;
constexpr std::uint32_t kFreshSeconds = 1800;
constexpr char kVersion = 1;
constexpr std::size_t kTimeAt = Cookies::kClientBytes + 4;
constexpr std::size_t kHashAt = Cookies::kClientBytes + 8;
constexpr std::size_t kHashedBytesMax = kHashAt + 16;

std::uint64_t little_endian(const char* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return word;  // headgate runs on x86-64 and arm64, both of which are
}
static_assert(std::endian::native == std::endian::little);

/// SipHash-2-4 (Aumasson, Bernstein 2012).
class SipHash {
 public:
  SipHash(std::uint64_t key0, std::uint64_t key1)
      : v0_(key0 ^ 0x736f6d6570736575),
        v1_(key1 ^ 0x646f72616e646f6d),
        v2_(key0 ^ 0x6c7967656e657261),
        v3_(key1 ^ 0x7465646279746573) {}

  std::uint64_t of(std::string_view bytes) {
    const std::uint64_t size = bytes.size();
    while (bytes.size() >= 8) {
      take(little_endian(bytes.data()));
      bytes.remove_prefix(8);
    }
    std::uint64_t last = size << 56;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      last |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
    }
    take(last);
    v2_ ^= 0xff;
    for (int i = 0; i < 4; ++i) mix();
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }

 private:
  void take(std::uint64_t word) {
    v3_ ^= word;
    mix();
    mix();
    v0_ ^= word;
  }
  void mix() {
    v0_ += v1_;
    v1_ = std::rotl(v1_, 13) ^ v0_;
    v0_ = std::rotl(v0_, 32);
    v2_ += v3_;
    v3_ = std::rotl(v3_, 16) ^ v2_;
    v0_ += v3_;
    v3_ = std::rotl(v3_, 21) ^ v0_;
    v2_ += v1_;
    v1_ = std::rotl(v1_, 17) ^ v2_;
    v2_ = std::rotl(v2_, 32);
  }

  std::uint64_t v0_;
  std::uint64_t v1_;
  std::uint64_t v2_;
  std::uint64_t v3_;
};

std::uint32_t time_of(std::string_view cookie) {
  std::uint32_t seconds = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    seconds = seconds << 8 | static_cast<unsigned char>(cookie[kTimeAt + i]);
  }
  return seconds;
}

}  // namespace

Cookies::Cookies(const Secret& secret)
    : key0_(little_endian(reinterpret_cast<const char*>(secret.data()))),
      key1_(little_endian(reinterpret_cast<const char*>(secret.data()) + 8)) {}

/// Of the client's part, of what stands before ours, and of the address (RFC 9018 section 4.4).
std::uint64_t Cookies::hash_of(std::string_view cookie, const base::IpAddress& address) const {
  std::array<char, kHashedBytesMax> hashed;
  std::memcpy(hashed.data(), cookie.data(), kHashAt);
  const std::size_t address_bytes = address.is_v4() ? 4 : 16;
  std::memcpy(hashed.data() + kHashAt, address.bytes().data() + 16 - address_bytes, address_bytes);
  return SipHash(key0_, key1_).of({hashed.data(), kHashAt + address_bytes});
}

Cookies::Standing Cookies::judge(std::string_view cookie, const base::IpAddress& address,
                                 std::uint32_t unix_seconds) const {
  if (cookie.empty()) return Standing::kNone;
  if (cookie.size() <= kClientBytes) return Standing::kNew;
  if (cookie.size() != kBytes || cookie[kClientBytes] != kVersion) return Standing::kBad;
  // In the arithmetic of serial numbers (RFC 1982), which outlives 2106.
  const std::uint32_t age = unix_seconds - time_of(cookie);
  if (age > kLifeSeconds && -age > kAheadSecondsMax) return Standing::kBad;
  return hash_of(cookie, address) == little_endian(cookie.data() + kHashAt) ? Standing::kValid : Standing::kBad;
}

std::string_view Cookies::reply_to(std::string_view cookie, Standing standing, const base::IpAddress& address,
                                   std::uint32_t unix_seconds, std::span<char, kBytes> room) const {
  if (standing == Standing::kValid) {
    const std::uint32_t age = unix_seconds - time_of(cookie);
    if (age <= kFreshSeconds || -age <= kAheadSecondsMax) return cookie;
  }
  std::memcpy(room.data(), cookie.data(), kClientBytes);
  std::memset(room.data() + kClientBytes, 0, kHashAt - kClientBytes);
  room[kClientBytes] = kVersion;
  for (std::size_t i = 0; i < 4; ++i) room[kTimeAt + i] = static_cast<char>(unix_seconds >> (24 - 8 * i));
  const std::uint64_t hash = hash_of({room.data(), kHashAt}, address);
  std::memcpy(room.data() + kHashAt, &hash, sizeof hash);
  return {room.data(), kBytes};
}

}  // namespace headgate::proxy::dns::server
