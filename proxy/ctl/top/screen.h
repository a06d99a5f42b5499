#pragma once
#include <termios.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "proxy/ctl/words/console.h"

namespace headgate::proxy::ctl::top {

/// The terminal of standard output while top has it: raw, on its alternate screen, without a cursor. What was there
/// comes back with leave(), with the destructor, and with a crash.
class Screen {
 public:
  /// An Error if standard output is no terminal, or cannot be opened.
  static base::Result<std::unique_ptr<Screen>> open();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  void enter();
  void leave();

  words::Size size() const { return words::terminal_size(fd_); }
  /// Shows these lines from the top in one write. Never waits: a terminal that takes nothing misses some.
  void draw(const std::vector<std::string>& lines);
  /// What was typed since; `is_gone` tells that the terminal is.
  std::string read(bool& is_gone);
  int fd() const { return fd_; }

 private:
  Screen(int fd, const termios& before) : fd_(fd), before_(before), is_utf8_(words::is_utf8_locale()) {}
  void send(std::string_view bytes);

  int fd_;
  termios before_;
  bool is_utf8_;
  bool is_entered_ = false;
  std::string unsent_;  // of a drawing that the terminal did not take at once
};

}  // namespace headgate::proxy::ctl::top
