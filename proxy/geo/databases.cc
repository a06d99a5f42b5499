#include "proxy/geo/databases.h"

#include <atomic>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "net/waiting.h"

namespace headgate::proxy::geo {

std::vector<std::shared_ptr<const geoip::Database>> all_of(const std::vector<LoadedDatabase>& loaded) {
  std::vector<std::shared_ptr<const geoip::Database>> out;
  for (const LoadedDatabase& each : loaded) out.push_back(each.database);
  return out;
}

/// Files that are being read; ends when they have been.
struct Databases::Reading {
  explicit Reading(std::vector<LoadedDatabase> files) : wanted(std::move(files)) {
    thread = std::thread([this] { run(); });
  }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  ~Reading() { thread.join(); }
  void run() {
    for (LoadedDatabase& each : wanted) {
      base::Result<std::shared_ptr<const geoip::Database>> read = geoip::Database::load(each.file);
      if (!read) {
        error = read.error();
        break;
      }
      each.database = std::move(*read);
    }
    is_done.store(true, std::memory_order_release);
  }

  std::vector<LoadedDatabase> wanted;  // without databases at first
  std::optional<base::Error> error;    // of the first that cannot be used, behind which none is read
  std::atomic<bool> is_done{false};
  std::thread thread;
};

bool Databases::has(const std::string& file, const config::FileMark& mark) const {
  const auto known = loaded_.find(file);
  return known != loaded_.end() && known->second.mark == mark;
}

net::Task<base::Result<void>> Databases::read_ahead(net::Loop& loop, std::vector<std::string> files) {
  std::vector<LoadedDatabase> wanted;
  for (const std::string& file : files) {
    const config::FileMark mark = config::mark_of(file);
    if (!has(file, mark)) wanted.push_back({file, mark, nullptr});
  }
  if (wanted.empty()) co_return base::Result<void>();
  Reading reading(std::move(wanted));
  while (!reading.is_done.load(std::memory_order_acquire)) {
    co_await net::sleep_until(loop, loop.now() + std::chrono::milliseconds(2));
  }
  if (reading.error) co_return *reading.error;
  for (LoadedDatabase& each : reading.wanted) take(std::move(each));
  co_return base::Result<void>();
}

base::Result<std::vector<LoadedDatabase>> Databases::load(const std::vector<std::string>& files) {
  std::vector<LoadedDatabase> out;
  for (const std::string& file : files) {
    // Before it is read: what changes meanwhile is seen as a change afterwards.
    const config::FileMark mark = config::mark_of(file);
    if (!has(file, mark)) {
      base::Result<std::shared_ptr<const geoip::Database>> read = geoip::Database::load(file);
      if (!read) return read.error();
      take({file, mark, std::move(*read)});
    }
    out.push_back(loaded_.at(file));
  }
  return out;
}

void Databases::forget_unused() {
  std::erase_if(loaded_, [](const auto& entry) { return entry.second.database.use_count() == 1; });
}

}  // namespace headgate::proxy::geo
