#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// What a client of TLS says before anything is encrypted, for those who pass TLS on without terminating it.
namespace headgate::wire::tls {

enum class HelloState : std::uint8_t {
  kDone,
  kNeedMore,
  kNotTls,     ///< the first bytes are no handshake record of SSL 3.0 or later
  kMalformed,  ///< a handshake that breaks RFC 8446 or RFC 6066
  kTooLarge,   ///< over kHelloBytesMax or kRecordsMax
};

/// As received, record headers included. Those of today's browsers, with post-quantum key shares, are under 2 KiB.
inline constexpr std::size_t kHelloBytesMax = 16 * 1024;
/// Records that one hello may be split over. Browsers split it over two or three; without a bound a client could have
/// it put together anew for each of thousands of one-byte records.
inline constexpr std::size_t kRecordsMax = 64;

/// What matters of a ClientHello (RFC 8446 section 4.1.2). Views are into the bytes that were parsed, or, where the
/// hello was split over records, into `joined`. With Encrypted Client Hello this is the outer one: its name is the
/// public one of the server in front.
struct ClientHello {
  std::string_view server_name;  ///< as sent, 1 to 255 printable bytes (RFC 6066 section 3); empty: none was sent
  std::string_view protocols;    ///< of ALPN (RFC 7301), each with its length before it; empty: none were sent
  std::string joined;            ///< the handshake message, where records cut it

  ClientHello() = default;
  ClientHello(const ClientHello&) = delete;  // the views may be into `joined`
  ClientHello& operator=(const ClientHello&) = delete;
};

/// Whether this protocol is among those of a hello.
bool offers(std::string_view protocols, std::string_view protocol);

/// Parses what a client sent first. `received` begins with its first byte and holds all that has come so far; what
/// follows the hello is not looked at. What cannot become a ClientHello any more is told at once. `hello` is filled on
/// kDone alone. Unknown extensions, GREASE among them (RFC 8701), are passed over.
HelloState parse_client_hello(std::string_view received, ClientHello& hello);

/// RFC 8446 section 6.2.
enum class Alert : std::uint8_t { kDecodeError = 50, kUnrecognizedName = 112 };

/// A fatal alert as a record of its own, unencrypted: what a client understands that waits for a ServerHello.
constexpr std::array<char, 7> fatal_alert(Alert alert) {
  return {0x15, 0x03, 0x03, 0x00, 0x02, 0x02, static_cast<char>(alert)};
}

}  // namespace headgate::wire::tls
