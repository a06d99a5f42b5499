#include "proxy/geo/atlas_keeper.h"

#include <fmt/core.h>

#include <utility>

#include "net/waiting.h"
#include "proxy/geo/compiled.h"

namespace headgate::proxy::geo {

AtlasKeeper::~AtlasKeeper() {
  if (reading_) reading_->thread.join();
}

void AtlasKeeper::follow(std::shared_ptr<AtlasShare> share, const std::vector<LoadedDatabase>& databases) {
  share_ = std::move(share);
  std::vector<KeptDatabase> kept;
  watched_.clear();
  for (const LoadedDatabase& loaded : databases) {
    base::WallTime at = base::wall_now();
    for (const KeptDatabase& before : databases_) {
      if (before.loaded.database == loaded.database) at = before.loaded_at;
    }
    kept.push_back({loaded, at, {}});
    watched_.push_back({loaded.mark, loaded.mark});
  }
  databases_ = std::move(kept);
}

net::Task<void> AtlasKeeper::watch() {
  while (true) {
    co_await net::sleep_until(loop_, loop_.now() + kLookEvery);
    look();
  }
}

void AtlasKeeper::look() {
  if (reading_ && reading_->is_done.load(std::memory_order_acquire)) take_what_was_read();
  for (std::size_t i = 0; i < databases_.size(); ++i) {
    const config::FileMark mark = config::mark_of(databases_[i].loaded.file);
    // One that is being written still changes.
    const bool is_still = mark == watched_[i].seen;
    watched_[i].seen = mark;
    if (!is_still || mark == watched_[i].judged || reading_) continue;
    watched_[i].judged = mark;
    begin_reading(databases_[i].loaded.file, mark);
  }
}

/// Up to a second of work, for which neither health checks nor reloads are to wait.
void AtlasKeeper::begin_reading(const std::string& file, const config::FileMark& mark) {
  reading_ = std::make_unique<Reading>();
  reading_->wanted = {file, mark, nullptr};
  reading_->thread = std::thread([reading = reading_.get()] {
    reading->read.emplace(geoip::Database::load(reading->wanted.file));
    reading->is_done.store(true, std::memory_order_release);
  });
}

void AtlasKeeper::take_what_was_read() {
  const std::unique_ptr<Reading> reading = std::move(reading_);
  reading->thread.join();
  for (KeptDatabase& kept : databases_) {
    if (kept.loaded.file != reading->wanted.file) continue;
    const base::Result<std::shared_ptr<const geoip::Database>>& read = *reading->read;
    if (read) return use(kept, {reading->wanted.file, reading->wanted.mark, *read});
    if (kept.error != read.error().message) {
      told_.happened(read.error().message + "; what was loaded before is still used", true);
    }
    kept.error = read.error().message;
    return;
  }
}

void AtlasKeeper::use(KeptDatabase& kept, LoadedDatabase loaded) {
  told_.loaded(loaded);
  kept = {std::move(loaded), base::wall_now(), {}};
  std::vector<std::shared_ptr<const geoip::Database>> all;
  for (const KeptDatabase& each : databases_) all.push_back(each.loaded.database);
  share_->publish(std::make_shared<const geoip::Atlas>(std::move(all), share_->atlas()->shared_regions()));
  told_.happened(fmt::format("{} is used: {}", kept.loaded.file, text_of(kept.loaded.database->about())), false);
}

}  // namespace headgate::proxy::geo
