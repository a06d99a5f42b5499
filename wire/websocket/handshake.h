#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

// The opening handshake of WebSocket over HTTP/1.1 (RFC 6455 section 4), as far as a proxy must speak it for a side
// that does not: over HTTP/2 (RFC 8441) there is no key. Frames are nobody's business here.
namespace headgate::wire::websocket {

inline constexpr std::string_view kKeyField = "Sec-WebSocket-Key";
inline constexpr std::string_view kAcceptField = "Sec-WebSocket-Accept";
inline constexpr std::size_t kNonceBytes = 16;

/// An Upgrade field offers WebSocket and nothing else.
bool is_websocket(std::string_view upgrade);

/// The value of Sec-WebSocket-Key for a nonce.
std::string key_of(std::span<const std::uint8_t, kNonceBytes> nonce);
/// The Sec-WebSocket-Accept that answers a key.
std::string accept_of(std::string_view key);

}  // namespace headgate::wire::websocket
