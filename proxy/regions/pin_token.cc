#include "proxy/regions/pin_token.h"

#include <fmt/core.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <charconv>
#include <cstring>

#include "base/result.h"
#include "proxy/sticky/base64url.h"

namespace headgate::proxy::regions {
namespace {

constexpr std::size_t kMacText = 32;
/// The same keys may seal sticky cookies: nothing that is made with them there means anything here.
constexpr std::string_view kPurpose = "headgate: a client's region";

std::array<std::uint8_t, 32> hmac(const config::StickyKey& key, std::string_view text) {
  std::array<std::uint8_t, 32> out{};
  unsigned int length = 0;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (::HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, text.size(), out.data(), &length) ==
      nullptr) {
    base::invariant_broken("HMAC-SHA-256 failed");
  }
  return out;
}

}  // namespace

PinSigner::PinSigner(const config::StickyKeys& keys) {
  for (const config::StickyKey& key : keys) keys_.push_back(hmac(key, kPurpose));
}

PinSigner::Mac PinSigner::mac_of(const config::StickyKey& key, std::string_view said) {
  Mac out;
  const std::array<std::uint8_t, 32> whole = hmac(key, said);
  std::memcpy(out.data(), whole.data(), out.size());
  return out;
}

std::string PinSigner::sign(std::string_view region, std::uint64_t expires) const {
  const std::string said = fmt::format("{}.{}", expires, region);
  char mac[kMacText];
  sticky::write_base64url(mac_of(keys_.front(), said), mac);
  return std::string(mac, sizeof mac) + "." + said;
}

std::optional<Pin> PinSigner::read(std::string_view text) const {
  if (text.size() <= kMacText || text.size() > kTextMax || text[kMacText] != '.') return std::nullopt;
  Mac shown;
  if (!sticky::read_base64url(text.substr(0, kMacText), shown)) return std::nullopt;
  const std::string_view said = text.substr(kMacText + 1);
  bool is_ours = false;
  for (const config::StickyKey& key : keys_) {
    is_ours |= ::CRYPTO_memcmp(mac_of(key, said).data(), shown.data(), shown.size()) == 0;
  }
  if (!is_ours) return std::nullopt;
  Pin out;
  const std::from_chars_result parsed = std::from_chars(said.data(), said.data() + said.size(), out.expires);
  if (parsed.ec != std::errc{} || parsed.ptr == said.data() + said.size() || *parsed.ptr != '.') return std::nullopt;
  out.region = said.substr(static_cast<std::size_t>(parsed.ptr - said.data()) + 1);
  return out;
}

}  // namespace headgate::proxy::regions
