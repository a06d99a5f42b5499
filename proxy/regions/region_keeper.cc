#include "proxy/regions/region_keeper.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "net/waiting.h"
#include "proxy/balance/pool.h"

namespace headgate::proxy::regions {

/// One region, over reloads by its name.
struct RegionKeeper::Kept {
  std::string name;
  geoip::RegionIndex index = 0;
  const config::Region* settings = nullptr;  // null: it is only named
  RiseAndFall course;
  State state = State::kUp;
  base::WallTime since;
  std::string why;
  std::vector<RequirementStanding> requirements;
  bool is_held = true;         // what it requires, at the last look
  std::uint32_t settling = 0;  // looks of each second that still decide at once
};

namespace {

/// A region that is new is judged at once until its backends' first checks, which begin at once too, have had a second
/// look's time to end.
constexpr std::uint32_t kSettlingLooks = 1;

bool takes_requests(const balance::choose::Standing& member) {
  return member.state == health::State::kUp && member.weight > 0 && member.weight_percent > 0;
}

}  // namespace

std::vector<State> configured_states(const config::Config& config) {
  std::vector<State> out;
  for (const config::Region& each : config.geo.regions) out.push_back(each.drain ? State::kDrained : State::kUp);
  return out;
}

RegionKeeper::RegionKeeper(net::Loop& loop, Told told)
    : loop_(loop),
      told_(std::move(told)),
      looking_([](void* self) { static_cast<RegionKeeper*>(self)->look(false); }, this) {}
RegionKeeper::~RegionKeeper() = default;

std::vector<State> RegionKeeper::first_states(const config::Config& config, const geoip::Regions& regions) const {
  std::vector<State> out(regions.size(), State::kUp);
  for (const std::unique_ptr<Kept>& kept : kept_) {
    const geoip::RegionIndex index = regions.find(kept->name);
    if (index != geoip::kNoRegion && !kept->course.is_up()) out[index] = State::kDown;
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    const bool is_configured = i < config.geo.regions.size() && config.geo.regions[i].drain;
    const bool is_wished = wishes_.contains(regions.name_of(static_cast<geoip::RegionIndex>(i)));
    if (is_configured || is_wished) out[i] = State::kDrained;
  }
  return out;
}

void RegionKeeper::follow(std::shared_ptr<const config::Config> config, std::shared_ptr<const geoip::Regions> regions,
                          std::vector<std::shared_ptr<balance::Pool>> pools, std::shared_ptr<RegionsShare> share) {
  config_ = std::move(config);
  regions_ = std::move(regions);
  pools_ = std::move(pools);
  share_ = std::move(share);
  std::vector<std::unique_ptr<Kept>> before = std::exchange(kept_, {});
  for (std::size_t i = 0; regions_ != nullptr && i < regions_->size(); ++i) {
    const std::string_view name = regions_->name_of(static_cast<geoip::RegionIndex>(i));
    const auto known = std::ranges::find_if(before, [name](const auto& each) { return each && each->name == name; });
    std::unique_ptr<Kept> kept;
    if (known != before.end()) {
      kept = std::move(*known);
    } else {
      kept = std::make_unique<Kept>();
      kept->name = name;
      kept->since = base::wall_now();
      kept->settling = kSettlingLooks;
    }
    kept->index = static_cast<geoip::RegionIndex>(i);
    kept->settings = i < config_->geo.regions.size() ? &config_->geo.regions[i] : nullptr;
    kept_.push_back(std::move(kept));
  }
  std::erase_if(wishes_, [this](const auto& wish) {
    return std::ranges::find(kept_, wish.first, [](const auto& each) { return each->name; }) == kept_.end();
  });
  is_last_resort_.assign(pools_.size(), false);
  look(false);
}

void RegionKeeper::pools_changed() {
  if (!kept_.empty()) loop_.wake_soon(looking_);
}

net::Task<void> RegionKeeper::watch() {
  while (true) {
    co_await net::sleep_until(loop_, loop_.now() + kLookEvery);
    look(true);
  }
}

void RegionKeeper::look(bool counts) {
  if (kept_.empty()) return;
  members_.clear();
  for (const std::shared_ptr<balance::Pool>& pool : pools_) {
    members_.push_back(members_of(pool->version().get(), *regions_));
  }
  bool has_moved = false;
  for (const std::unique_ptr<Kept>& kept : kept_) has_moved |= judge(*kept, counts);
  if (has_moved) {
    std::vector<State> states;
    for (const std::unique_ptr<Kept>& kept : kept_) states.push_back(kept->state);
    told_.states(states);
  }
  // A look each second finds nothing new of health that was not told, but what fails may do so for long enough now.
  if (!counts || has_moved) publish();
}

/// Whether the state has changed.
bool RegionKeeper::judge(Kept& kept, bool counts) {
  kept.requirements.clear();
  const RequirementStanding* missed = nullptr;
  if (kept.settings != nullptr) {
    for (const config::RegionRequirement& wanted : kept.settings->requirements) {
      const auto pool = std::ranges::find(config_->pools, wanted.pool, &config::Pool::name);
      if (pool == config_->pools.end()) continue;
      const auto at = static_cast<std::size_t>(pool - config_->pools.begin());
      kept.requirements.push_back(standing_of(wanted, members_[at], kept.index));
    }
    for (const RequirementStanding& each : kept.requirements) {
      if (!each.is_met && missed == nullptr) missed = &each;
    }
  }
  kept.is_held = missed == nullptr;
  if (kept.settling > 0 || kept.requirements.empty()) {
    if (counts && kept.settling > 0) --kept.settling;
    kept.course.settle(kept.is_held);
  } else {
    kept.course.look(kept.is_held, counts, kept.settings->rise, kept.settings->fall);
  }
  const auto wish = wishes_.find(kept.name);
  State state = kept.course.is_up() ? State::kUp : State::kDown;
  std::string why;
  if (kept.settings != nullptr && kept.settings->drain) {
    state = State::kDrained;
    why = "drain: true in the configuration";
  } else if (wish != wishes_.end()) {
    state = State::kDrained;
    why = wish->second.why;
  } else if (missed != nullptr) {
    why = text_of(*missed);
    if (state == State::kUp) why += fmt::format("; down after {} of {} looks", kept.course.run(), kept.settings->fall);
  } else if (state == State::kDown) {
    why = fmt::format("what it requires is healthy again; up after {} of {} looks", kept.course.run(),
                      kept.settings->rise);
  } else {
    why = kept.requirements.empty() ? "nothing is required of it" : "all that it requires is healthy";
  }
  const State from = std::exchange(kept.state, state);
  kept.why = std::move(why);
  if (from == state) return false;
  kept.since = base::wall_now();
  told_.moved({kept.name, from, state, kept.why});
  return true;
}

void RegionKeeper::publish() {
  std::vector<Standing> standings;
  for (const std::unique_ptr<Kept>& kept : kept_) standings.push_back({kept->state, !kept->is_held});
  auto map = std::make_shared<const ServingMap>(
      ServingMap::Source{*regions_, config_->region, config_->geo.regions, standings, members_});
  tell_of_last_resorts(*map);
  share_->publish(std::move(map));
}

/// A pool that no region serves: whoever asks DNS for it is given every address there is.
void RegionKeeper::tell_of_last_resorts(const ServingMap& map) {
  for (std::size_t pool = 0; pool < pools_.size(); ++pool) {
    const bool is_now = map.of(pool, geoip::kNoRegion).is_last_resort;
    if (is_now == is_last_resort_[pool]) continue;
    is_last_resort_[pool] = is_now;
    told_.happened(
        is_now ? fmt::format("no region can serve pool {}: DNS answers with the addresses of all", pools_[pool]->name())
               : fmt::format("pool {} is served by a region again", pools_[pool]->name()),
        is_now);
  }
}

WishOutcome RegionKeeper::wish(std::string_view region, bool drain, std::string_view why) {
  const auto named = std::ranges::find_if(kept_, [region](const auto& each) { return each->name == region; });
  if (named == kept_.end()) return WishOutcome::kNoSuchRegion;
  const config::Region* const settings = (*named)->settings;
  if (drain) {
    const std::string text = why.empty() ? "drained by an operator" : std::string(why);
    wishes_.insert_or_assign(std::string(region),
                             health::InheritedRegionWish{std::string(region), text, base::wall_now()});
  } else {
    wishes_.erase(std::string(region));
    if (settings != nullptr && settings->drain) return WishOutcome::kConfigured;
  }
  look(false);
  return WishOutcome::kTaken;
}

std::vector<RegionRow> RegionKeeper::rows() const {
  std::vector<RegionRow> out;
  for (const std::unique_ptr<Kept>& kept : kept_) {
    RegionRow& row = out.emplace_back();
    row.name = kept->name;
    row.index = kept->index;
    row.state = kept->state;
    row.is_failing = !kept->is_held;
    row.since = kept->since;
    row.why = kept->why;
    row.requirements = kept->requirements;
    if (kept->settings != nullptr && kept->settings->drain) {
      row.drained_by = DrainedBy::kConfiguration;
    } else if (wishes_.contains(kept->name)) {
      row.drained_by = DrainedBy::kOperator;
    }
    if (kept->settings != nullptr) {
      for (const config::RegionAddress& each : kept->settings->addresses) row.addresses.push_back({each, std::nullopt});
    }
  }
  if (!out.empty()) fill(out);
  return out;
}

/// What the pools have in them, and at their addresses.
void RegionKeeper::fill(std::vector<RegionRow>& rows) const {
  std::multimap<base::IpAddress, RegionRow::Address*> addresses;
  for (RegionRow& row : rows) {
    for (RegionRow::Address& each : row.addresses) addresses.emplace(each.address.address, &each);
  }
  const std::shared_ptr<const ServingMap> map = share_->map();
  for (std::size_t i = 0; i < members_.size(); ++i) {
    std::vector<RegionRow::Pool> in_region(rows.size());
    bool stands_somewhere = false;
    for (const PoolMembers::Member& member : members_[i].members) {
      const bool is_healthy = takes_requests(member.standing);
      if (member.address) {
        const auto [first, end] = addresses.equal_range(*member.address);
        for (auto each = first; each != end; ++each) {
          each->second->is_healthy = each->second->is_healthy.value_or(false) || is_healthy;
        }
      }
      if (member.region == geoip::kNoRegion) continue;
      stands_somewhere = true;
      ++in_region[member.region].backends;
      if (is_healthy) ++in_region[member.region].healthy;
    }
    if (!stands_somewhere) continue;
    for (std::size_t region = 0; region < rows.size(); ++region) {
      const Serving serving = map->of(i, rows[region].index);
      RegionRow::Pool& pool = rows[region].pools.emplace_back(std::move(in_region[region]));
      pool.name = pools_[i]->name();
      pool.served_by = regions_->name_of(serving.region);
      pool.is_last_resort = serving.is_last_resort;
    }
  }
}

std::vector<health::InheritedRegionWish> RegionKeeper::heritage() const {
  std::vector<health::InheritedRegionWish> out;
  for (const auto& [region, wish] : wishes_) out.push_back(wish);
  return out;
}

void RegionKeeper::inherit(std::vector<health::InheritedRegionWish> wishes) {
  for (health::InheritedRegionWish& wish : wishes) wishes_.insert_or_assign(wish.region, std::move(wish));
}

}  // namespace headgate::proxy::regions
