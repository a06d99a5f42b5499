#include "proxy/sticky/upkeep/key_keeper.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "base/files/file_io.h"
#include "config/sticky.h"
#include "net/waiting.h"

namespace headgate::proxy::sticky::upkeep {
namespace {

std::string first_pool_with_cookie(const config::Config& config) {
  for (const config::Pool& pool : config.pools) {
    if (std::holds_alternative<config::StickyCookie>(pool.sticky)) return pool.name;
  }
  return {};
}

/// The keys of the state directory, which are made if they are not there yet.
base::Result<config::StickyKeys> kept_keys(const std::string& path) {
  if (config::mark_of(path) == config::FileMark{}) {
    std::error_code failed;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), failed);  // or opening says why not
    const std::string text = "# headgate seals sticky cookies with this; sessions end without it\n" +
                             config::sticky_key_text(make_key()) + "\n";
    const base::Result<base::OwnedFd> written = base::files::replace_file(path, text, 0600);
    if (!written) return written.error();
  }
  return config::read_sticky_keys(path);
}

}  // namespace

KeyKeeper::KeyKeeper(net::Loop& loop, std::string what, Happened happened)
    : loop_(loop),
      what_(std::move(what)),
      happened_(std::move(happened)),
      own_{make_key()},
      keyring_(std::make_shared<Keyring>(own_)) {}

base::Result<void> KeyKeeper::prepare(const config::Config& config) {
  const std::string pool = first_pool_with_cookie(config);
  const bool has_pins = config.geo.pin && config.geo.pin->keys_file.empty();
  next_ = Source{{}, own_, {}};
  if (!config.sticky_keys_file.empty()) {
    next_ = Source{config.sticky_keys_file, config.sticky_keys, config::mark_of(config.sticky_keys_file)};
  } else if ((!pool.empty() || has_pins) && !config.state_directory.empty()) {
    next_.file = config.state_directory + "/" + kFileName;
    base::Result<config::StickyKeys> keys = kept_keys(next_.file);
    if (!keys) return base::Error{keys.error().kind, keys.error().fault, "sticky: " + keys.error().message};
    next_.keys = std::move(*keys);
    next_.mark = config::mark_of(next_.file);
  } else if (!pool.empty()) {
    happened_(fmt::format("pool {}: sticky cookies are sealed with a key that ends with this process and its upgrades; "
                          "for sessions that outlive it, or other instances, set sticky.keys_file or state_directory",
                          pool),
              true);
  } else if (has_pins) {
    happened_(
        "geoip.pin: cookies are signed with a key that ends with this process and its upgrades; for pins that outlive "
        "it, or other instances, set geoip.pin.keys_file or state_directory",
        true);
  }
  return {};
}

void KeyKeeper::prepare_pins(const config::Config& config) {
  next_ = Source{{}, own_, {}};
  if (!config.geo.pin || config.geo.pin->keys_file.empty()) return;
  next_ = Source{config.geo.pin->keys_file, config.geo.pin->keys, config::mark_of(config.geo.pin->keys_file)};
}

void KeyKeeper::commit() {
  used_ = std::move(next_);
  seen_ = used_.mark;
  error_.clear();
  if (used_.keys != *keyring_->keys()) keyring_->replace(used_.keys);
}

net::Task<void> KeyKeeper::watch() {
  while (true) {
    co_await net::sleep_until(loop_, loop_.now() + kLookEvery);
    look();
  }
}

void KeyKeeper::look() {
  if (used_.file.empty()) return;
  const config::FileMark mark = config::mark_of(used_.file);
  const bool is_still = mark == seen_;
  seen_ = mark;
  if (!is_still || mark == used_.mark) return;
  used_.mark = mark;
  base::Result<config::StickyKeys> keys = config::read_sticky_keys(used_.file);
  if (!keys) {
    if (error_ != keys.error().message) {
      happened_(what_ + ": " + keys.error().message + "; those that were read before stay in force", true);
    }
    error_ = keys.error().message;
    return;
  }
  error_.clear();
  if (*keys == used_.keys) return;
  const bool seals_anew = keys->front() != used_.keys.front();
  used_.keys = std::move(*keys);
  keyring_->replace(used_.keys);
  happened_(fmt::format("{}: {} of {} in force{}", what_, used_.keys.size(), used_.file,
                        seals_anew ? ", the first is a new one" : ""),
            false);
}

}  // namespace headgate::proxy::sticky::upkeep
