#include "wire/tls/client_hello.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace headgate::wire::tls {
namespace {

constexpr std::uint8_t kHandshakeRecord = 22;
constexpr std::uint8_t kClientHelloMessage = 1;
constexpr std::size_t kRecordHeaderBytes = 5;
constexpr std::size_t kMessageHeaderBytes = 4;
constexpr std::size_t kFragmentBytesMax = 1 << 14;
constexpr std::uint16_t kServerNameExtension = 0;
constexpr std::uint16_t kAlpnExtension = 16;
constexpr std::uint8_t kHostName = 0;
constexpr std::size_t kServerNameBytesMax = 255;

std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

/// Takes vectors and numbers off the front of a message, never beyond its end.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : rest_(bytes) {}
  bool at_end() const { return rest_.empty(); }

  std::optional<std::string_view> take(std::size_t bytes) {
    if (bytes > rest_.size()) return std::nullopt;
    const std::string_view taken = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return taken;
  }
  /// A number of `width` bytes, at most 3.
  std::optional<std::size_t> number(std::size_t width) {
    const std::optional<std::string_view> bytes = take(width);
    if (!bytes) return std::nullopt;
    std::size_t value = 0;
    for (std::size_t i = 0; i < width; ++i) value = value << 8 | byte_at(*bytes, i);
    return value;
  }
  /// A vector with its length in `width` bytes before it.
  std::optional<std::string_view> vector(std::size_t width) {
    const std::optional<std::size_t> bytes = number(width);
    return bytes ? take(*bytes) : std::nullopt;
  }

 private:
  std::string_view rest_;
};

bool is_server_name(std::string_view name) {
  if (name.empty() || name.size() > kServerNameBytesMax) return false;
  return std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7f; });
}

/// RFC 6066 section 3: a list, in which there is one name, of a host.
bool read_server_name(std::string_view extension, ClientHello& hello) {
  Cursor whole(extension);
  const std::optional<std::string_view> list = whole.vector(2);
  if (!list || !whole.at_end()) return false;
  Cursor entries(*list);
  const std::optional<std::size_t> type = entries.number(1);
  if (type != kHostName) return false;
  const std::optional<std::string_view> name = entries.vector(2);
  if (!name || !entries.at_end() || !is_server_name(*name)) return false;
  hello.server_name = *name;
  return true;
}

/// RFC 7301 section 3.1: a list that is not empty, of names that are not.
bool read_protocols(std::string_view extension, ClientHello& hello) {
  Cursor whole(extension);
  const std::optional<std::string_view> list = whole.vector(2);
  if (!list || !whole.at_end() || list->empty()) return false;
  Cursor names(*list);
  while (!names.at_end()) {
    const std::optional<std::string_view> name = names.vector(1);
    if (!name || name->empty()) return false;
  }
  hello.protocols = *list;
  return true;
}

bool read_extensions(std::string_view extensions, ClientHello& hello) {
  Cursor all(extensions);
  bool named = false;
  bool offered = false;
  while (!all.at_end()) {
    const std::optional<std::size_t> type = all.number(2);
    const std::optional<std::string_view> body = all.vector(2);
    if (!type || !body) return false;
    // One that stands there twice could be understood two ways: by us, and by the server behind us.
    if (*type == kServerNameExtension) {
      if (std::exchange(named, true) || !read_server_name(*body, hello)) return false;
    } else if (*type == kAlpnExtension) {
      if (std::exchange(offered, true) || !read_protocols(*body, hello)) return false;
    }
  }
  return true;
}

/// `message` is what follows the message's header.
bool read_message(std::string_view message, ClientHello& hello) {
  Cursor at(message);
  const std::optional<std::size_t> version = at.number(2);
  const std::optional<std::string_view> random = at.take(32);
  const std::optional<std::string_view> session = at.vector(1);
  const std::optional<std::string_view> ciphers = at.vector(2);
  const std::optional<std::string_view> compressions = at.vector(1);
  if (!version || !random || !session || !ciphers || !compressions) return false;
  if (*version >> 8 != 3 || session->size() > 32) return false;
  if (ciphers->empty() || ciphers->size() % 2 != 0 || compressions->empty()) return false;
  if (at.at_end()) return true;  // TLS 1.2 allows a hello without extensions
  const std::optional<std::string_view> extensions = at.vector(2);
  return extensions && at.at_end() && read_extensions(*extensions, hello);
}

/// Whether what has come can be the header of a handshake record, as far as it goes.
bool is_handshake_record(std::string_view header) {
  if (header.size() > 0 && byte_at(header, 0) != kHandshakeRecord) return false;
  return header.size() <= 1 || byte_at(header, 1) == 3;
}

/// The handshake message as far as it has come, record after record. Its first record's bytes while there is one.
struct Message {
  HelloState state = HelloState::kNeedMore;  ///< kDone: whole
  std::string_view first;
  std::size_t records = 0;
  std::size_t bytes = 0;  ///< of the message, its header included; 0: not known yet
};

Message find_message(std::string_view received, std::string* joined) {
  Message out;
  std::size_t there = 0;
  std::array<std::uint8_t, kMessageHeaderBytes> header{};
  for (std::size_t at = 0; out.bytes == 0 || there < out.bytes;) {
    const std::string_view rest = received.substr(at);
    if (!is_handshake_record(rest)) {
      out.state = out.records == 0 ? HelloState::kNotTls : HelloState::kMalformed;
      return out;
    }
    if (rest.size() < kRecordHeaderBytes) return out;
    const std::size_t fragment_bytes = static_cast<std::size_t>(byte_at(rest, 3)) << 8 | byte_at(rest, 4);
    if (fragment_bytes == 0 || fragment_bytes > kFragmentBytesMax) {
      out.state = HelloState::kMalformed;
      return out;
    }
    if (++out.records > kRecordsMax) {
      out.state = HelloState::kTooLarge;
      return out;
    }
    const std::string_view fragment = rest.substr(kRecordHeaderBytes, fragment_bytes);
    for (std::size_t i = 0; i < fragment.size() && there + i < kMessageHeaderBytes; ++i) {
      header[there + i] = byte_at(fragment, i);
    }
    if (out.records == 1) out.first = fragment;
    if (joined != nullptr) joined->append(fragment);
    there += fragment.size();
    if (there > 0 && header[0] != kClientHelloMessage) {
      out.state = HelloState::kMalformed;
      return out;
    }
    if (there >= kMessageHeaderBytes) {
      out.bytes = kMessageHeaderBytes +
                  (static_cast<std::size_t>(header[1]) << 16 | static_cast<std::size_t>(header[2]) << 8 | header[3]);
    }
    if (out.bytes > kHelloBytesMax - kRecordHeaderBytes) {
      out.state = HelloState::kTooLarge;
      return out;
    }
    if (fragment.size() < fragment_bytes) break;
    at += kRecordHeaderBytes + fragment_bytes;
  }
  if (out.bytes != 0 && there >= out.bytes) out.state = HelloState::kDone;
  return out;
}

}  // namespace

bool offers(std::string_view protocols, std::string_view protocol) {
  Cursor names(protocols);
  while (!names.at_end()) {
    if (names.vector(1) == protocol) return true;
  }
  return false;
}

HelloState parse_client_hello(std::string_view received, ClientHello& hello) {
  hello.server_name = hello.protocols = {};
  const Message found = find_message(received.substr(0, kHelloBytesMax), nullptr);
  if (found.state == HelloState::kNeedMore && received.size() >= kHelloBytesMax) return HelloState::kTooLarge;
  if (found.state != HelloState::kDone) return found.state;
  std::string_view message = found.first;
  if (found.records > 1) {
    hello.joined.clear();
    find_message(received.substr(0, kHelloBytesMax), &hello.joined);
    message = hello.joined;
  }
  message = message.substr(0, found.bytes);
  if (read_message(message.substr(kMessageHeaderBytes), hello)) return HelloState::kDone;
  hello.server_name = hello.protocols = {};
  return HelloState::kMalformed;
}

}  // namespace headgate::wire::tls
