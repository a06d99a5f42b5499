#include "proxy/ctl/words/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/ascii.h"
#include "proxy/ctl/text/columns.h"

namespace headgate::proxy::ctl::words {
namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

void write_all(std::FILE* out, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), out);
  std::fflush(out);
}

/// JSON has characters beyond ASCII as they are; of those, the ones that a terminal would act on are escaped.
std::string json_for_terminal(const client::Json& json) {
  return text::printable_json(json.dump(2, ' ', false, client::Json::error_handler_t::replace)) + "\n";
}

}  // namespace

bool is_utf8_locale() {
  // The order in which setlocale() looks for LC_CTYPE.
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string value = base::lowered(environment(name));
    if (!value.empty()) return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
  }
  return false;
}

Size terminal_size(int fd) {
  winsize found{};
  if (::ioctl(fd, TIOCGWINSZ, &found) != 0 || found.ws_col == 0 || found.ws_row == 0) return {};
  return {found.ws_col, found.ws_row};
}

Console::Console(bool wants_json)
    : wants_json_(wants_json),
      is_terminal_(::isatty(STDOUT_FILENO) == 1),
      has_error_terminal_(::isatty(STDERR_FILENO) == 1),
      is_utf8_(is_utf8_locale()),
      has_colors_(is_terminal_ && environment("NO_COLOR").empty() && environment("TERM") != "dumb") {}

text::Page Console::page() const {
  return {is_terminal_ ? terminal_size(STDOUT_FILENO).columns : 0, has_colors_, base::wall_now()};
}

std::string Console::shown(std::string_view text) const {
  return is_utf8_ ? std::string(text) : text::ascii_only(text);
}

void Console::print(std::string_view text) const {
  // A pipe gets UTF-8 whatever the locale: whoever reads it compares names.
  write_all(stdout, is_terminal_ ? shown(text) : std::string(text));
}

void Console::print_raw(std::string_view text) const {
  write_all(stdout, text);
}

void Console::print_json(const client::Answer& answer) const {
  if (is_terminal_) return print(json_for_terminal(answer.json));
  print_raw(answer.text.ends_with('\n') ? answer.text : answer.text + "\n");
}

void Console::print_json(const client::Json& json) const {
  const std::string text = json_for_terminal(json);
  is_terminal_ ? print(text) : print_raw(text);
}

void Console::complain(std::string_view text) const {
  print_error("headgate ctl: " + std::string(text) + "\n");
}

void Console::print_error(std::string_view text) const {
  write_all(stderr, has_error_terminal_ ? shown(text) : std::string(text));
}

void Console::progress(std::string_view text) const {
  if (!has_error_terminal_) return;
  // One column is left free: a full line makes some terminals begin a new one.
  const int room = terminal_size(STDERR_FILENO).columns - 1;
  write_all(stderr, "\r\x1b[K" + shown(text::cut_end(text, room)));
}

void Console::clear_progress() const {
  if (has_error_terminal_) write_all(stderr, "\r\x1b[K");
}

std::optional<client::Answer> Console::ask(const client::Client& client, const client::Question& question) const {
  base::Result<client::Answer> answer = client.ask(question);
  if (!answer) {
    complain(answer.error().message);
    return std::nullopt;
  }
  if (answer->is_well()) return std::move(*answer);
  if (wants_json_) print_json(*answer);
  complain(answer->refusal());
  return std::nullopt;
}

}  // namespace headgate::proxy::ctl::words
