#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "config/config.h"
#include "proxy/access_log/ring.h"
#include "proxy/access_log/writer.h"

namespace headgate::proxy::access_log {

/// The access log: a ring for each worker, and one thread that makes lines of what they push and writes them.
///
///     Result<std::unique_ptr<AccessLog>> log = AccessLog::open(config.access_log, config.workers, daemon_log);
///     Ring& ring = (*log)->ring(worker);                                    // each worker
///     if (ring.wants()) ring.push(entry_of(record, request, listener, "HTTP/1.1", TellsPlace::kNo));
class AccessLog {
 public:
  /// Without settings nothing is logged, until apply() says otherwise. An error names the key that is wrong.
  static base::Result<std::unique_ptr<AccessLog>> open(const std::optional<config::AccessLog>& settings,
                                                       std::size_t workers, base::Log& log);
  ~AccessLog();
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  Ring& ring(std::size_t worker) { return *rings_[worker]; }

  /// Other settings, at a reload. On an error everything stays as it was. From one thread.
  base::Result<void> apply(const std::optional<config::AccessLog>& settings);
  /// Opens the file anew, after it was moved away (USR1). From any thread.
  void reopen() { writer_->reopen(); }
  /// Writes what has been pushed. The workers have stopped.
  void stop() { writer_->stop(); }

  // From any thread.
  std::uint64_t written() const { return writer_->written(); }
  std::uint64_t dropped_by_full_rings() const;
  std::uint64_t lost_by_writing() const { return writer_->lost(); }
  /// Both together.
  std::uint64_t dropped() const { return dropped_by_full_rings() + lost_by_writing(); }

 private:
  explicit AccessLog(int wake_fd) : wake_fd_(wake_fd) {}

  int wake_fd_;
  std::vector<std::unique_ptr<Ring>> rings_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace headgate::proxy::access_log
