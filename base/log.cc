#include "base/log.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/dist_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

namespace headgate::base {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

/// Whether stderr is a stream of the journal: JOURNAL_STREAM is inherited by those too whose stderr was redirected.
bool stderr_is_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat file;
  if (stream == nullptr || ::fstat(STDERR_FILENO, &file) != 0) return false;
  return fmt::format("{}:{}", file.st_dev, file.st_ino) == stream;
}

std::string_view journal_priority(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::debug:
      return "<7>";
    case spdlog::level::warn:
      return "<4>";
    case spdlog::level::err:
      return "<3>";
    default:
      return "<6>";
  }
}

/// The text with the priority before each of its lines, since each becomes an entry of its own; without empty lines.
template <class Out>
void append_for_journal(std::string_view priority, std::string_view text, Out& out) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) {
      out.append(priority.data(), priority.data() + priority.size());
      out.append(text.data(), text.data() + end);
      out.push_back('\n');
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

class JournalFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    append_for_journal(journal_priority(message.level), {message.payload.data(), message.payload.size()}, out);
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JournalFormatter>(); }
};

std::unique_ptr<spdlog::formatter> formatter_for(std::string_view file) {
  if (file == "stderr" && stderr_is_journal()) return std::make_unique<JournalFormatter>();
  return std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
}

}  // namespace

std::string_view to_string(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarn:
      return "warn";
    case LogLevel::kError:
      return "error";
  }
  return "unknown";
}

void say(LogLevel level, std::string_view text) {
  std::string out;
  if (stderr_is_journal()) {
    append_for_journal(journal_priority(to_spdlog(level)), text, out);
  } else {
    out = text;
  }
  std::fwrite(out.data(), 1, out.size(), stderr);
}

struct Log::Sink {
  std::string file;
  // A file is opened anew by putting another sink in its place, under dist_sink's lock.
  std::shared_ptr<spdlog::sinks::dist_sink_mt> current = std::make_shared<spdlog::sinks::dist_sink_mt>();
  std::shared_ptr<spdlog::logger> logger;
  std::atomic<LogLevel> level{LogLevel::kInfo};

  Result<void> open() {
    std::shared_ptr<spdlog::sinks::sink> sink;
    try {
      if (file == "stderr") {
        sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
      } else if (file == "stdout") {
        sink = std::make_shared<spdlog::sinks::stdout_sink_mt>();
      } else {
        sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file);
      }
    } catch (const spdlog::spdlog_ex& refused) {
      return Error{ErrorKind::kSystem, Fault::kUser, refused.what()};
    }
    sink->set_formatter(formatter_for(file));
    current->set_sinks({std::move(sink)});
    return {};
  }
};

Log::Log(std::unique_ptr<Sink> sink) : sink_(std::move(sink)) {}
Log::~Log() = default;

Result<std::unique_ptr<Log>> Log::open(std::string_view file, LogLevel level) {
  auto sink = std::make_unique<Sink>();
  sink->file = file;
  sink->level = level;
  const Result<void> opened = sink->open();
  if (!opened) return opened.error();
  sink->logger = std::make_shared<spdlog::logger>("headgate", sink->current);
  sink->logger->set_level(spdlog::level::debug);
  sink->logger->flush_on(spdlog::level::debug);
  return std::unique_ptr<Log>(new Log(std::move(sink)));
}

void Log::set_level(LogLevel level) {
  sink_->level.store(level, std::memory_order_relaxed);
}
LogLevel Log::level() const {
  return sink_->level.load(std::memory_order_relaxed);
}

Result<void> Log::move_to(std::string_view file) {
  if (file == sink_->file) return {};
  const std::string before = std::exchange(sink_->file, std::string(file));
  Result<void> opened = sink_->open();
  if (!opened) sink_->file = before;
  return opened;
}

Result<void> Log::reopen() {
  if (sink_->file == "stderr" || sink_->file == "stdout") return {};
  return sink_->open();
}

void Log::write(LogLevel level, std::string_view line) {
  sink_->logger->log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace headgate::base
