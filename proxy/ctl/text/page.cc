#include "proxy/ctl/text/page.h"

namespace headgate::proxy::ctl::text {

std::string Page::paint(Tone tone, std::string_view text) const {
  if (!colors || tone == Tone::kPlain || text.empty()) return std::string(text);
  std::string_view begin;
  switch (tone) {
    case Tone::kPlain:
      break;
    case Tone::kGood:
      begin = "\x1b[32m";
      break;
    case Tone::kWarning:
      begin = "\x1b[33m";
      break;
    case Tone::kBad:
      begin = "\x1b[1;31m";
      break;
    case Tone::kQuiet:
      begin = "\x1b[2m";
      break;
    case Tone::kTitle:
      begin = "\x1b[1m";
      break;
    case Tone::kChosen:
      begin = "\x1b[7m";
      break;
  }
  return std::string(begin).append(text).append("\x1b[0m");
}

Tone tone_of_state(std::string_view state) {
  if (state == "up" || state == "serving") return Tone::kGood;
  if (state == "down" || state == "ejected") return Tone::kBad;
  return Tone::kWarning;
}

}  // namespace headgate::proxy::ctl::text
