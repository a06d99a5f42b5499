#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "proxy/admin/actions.h"

namespace headgate::proxy::admin {

/// Does nothing but note what it was asked for, and answers what a test wants.
class NotingActions final : public Actions {
 public:
  net::Task<ReloadOutcome> reload() override {
    asked.emplace_back("reload");
    co_return reload_outcome;
  }
  net::Task<base::Result<UpgradeOutcome>> upgrade() override {
    asked.emplace_back("upgrade");
    co_return upgrade_outcome;
  }
  base::Duration stop() override {
    asked.emplace_back("stop");
    return std::chrono::seconds(30);
  }
  net::Task<Connections> connections(message::ConnectionQuery query) override {
    last_query = std::move(query);
    co_return connections_found;
  }
  net::Task<bool> purge(std::string_view cache, std::vector<cache::purge::Purge> what) override {
    asked.push_back("purge " + std::string(cache));
    purges = std::move(what);
    co_return true;
  }
  health::WishOutcome wish(std::string_view pool, std::string_view backend, const health::Wish& what) override {
    asked.push_back("wish " + std::string(pool) + "/" + std::string(backend));
    last_wish = what;
    return wish_outcome;
  }
  regions::WishOutcome wish_region(std::string_view region, bool drain, std::string_view) override {
    asked.push_back((drain ? "drain region " : "enable region ") + std::string(region));
    return region_outcome;
  }
  LogLevelRow log_level() const override { return level; }
  void set_log_level(base::LogLevel wanted, std::optional<base::Duration> length) override {
    level.level = wanted;
    level.left = length;
  }
  const config::DiskCopy& look_at_disk() override { return disk; }

  std::vector<std::string> asked;
  ReloadOutcome reload_outcome{.accepted = true, .message = "reloaded", .problems = std::nullopt};
  base::Result<UpgradeOutcome> upgrade_outcome = UpgradeOutcome{1, 2, std::chrono::milliseconds(3)};
  regions::WishOutcome region_outcome = regions::WishOutcome::kTaken;
  health::WishOutcome wish_outcome = health::WishOutcome::kTaken;
  health::Wish last_wish;
  message::ConnectionQuery last_query;
  Connections connections_found;
  std::vector<cache::purge::Purge> purges;
  LogLevelRow level;
  config::DiskCopy disk;
};

}  // namespace headgate::proxy::admin
