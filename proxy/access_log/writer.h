#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "proxy/access_log/line/format.h"
#include "proxy/access_log/ring.h"
#include "proxy/access_log/sink.h"

namespace headgate::proxy::access_log {

/// How lines are made and where they go.
struct Target {
  line::Format format;
  std::unique_ptr<Sink> sink;
};

/// The one thread that empties the rings. It looks every kPause, or when a ring that is half full wakes it, and writes
/// what it found in pieces of up to kBufferBytes. What cannot be written is lost and counted; the first loss and the
/// end of losing are said in the log.
class Writer {
 public:
  static constexpr int kPauseMs = 50;
  static constexpr std::size_t kBufferBytes = 256 * 1024;

  /// `wake_fd` is the eventfd that the rings know. Both outlive the writer.
  Writer(std::vector<Ring*> rings, int wake_fd, base::Log& log);
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  base::Result<void> start();
  /// Writes what is in the rings and ends the thread. Nobody may push any more.
  void stop();

  // From any thread; done at the writer's next turn, which this brings about.
  void set_target(std::optional<Target> target);  ///< nothing: entries are thrown away
  void reopen();                                  ///< what was pushed before still goes to the old file

  // Any thread.
  std::uint64_t written() const { return written_.load(std::memory_order_relaxed); }
  std::uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

 private:
  void run();
  void wake();
  void wait();
  void take_target();
  void reopen_sink();
  bool drain(Ring& ring);
  void flush();
  void note(const Sink::Outcome& outcome);

  const std::vector<Ring*> rings_;
  const int wake_fd_;
  base::Log& log_;

  std::mutex new_target_mutex_;
  std::optional<std::optional<Target>> new_target_;
  std::atomic<bool> reopen_wanted_{false};
  std::atomic<bool> stop_wanted_{false};
  std::thread thread_;

  // The thread's own.
  std::optional<Target> target_;
  std::unique_ptr<char[]> buffer_;
  std::size_t buffer_bytes_ = 0;
  char* end_ = nullptr;  // of the lines in the buffer
  std::uint64_t lines_ = 0;
  std::uint64_t lost_in_a_row_ = 0;
  std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> lost_{0};
};

}  // namespace headgate::proxy::access_log
