#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "config/files.h"
#include "net/loop.h"
#include "net/task.h"
#include "proxy/sticky/keyring.h"

namespace headgate::proxy::sticky::upkeep {

/// Where the keys of sticky cookies are from: the file that the configuration names, followed as it changes; or one
/// that headgate keeps in its state directory; or this process, and the one it was upgraded from. Belongs to the
/// control thread.
class KeyKeeper {
 public:
  /// Told of what an operator should know: a sentence, and whether it is bad news.
  using Happened = std::function<void(const std::string& text, bool is_bad)>;
  /// `what` the keys are of, for sentences: "sticky keys".
  KeyKeeper(net::Loop& loop, std::string what, Happened happened);

  /// The keys that cookies are sealed with at any time.
  std::shared_ptr<const Keyring> keyring() const { return keyring_; }

  /// The predecessor's own keys, before the first prepare().
  void adopt(config::StickyKeys keys) { own_ = std::move(keys); }
  /// This process' own keys, which a successor needs; they matter while no file has others.
  const config::StickyKeys& own_keys() const { return own_; }

  /// Finds the keys of a configuration that may yet be refused; makes them in the state directory where pools need some
  /// and there are none.
  base::Result<void> prepare(const config::Config& config);
  /// The same for the cookies that pin clients to regions, where these have keys of their own (geoip.pin.keys_file).
  void prepare_pins(const config::Config& config);
  /// What was prepared is in force.
  void commit();
  /// Looks at the file every kLookEvery, and takes what is in it once it stays as it is for another look. Keys that
  /// cannot be used leave those that are in force.
  net::Task<void> watch();

  static constexpr base::Duration kLookEvery = std::chrono::seconds(1);
  /// Of the state directory.
  static constexpr const char* kFileName = "sticky.keys";

 private:
  struct Source {
    std::string file;  // empty: the process' own
    config::StickyKeys keys;
    config::FileMark mark;
  };
  void look();

  net::Loop& loop_;
  std::string what_;
  Happened happened_;
  config::StickyKeys own_;
  std::shared_ptr<Keyring> keyring_;
  Source next_;
  Source used_;
  config::FileMark seen_;
  std::string error_;  // told already
};

}  // namespace headgate::proxy::sticky::upkeep
