#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "base/x509/credential.h"
#include "base/x509/ocsp.h"
#include "config/config.h"
#include "net/loop.h"
#include "net/task.h"
#include "net/tls/staples.h"

namespace headgate::proxy::stapling {

/// A moment in the life of one response: when the next one is asked for.
base::WallTime next_question_at(const base::x509::OcspResponse& response, base::WallTime now);
/// After so many failures in a row, how long until the next try.
base::Duration pause_after(std::uint32_t failures);

inline constexpr base::Duration kSoonest = std::chrono::seconds(10);
inline constexpr base::Duration kLatest = std::chrono::hours(24);
inline constexpr base::Duration kFirstPause = std::chrono::seconds(1);
inline constexpr base::Duration kLongestPause = std::chrono::hours(1);

/// Fetches the OCSP responses of certificates with `ocsp: fetch` from the authorities that these name, and puts them
/// where the listeners take them from: at once, then at half of each response's time, and after a failure ever more
/// seldom. What was fetched before is shown as long as it is valid. Belongs to the control thread.
class StapleKeeper {
 public:
  /// Something that an operator should know: a sentence, and whether it is bad news.
  using Happened = std::function<void(const std::string& text, bool is_bad)>;
  StapleKeeper(net::Loop& loop, Happened happened);
  ~StapleKeeper();
  StapleKeeper(const StapleKeeper&) = delete;
  StapleKeeper& operator=(const StapleKeeper&) = delete;

  /// The certificates of one listener, as its files are now, and where its responses go. Who was there before goes on
  /// as it was; a listener without such certificates has nothing here any more.
  void follow(const config::Listener& listener, std::shared_ptr<net::tls::Staples> staples,
              const std::vector<base::Endpoint>& resolvers);
  /// All listeners but these are forgotten.
  void keep_only(const std::vector<std::string>& listeners);

 private:
  struct Followed;
  using Key = std::pair<std::string, std::string>;  // listener, fingerprint

  net::Task<void> keep_up(Followed& followed);
  /// Asks once. Nothing: it failed, and has been told.
  net::Task<base::Result<base::x509::OcspResponse>> ask(Followed& followed);

  net::Loop& loop_;
  Happened happened_;
  std::map<Key, std::unique_ptr<Followed>> followed_;
};

}  // namespace headgate::proxy::stapling
