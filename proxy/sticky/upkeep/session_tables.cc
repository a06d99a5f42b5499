#include "proxy/sticky/upkeep/session_tables.h"

#include "base/clock.h"

namespace headgate::proxy::sticky::upkeep {

SessionTables::Kept SessionTables::open(const config::Pool& pool, const config::StickyTable& settings,
                                        const std::string& folder, const table::Store* before) {
  const auto said = [&log = log_](base::LogLevel level, const std::string& line) {
    if (level >= log.level()) log.write(level, line);
  };
  auto store = std::make_shared<table::Store>(pool.name, settings.size,
                                              static_cast<std::uint32_t>(settings.ttl / std::chrono::seconds(1)), said);
  const auto now = static_cast<std::uint32_t>(base::wall_now().time_since_epoch() / std::chrono::seconds(1));
  if (before != nullptr) {
    before->sessions().each_part([&](std::span<const table::Entry> part) {
      for (const table::Entry& entry : part) store->sessions().restore(entry, now);
    });
  }
  if (folder.empty()) {
    log_.warn("pool {}: its sessions end with this process; for those that outlive it set state_directory", pool.name);
  } else {
    const base::Result<void> opened = store->open(folder, now);
    if (!opened) {
      log_.error("pool {}: its sessions end with this process: {}", pool.name, opened.error().message);
    }
  }
  return {settings, folder, std::move(store)};
}

void SessionTables::apply(const config::Config& config) {
  std::map<std::string, Kept> before = std::move(kept_);
  kept_.clear();
  for (const config::Pool& pool : config.pools) {
    const auto* const settings = std::get_if<config::StickyTable>(&pool.sticky);
    if (settings == nullptr) continue;
    // A name of letters, digits, '_', '-' and '.': with something before it no name of another folder.
    const std::string folder =
        config.state_directory.empty() ? "" : config.state_directory + "/sessions/pool-" + pool.name;
    const auto known = before.find(pool.name);
    if (known != before.end() && known->second.settings == *settings && known->second.folder == folder) {
      kept_.emplace(pool.name, std::move(known->second));
      continue;
    }
    const table::Store* const old = known == before.end() ? nullptr : known->second.store.get();
    if (old != nullptr) known->second.store->close();  // then the folder is free for the one that follows
    kept_.emplace(pool.name, open(pool, *settings, folder, old));
  }
  for (auto& [pool, kept] : before) {
    if (kept.store != nullptr) kept.store->close();
  }
}

std::shared_ptr<table::Store> SessionTables::of(const std::string& pool) const {
  const auto known = kept_.find(pool);
  return known == kept_.end() ? nullptr : known->second.store;
}

void SessionTables::close() {
  for (const auto& [pool, kept] : kept_) kept.store->close();
}

}  // namespace headgate::proxy::sticky::upkeep
