#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace headgate::proxy::access_log {

/// Where lines go. Belongs to the writer's thread.
class Sink {
 public:
  virtual ~Sink() = default;
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  struct Outcome {
    std::uint64_t lines_lost = 0;
    std::optional<base::Error> error;  ///< why, if any were
  };
  /// Whole lines, each with its line feed. Waits at most kStall for a reader that does not read.
  virtual Outcome write(std::string_view lines) = 0;
  /// Opens what has a name anew; on an error the old one stays.
  virtual base::Result<void> reopen() { return {}; }

  static constexpr int kStallMs = 1000;

  /// "stdout", "syslog", or the path of a file: appended to, created with mode 0640.
  static base::Result<std::unique_ptr<Sink>> open(const std::string& file);
  /// A datagram for each line, as facility daemon, level info, to the socket of a syslog daemon.
  static base::Result<std::unique_ptr<Sink>> open_syslog(const std::string& socket_path);
};

}  // namespace headgate::proxy::access_log
