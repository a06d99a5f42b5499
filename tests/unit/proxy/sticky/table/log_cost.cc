// Sessions a second through the log of a table: as many answers as are named wait for the disk at once, each with a new
// session, and the next comes when one may go.
//
//     session_log_cost FOLDER
#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <filesystem>

#include "proxy/sticky/table/log_writer.h"
#include "proxy/sticky/table/table.h"

namespace {

using namespace headgate;
namespace table = proxy::sticky::table;
using namespace std::chrono_literals;

constexpr std::uint32_t kNow = 1'800'000'000;

struct Run {
  table::Table sessions{1'000'000, 3600};
  std::unique_ptr<table::LogWriter> log;
  std::atomic<std::uint64_t> come{0};
  std::atomic<std::uint64_t> kept{0};
  std::atomic<bool> is_over{false};

  void next() {
    if (is_over.load(std::memory_order_relaxed)) return;
    const std::uint64_t client = come.fetch_add(1, std::memory_order_relaxed);
    const std::uint64_t number = sessions.put(table::key_of(std::to_string(client)), 1 + client % 7, kNow);
    log->when_kept(number, [this] {
      kept.fetch_add(1, std::memory_order_relaxed);
      next();
    });
  }
};

void measure(const std::string& folder, int waiting) {
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  Run run;
  auto opened = table::LogWriter::open(
      folder, 1, [&run](const auto& take) { run.sessions.each_part(take); },
      [](base::LogLevel, const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); });
  if (!opened) {
    std::fprintf(stderr, "%s\n", opened.error().message.c_str());
    std::exit(1);
  }
  run.log = std::move(*opened);
  run.sessions.set_journal(run.log.get());
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < waiting; ++i) run.next();
  std::this_thread::sleep_for(3s);
  run.is_over = true;
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  const double kept = static_cast<double>(run.kept.load());
  fmt::print("{:>5} waiting: {:>9.0f} sessions/s, {:.1f} with each wait for the disk of {:.2f} ms\n", waiting,
             kept / seconds, kept / static_cast<double>(run.log->commits()),
             seconds * 1000 / static_cast<double>(run.log->commits()));
  run.sessions.set_journal(nullptr);
  run.log->end();
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return std::fprintf(stderr, "usage: session_log_cost FOLDER\n"), 2;
  for (const int waiting : {1, 16, 256, 4096}) measure(arguments[1], waiting);
  return 0;
}
