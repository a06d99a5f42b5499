#include "proxy/sticky/table/log_reader.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <unordered_map>

#include "base/files/file_io.h"

namespace headgate::proxy::sticky::table {
namespace {

constexpr std::string_view kSnapshot = "snapshot";
constexpr std::string_view kLog = "log";
constexpr std::size_t kDigits = 16;

/// The number of a file of that kind; 0: it is none.
std::uint64_t number_in(std::string_view name, std::string_view kind) {
  if (name.size() != kind.size() + 1 + kDigits || !name.starts_with(kind) || name[kind.size()] != '-') return 0;
  const char* const end = name.data() + name.size();
  std::uint64_t number = 0;
  const auto [stopped, error] = std::from_chars(end - kDigits, end, number, 16);
  return error == std::errc() && stopped == end ? number : 0;
}

struct KeyHash {
  std::size_t operator()(const Key& key) const { return key.low; }
};

base::Result<std::size_t> follow_file(const std::string& path, std::uint64_t from, bool is_last, Replay& replay,
                                      Recovery& out) {
  const base::OwnedFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return base::system_error(errno, "open " + path);
  const base::Result<std::string> text = base::files::read_whole(file.get(), path);
  if (!text) return text.error();
  const base::Result<LogContent> content = read_log(*text);
  if (!content) return base::Error{content.error().kind, content.error().fault, path + ": " + content.error().message};
  for (const Record& record : content->records) {
    if (record.number < from) continue;
    replay.follow(record);
    out.next_number = std::max(out.next_number, record.number + 1);
  }
  const std::size_t lost = text->size() - content->sound_bytes;
  // Less than a record, at the end of all, is what was being written when the process or the machine stopped.
  if (lost > 0) {
    out.losses.push_back(fmt::format("{}: {} bytes after its record {} are {}", path, lost, content->records.size(),
                                     is_last && lost < kRecordBytes ? "a record that was not written to its end"
                                                                    : "no whole records, and passed over"));
  }
  return content->records.size();
}

}  // namespace

struct Replay::State {
  std::unordered_map<Key, std::pair<Entry, std::size_t>, KeyHash> entries;
  std::size_t turn = 0;
};

Replay::Replay() : state_(std::make_unique<State>()) {}
Replay::~Replay() = default;

void Replay::follow(const Record& record) {
  if (record.change == Change::kRemove) {
    state_->entries.erase(record.entry.key);
  } else {
    state_->entries[record.entry.key] = {record.entry, ++state_->turn};
  }
}

std::vector<Entry> Replay::take() {
  std::vector<std::pair<Entry, std::size_t>> ordered;
  ordered.reserve(state_->entries.size());
  for (const auto& [key, entry] : state_->entries) ordered.push_back(entry);
  state_->entries.clear();
  std::ranges::sort(ordered, [](const auto& a, const auto& b) {
    return std::pair(a.first.seen, a.second) < std::pair(b.first.seen, b.second);
  });
  std::vector<Entry> out;
  out.reserve(ordered.size());
  for (const auto& [entry, turn] : ordered) out.push_back(entry);
  return out;
}

std::string log_file_name(std::string_view kind, std::uint64_t number) {
  return fmt::format("{}-{:016x}", kind, number);
}

LogFiles log_files_in(const std::string& folder) {
  LogFiles out;
  std::vector<std::pair<std::uint64_t, std::string>> snapshots;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    const std::string name = entry.path().filename().string();
    if (const std::uint64_t number = number_in(name, kSnapshot)) snapshots.emplace_back(number, entry.path().string());
    if (const std::uint64_t number = number_in(name, kLog)) out.logs.emplace_back(number, entry.path().string());
    if (name.ends_with(".next")) out.outdated.push_back(entry.path().string());
  }
  std::ranges::sort(snapshots);
  std::ranges::sort(out.logs);
  if (!snapshots.empty()) {
    out.snapshot_number = snapshots.back().first;
    out.snapshot = snapshots.back().second;
    snapshots.pop_back();
  }
  for (auto& [number, path] : snapshots) out.outdated.push_back(std::move(path));
  std::erase_if(out.logs, [&](auto& log) {
    const bool is_outdated = log.first < out.snapshot_number;
    if (is_outdated) out.outdated.push_back(std::move(log.second));
    return is_outdated;
  });
  return out;
}

base::Result<Recovery> recover(const std::string& folder) {
  const LogFiles files = log_files_in(folder);
  Recovery out;
  Replay replay;
  if (!files.snapshot.empty()) {
    const base::Result<std::size_t> records = follow_file(files.snapshot, 0, false, replay, out);
    if (!records) return records.error();
    out.records += *records;
    out.next_number = std::max(out.next_number, files.snapshot_number);
  }
  for (const auto& [number, path] : files.logs) {
    const bool is_last = number == files.logs.back().first;
    const base::Result<std::size_t> records = follow_file(path, files.snapshot_number, is_last, replay, out);
    if (!records) return records.error();
    out.records += *records;
    out.next_number = std::max(out.next_number, number);
  }
  out.entries = replay.take();
  return out;
}

}  // namespace headgate::proxy::sticky::table
