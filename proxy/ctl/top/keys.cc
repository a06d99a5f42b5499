#include "proxy/ctl/top/keys.h"

#include <algorithm>

#include "base/ascii.h"

namespace headgate::proxy::ctl::top {
namespace {

using Kind = Key::Kind;

Kind kind_of_letter(char letter) {
  switch (letter) {
    case 'A':
      return Kind::kUp;
    case 'B':
      return Kind::kDown;
    case 'H':
      return Kind::kHome;
    case 'F':
      return Kind::kEnd;
    default:
      return Kind::kOther;
  }
}

/// Of a sequence such as "5~".
Kind kind_of_number(std::string_view number) {
  if (number == "5") return Kind::kPageUp;
  if (number == "6") return Kind::kPageDown;
  if (number == "1" || number == "7") return Kind::kHome;
  return number == "4" || number == "8" ? Kind::kEnd : Kind::kOther;
}

/// The key of what follows an escape; takes its bytes away.
Key key_after_escape(std::string_view& bytes) {
  if (bytes.empty()) return {Kind::kEscape};
  const char opener = bytes.front();
  if (opener != '[' && opener != 'O') return {Kind::kEscape};  // Alt and a key: as if pressed one after the other
  std::size_t end = 1;
  while (end < bytes.size() && (base::is_digit(bytes[end]) || bytes[end] == ';')) ++end;
  if (end == bytes.size()) {
    bytes = {};
    return {Kind::kOther};
  }
  const std::string_view parameters = bytes.substr(1, end - 1);
  const char letter = bytes[end];
  bytes.remove_prefix(end + 1);
  return {letter == '~' ? kind_of_number(parameters) : kind_of_letter(letter)};
}

Key plain_key(char byte) {
  switch (byte) {
    case '\r':
    case '\n':
      return {Kind::kEnter};
    case 0x03:
      return {Kind::kInterrupt};
    case 0x1a:
      return {Kind::kSuspend};
    case 0x0c:
      return {Kind::kRedraw};
    default:
      return byte >= 0x20 && byte < 0x7f ? Key{Kind::kCharacter, byte} : Key{Kind::kOther};
  }
}

}  // namespace

std::vector<Key> keys_in(std::string_view bytes) {
  constexpr char kEscapeByte = 0x1b;
  std::vector<Key> keys;
  while (!bytes.empty()) {
    const char byte = bytes.front();
    bytes.remove_prefix(1);
    keys.push_back(byte == kEscapeByte ? key_after_escape(bytes) : plain_key(byte));
  }
  return keys;
}

}  // namespace headgate::proxy::ctl::top
