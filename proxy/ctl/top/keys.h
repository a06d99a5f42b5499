#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace headgate::proxy::ctl::top {

/// What a person pressed. A printable ASCII character stands for itself.
struct Key {
  enum class Kind : std::uint8_t {
    kCharacter,
    kUp,
    kDown,
    kPageUp,
    kPageDown,
    kHome,
    kEnd,
    kEnter,
    kEscape,
    kInterrupt,  ///< Ctrl-C
    kSuspend,    ///< Ctrl-Z
    kRedraw,     ///< Ctrl-L
    kOther,
  };
  Kind kind = Kind::kOther;
  char character = 0;  ///< for kCharacter

  friend bool operator==(const Key&, const Key&) = default;
};

/// The keys in what a terminal in raw mode sent at once (ECMA-48 and xterm's sequences). An escape with nothing behind
/// it is the key of that name. What is not known is kOther, one for the whole of a sequence.
std::vector<Key> keys_in(std::string_view bytes);

}  // namespace headgate::proxy::ctl::top
