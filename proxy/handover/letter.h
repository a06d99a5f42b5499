#pragma once
#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace headgate::proxy::handover {

/// One listening socket of the predecessor, in the order in which the descriptors come.
struct LetterSocket {
  std::string bind;        ///< the key of the bind, or which of the admin server's; empty for one that was passed
  std::string passed;      ///< the name under which the service manager passed it; empty for one of a bind
  std::size_t worker = 0;  ///< whose it was
  friend bool operator==(const LetterSocket&, const LetterSocket&) = default;
};

/// What the predecessor tells its successor beside the descriptors. JSON, so that a later version may say more: members
/// that a reader does not know are passed over.
struct Letter {
  /// Counts changes that an older reader must not pass over.
  static constexpr int kFormat = 1;
  static constexpr std::size_t kBytesMax = 64 * 1024 * 1024;
  static constexpr std::size_t kSocketsMax = 16 * 1024;

  pid_t pid = 0;        ///< of the predecessor
  std::string version;  ///< its
  std::vector<LetterSocket> sockets;
  std::string health;       ///< as health_text() makes it; a letter of its own, with a format of its own
  std::string tickets;      ///< as tickets_text() makes it; another one
  std::string sticky_keys;  ///< of its own making, as they stand in a file
};

std::string letter_text(const Letter& letter);
/// Any text is a letter or an error; nothing is taken half.
base::Result<Letter> parse_letter(std::string_view text);

}  // namespace headgate::proxy::handover
