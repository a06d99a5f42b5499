#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "proxy/ctl/client/client.h"
#include "proxy/ctl/text/page.h"

namespace headgate::proxy::ctl::words {

// What a word ends with.
inline constexpr int kWell = 0;
inline constexpr int kRefused = 1;  ///< the daemon said no, or cannot be reached
inline constexpr int kUsage = 2;

/// Standard output and standard error as a word sees them.
class Console {
 public:
  /// Looks at what they are: terminals or not, how wide, whether set to UTF-8 (LC_ALL, LC_CTYPE, LANG); colors are for
  /// terminals other than "dumb", without NO_COLOR (no-color.org). `wants_json`: the daemon's JSON in place of texts.
  explicit Console(bool wants_json);

  bool wants_json() const { return wants_json_; }
  bool is_terminal() const { return is_terminal_; }
  bool has_colors() const { return has_colors_; }
  /// For standard output; `now` is read anew.
  text::Page page() const;

  /// To standard output; `text` is printable, line ends apart.
  void print(std::string_view text) const;
  /// To standard output, byte for byte.
  void print_raw(std::string_view text) const;
  /// The daemon's JSON: as it came, or indented where standard output is a terminal.
  void print_json(const client::Answer& answer) const;
  /// JSON that is made of several answers.
  void print_json(const client::Json& json) const;
  /// "headgate ctl: TEXT" to standard error.
  void complain(std::string_view text) const;
  /// Lines to standard error, as they are.
  void print_error(std::string_view text) const;

  /// A line on standard error, if that is a terminal, which the next one takes the place of. clear_progress() takes it
  /// away.
  void progress(std::string_view text) const;
  void clear_progress() const;

  /// The good answer to a question. Otherwise it was said why there is none: a sentence on standard error, and with
  /// JSON wanted also the daemon's refusal on standard output.
  std::optional<client::Answer> ask(const client::Client& client, const client::Question& question) const;

 private:
  std::string shown(std::string_view text) const;

  bool wants_json_;
  bool is_terminal_;
  bool has_error_terminal_;
  bool is_utf8_;
  bool has_colors_;
};

/// Columns and rows of the terminal behind a descriptor; 80 and 24 where it does not say.
struct Size {
  int columns = 80;
  int rows = 24;
};
Size terminal_size(int fd);

/// Whether the environment's locale is one of UTF-8.
bool is_utf8_locale();

}  // namespace headgate::proxy::ctl::words
