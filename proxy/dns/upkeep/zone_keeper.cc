#include "proxy/dns/upkeep/zone_keeper.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "net/waiting.h"

namespace headgate::proxy::dns::upkeep {
namespace {

/// The first line of several, and how many follow.
std::string in_a_line(const std::string& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string::npos) return text;
  const auto more = std::ranges::count(text, '\n');
  return fmt::format("{} (and {} more {})", text.substr(0, end), more, more == 1 ? "problem" : "problems");
}

/// Whether what changed is another file, which was most likely whole when it came there.
bool is_another(const config::FileMark& before, const config::FileMark& now) {
  return before == now || (now.inode != 0 && (now.inode != before.inode || now.device != before.device));
}

/// How soon what was read is used.
constexpr base::Duration kTakeEvery = std::chrono::milliseconds(20);

std::string names_text(std::size_t names) {
  return fmt::format("{} name{}", names, names == 1 ? "" : "s");
}

}  // namespace

ZoneKeeper::~ZoneKeeper() {
  if (reading_) reading_->thread.join();
}

ZoneKeeper::Marks ZoneKeeper::marks_of(const config::DnsZone& zone) {
  Marks out;
  if (!zone.file.empty()) out.file = config::mark_of(zone.file);
  if (!zone.dnssec_key.empty()) out.key = config::mark_of(zone.dnssec_key);
  return out;
}

void ZoneKeeper::follow(std::shared_ptr<const config::Config> config, const std::vector<zone::LoadedZone>& loaded,
                        std::vector<Answered> listeners, std::shared_ptr<regions::RegionsShare> regions) {
  const base::WallTime now = base::wall_now();
  zones_.adopt(loaded, now);
  std::vector<KeptZone> kept;
  watched_.clear();
  for (const zone::LoadedZone& each : loaded) {
    base::WallTime at = now;
    for (const KeptZone& before : kept_) {
      if (before.loaded.zone == each.zone) at = before.loaded_at;
    }
    kept.push_back({each, at, {}});
    watched_.push_back({{each.mark, each.key_mark}, {each.mark, each.key_mark}, {}, false});
  }
  next_ = 0;
  kept_ = std::move(kept);
  config_ = std::move(config);
  listeners_ = std::move(listeners);
  regions_ = std::move(regions);
  regions_generation_ = regions_ ? regions_->generation() : 0;
}

net::Task<void> ZoneKeeper::watch() {
  base::Time due = loop_.now() + kLookEvery;
  while (true) {
    const base::Time next = reading_ ? std::min(due, loop_.now() + kTakeEvery) : due;
    co_await net::sleep_until(loop_, next);
    if (reading_ && reading_->is_done.load(std::memory_order_acquire)) take_what_was_read();
    if (loop_.now() < due) continue;
    look();
    due = loop_.now() + kLookEvery;
  }
}

void ZoneKeeper::look() {
  if (regions_ && regions_->generation() != regions_generation_) {
    regions_generation_ = regions_->generation();
    zones_.note_regions(base::wall_now());
  }
  const std::size_t count = std::min(kept_.size(), std::max(kZonesPerLook, (kept_.size() + 3) / 4));
  for (std::size_t i = 0; i < count; ++i) {
    if (next_ >= kept_.size()) next_ = 0;
    look_at(next_++);
  }
}

void ZoneKeeper::look_at(std::size_t index) {
  const config::DnsZone& settings = *kept_[index].loaded.settings;
  if (settings.file.empty() && settings.dnssec_key.empty()) return;
  Watched& watched = watched_[index];
  const Marks marks = marks_of(settings);
  if (marks != watched.seen) {
    watched.is_whole = is_another(watched.seen.file, marks.file) && is_another(watched.seen.key, marks.key);
    watched.seen = marks;
    watched.since = loop_.now();
    return;
  }
  if (marks == watched.judged || reading_) return;
  // One that is being written still changes.
  if (loop_.now() - watched.since < (watched.is_whole ? kLookEvery : kStillFor)) return;
  watched.judged = marks;
  begin_reading(index);
}

/// Seconds of work for a large file, for which neither health checks nor reloads are to wait.
void ZoneKeeper::begin_reading(std::size_t index) {
  reading_ = std::make_unique<Reading>();
  reading_->config = config_;
  reading_->index = index;
  reading_->serial = kept_[index].loaded.serial;
  reading_->thread = std::thread([reading = reading_.get()] {
    reading->read.emplace(zone::load_zone(reading->config, reading->index, reading->serial, base::wall_now()));
    reading->is_done.store(true, std::memory_order_release);
  });
}

void ZoneKeeper::take_what_was_read() {
  const std::unique_ptr<Reading> reading = std::move(reading_);
  reading->thread.join();
  // Of a configuration that a reload has replaced, which has read the files itself.
  if (reading->config != config_) return;
  KeptZone& kept = kept_[reading->index];
  const base::Result<zone::LoadedZone>& read = *reading->read;
  if (!read) {
    const std::string why = in_a_line(read.error().message);
    if (kept.error != why) happened_(fmt::format("{}; zone {} stays as it was", why, kept.loaded.settings->name), true);
    kept.error = why;
    return;
  }
  kept = {*read, base::wall_now(), {}};
  watched_[reading->index].judged = {kept.loaded.mark, kept.loaded.key_mark};
  zones_.adopt(kept.loaded, kept.loaded_at);
  const std::string& name = kept.loaded.settings->name;
  publish(name);
  happened_(fmt::format("the files of zone {} have changed and are used: {}, serial {}", name,
                        names_text(kept.loaded.zone->names()), kept.loaded.zone->serial()),
            false);
}

/// For every listener that answers for that zone.
void ZoneKeeper::publish(const std::string& name) {
  for (const Answered& listener : listeners_) {
    if (std::ranges::find(listener.zones, name) == listener.zones.end()) continue;
    std::vector<std::shared_ptr<const zone::Zone>> all;
    for (const KeptZone& each : kept_) {
      const bool is_answered = std::ranges::find(listener.zones, each.loaded.settings->name) != listener.zones.end();
      if (is_answered) all.push_back(each.loaded.zone);
    }
    listener.share->publish(std::make_shared<const server::ZoneIndex>(std::move(all)));
  }
}

}  // namespace headgate::proxy::dns::upkeep
