#include "wire/websocket/handshake.h"

#include <openssl/evp.h>

#include <array>

#include "base/ascii.h"
#include "base/result.h"

namespace headgate::wire::websocket {
namespace {

/// RFC 6455 section 1.3.
constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::size_t kSha1Bytes = 20;

std::string base64_of(std::span<const std::uint8_t> bytes) {
  std::array<unsigned char, 32> text;  // of at most 20 bytes: 28 characters and a zero
  const int length = EVP_EncodeBlock(text.data(), bytes.data(), static_cast<int>(bytes.size()));
  return {reinterpret_cast<const char*>(text.data()), static_cast<std::size_t>(length)};
}

}  // namespace

bool is_websocket(std::string_view upgrade) {
  return base::equals_ignoring_case(upgrade, "websocket");
}

std::string key_of(std::span<const std::uint8_t, kNonceBytes> nonce) {
  return base64_of(nonce);
}

std::string accept_of(std::string_view key) {
  std::string text(key);
  text += kGuid;
  std::array<std::uint8_t, kSha1Bytes> digest{};
  if (EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha1(), nullptr) != 1) {
    base::invariant_broken("libcrypto has no SHA-1, which WebSocket is made of");
  }
  return base64_of(digest);
}

}  // namespace headgate::wire::websocket
