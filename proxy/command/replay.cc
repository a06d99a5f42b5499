#include "proxy/explain/replay/replay.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "proxy/command/commands.h"
#include "proxy/offline_pools.h"
#include "proxy/snapshot.h"

namespace headgate::proxy::command {
namespace {

namespace replay = explain::replay;

int refused_replay(const std::string& why) {
  std::fprintf(stderr, "headgate replay: %s\n", why.c_str());
  return 2;
}

/// Pools of which no backend takes requests whatever its health: all drained, or of weight 0.
std::vector<std::string> blocked_pools(const Snapshot& snapshot) {
  std::vector<std::string> out;
  for (const config::Pool& pool : snapshot.config->pools) {
    const explain::PoolPart part =
        explain::pool_part_of(pool, offline_view_of(snapshot, pool, balance::Wish()), wire::http::Method::kGet);
    if (part.candidates == 0 && part.unresolved.empty()) out.push_back(pool.name);
  }
  return out;
}

struct Closer {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};

/// Calls `each(line)` for every line of a file; a line that exceeds the bound of lines is handed on cut there.
template <class Each>
base::Result<void> for_each_line(std::FILE* file, Each each) {
  std::vector<char> buffer(2 * replay::kLineBytesMax);
  std::size_t end = 0;
  bool is_skipping = false;  // the rest of a line that was handed on cut
  while (true) {
    const std::size_t got = std::fread(buffer.data() + end, 1, buffer.size() - end, file);
    const bool is_last = got == 0;
    end += got;
    std::size_t begin = 0;
    while (begin < end) {
      const char* const from = buffer.data() + begin;
      const char* const stop = static_cast<const char*>(std::memchr(from, '\n', end - begin));
      if (stop == nullptr && !is_last && end - begin < buffer.size()) break;
      const std::size_t size = stop == nullptr ? end - begin : static_cast<std::size_t>(stop - from);
      std::string_view line(from, size);
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (!is_skipping && !line.empty()) {
        base::Result<void> fed = each(line);
        if (!fed) return fed;
      }
      is_skipping = stop == nullptr;
      begin += size + (stop == nullptr ? 0 : 1);
    }
    std::memmove(buffer.data(), buffer.data() + begin, end - begin);
    end -= begin;
    if (is_last) break;
  }
  if (std::ferror(file) != 0) return base::system_error(errno, "read the log", base::Fault::kUser);
  return {};
}

}  // namespace

int replay(const ReplayOptions& options) {
  const base::Result<replay::Limit> limit = replay::limit_of(options.limit);
  if (!limit) return refused_replay("--limit: " + limit.error().message);
  const std::shared_ptr<const Snapshot> before = compiled_file(options.file);
  const std::shared_ptr<const Snapshot> after = compiled_file(options.against);
  if (!before || !after) return 2;
  const bool from_stdin = options.log == "-";
  const std::unique_ptr<std::FILE, Closer> file(from_stdin ? stdin : std::fopen(options.log.c_str(), "rb"));
  if (!file) return refused_replay(base::system_error(errno, "open " + options.log, base::Fault::kUser).message);

  replay::Atoms atoms;
  replay::Side old_side(before->config, before->site, blocked_pools(*before), atoms);
  replay::Side new_side(after->config, after->site, blocked_pools(*after), atoms);
  replay::Replay run(old_side, new_side, atoms, {.examples = options.examples});
  const base::Result<void> read = for_each_line(file.get(), [&run](std::string_view line) { return run.feed(line); });
  if (!read) return refused_replay(read.error().message);
  const replay::Report report = run.report(from_stdin ? "standard input" : options.log, *limit);
  if (report.compared == 0 && run.saw_combined()) {
    return refused_replay(options.log +
                          " is in the combined format, which lacks the host and the listener of a request; "
                          "write the log with access_log: { format: json }");
  }
  const std::string text = options.json ? replay::json_of(report) : replay::text_of(report, {.color = wants_color()});
  std::fputs(text.c_str(), stdout);
  if (report.compared == 0) return refused_replay("nothing in " + options.log + " could be compared");
  return report.over_limit ? 1 : 0;
}

}  // namespace headgate::proxy::command
