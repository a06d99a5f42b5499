#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace headgate::wire::tls {

inline std::string number(std::size_t value, int width) {
  std::string out;
  for (int shift = (width - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
  return out;
}

inline std::string vector(const std::string& bytes, int width) {
  return number(bytes.size(), width) + bytes;
}

inline std::string extension(std::uint16_t type, const std::string& body) {
  return number(type, 2) + vector(body, 2);
}

inline std::string server_names(const std::string& name) {
  return vector(std::string(1, '\0') + vector(name, 2), 2);
}

inline std::string protocol_list(const std::vector<std::string>& protocols) {
  std::string out;
  for (const std::string& each : protocols) out += vector(each, 1);
  return vector(out, 2);
}

/// What goes into a ClientHello that tests make.
struct MadeHello {
  std::string server_name = {};
  std::vector<std::string> protocols = {};
  std::string other = {};  ///< further extensions
  std::size_t ciphers = 4;
  std::size_t session = 32;
  std::size_t padding = SIZE_MAX;  ///< bytes of RFC 7685's extension; SIZE_MAX: without it
  bool with_extensions = true;
  std::string trailing = {};
};

/// The handshake message, its header included.
inline std::string hello_message(const MadeHello& made) {
  std::string extensions;
  if (!made.server_name.empty()) extensions += extension(0, server_names(made.server_name));
  if (!made.protocols.empty()) extensions += extension(16, protocol_list(made.protocols));
  if (made.padding != SIZE_MAX) extensions += extension(21, std::string(made.padding, '\0'));
  extensions += made.other;
  std::string body = "\x03\x03" + std::string(32, 'r') + vector(std::string(made.session, 's'), 1) +
                     vector(std::string(made.ciphers, 'c'), 2) + vector(std::string(1, '\0'), 1);
  if (made.with_extensions) body += vector(extensions, 2);
  return "\x01" + vector(body + made.trailing, 3);
}

inline std::string record(const std::string& fragment, std::uint8_t type = 0x16) {
  return number(type, 1) + "\x03\x01" + vector(fragment, 2);
}

}  // namespace headgate::wire::tls
