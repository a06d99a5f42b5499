#pragma once
#include <fmt/core.h>

#include <memory>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace spdlog {
class logger;
}

namespace headgate::base {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError };
/// As the configuration names it: "debug", "info", "warn", "error".
std::string_view to_string(LogLevel level);

/// For what is said before there is a Log, and instead of one: to stderr, with priorities if that is the journal.
void say(LogLevel level, std::string_view text);

/// The daemon's own log (not the access log): rare lines for the operator, from any thread, to stderr or a file. Where
/// stderr is the journal (JOURNAL_STREAM in the environment says so), each line begins with its priority, as in
/// sd-daemon(3), and has no time: the journal has its own. `main` owns the one Log and hands it to the parts that need
/// it.
class Log {
 public:
  /// `file` is a path, "stderr" or "stdout". A file that cannot be opened is an error.
  static Result<std::unique_ptr<Log>> open(std::string_view file, LogLevel level);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void set_level(LogLevel level);
  LogLevel level() const;
  /// Goes on in another file (or stderr, stdout); on an error it stays where it is.
  Result<void> move_to(std::string_view file);
  /// Opens the file anew under its name, after logrotate moved it. Nothing for stderr and stdout.
  Result<void> reopen();

  template <class... Args>
  void debug(fmt::format_string<Args...> format, Args&&... args) {
    if (level() <= LogLevel::kDebug) write(LogLevel::kDebug, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) {
    if (level() <= LogLevel::kInfo) write(LogLevel::kInfo, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void warn(fmt::format_string<Args...> format, Args&&... args) {
    if (level() <= LogLevel::kWarn) write(LogLevel::kWarn, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) {
    write(LogLevel::kError, fmt::format(format, std::forward<Args>(args)...));
  }
  void write(LogLevel level, std::string_view line);

 private:
  struct Sink;
  explicit Log(std::unique_ptr<Sink> sink);
  std::unique_ptr<Sink> sink_;
};

}  // namespace headgate::base
