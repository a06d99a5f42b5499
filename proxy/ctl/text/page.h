#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace headgate::proxy::ctl::text {

/// What a color says; there is always a word that says it too.
enum class Tone : std::uint8_t { kPlain, kGood, kWarning, kBad, kQuiet, kTitle, kChosen };

/// What texts are made for: how much room there is, whether there are colors, and what time it is.
struct Page {
  int width = 0;        ///< columns; 0: no bound, for pipes and files
  bool colors = false;  ///< SGR sequences (ECMA-48) may be written
  base::WallTime now = {};

  /// A text that fills `limit` where the page has no bound of its own.
  int width_or(int limit) const { return width > 0 ? width : limit; }
  /// `text` in its color.
  std::string paint(Tone tone, std::string_view text) const;
};

/// The color of a backend's state: up, draining, ejected...
Tone tone_of_state(std::string_view state);

}  // namespace headgate::proxy::ctl::text
