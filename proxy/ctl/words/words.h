#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "proxy/ctl/client/client.h"
#include "proxy/ctl/words/console.h"

// The words of `headgate ctl`, but for top. Each asks, says what came back, and returns the exit status: kWell,
// kRefused or kUsage, and where a word says otherwise, that.
namespace headgate::proxy::ctl::words {

int status(const client::Client& client, const Console& console);
int pools(const client::Client& client, const Console& console);
/// Of one pool, or of all.
int backends(const client::Client& client, const Console& console, const std::optional<std::string>& pool);

/// 2 if the file was refused, as `headgate check` ends.
int reload(const client::Client& client, const Console& console);

/// As diff(1) ends: 0 if the file says what runs, 1 if it differs, 2 for trouble; without `diff`, as the others.
int configuration(const client::Client& client, const Console& console, bool diff);

struct ConnectionsWish {
  int limit = 0;  ///< 0: the daemon's own
  std::string client;
  std::string listener;
};
int connections(const client::Client& client, const Console& console, const ConnectionsWish& wish);

/// Shows the level, or sets it; `for_time` is a duration of the configuration ("10m").
int log_level(const client::Client& client, const Console& console, const std::optional<std::string>& level,
              const std::optional<std::string>& for_time);
int upgrade(const client::Client& client, const Console& console);
int stop(const client::Client& client, const Console& console);

/// The last events; `follow`: and those that come, until it is interrupted.
int events(const client::Client& client, const Console& console, bool follow);

/// The stores; `named`: one of them, with its routes and its hottest keys.
int caches(const client::Client& client, const Console& console, const std::optional<std::string>& named);

/// What is to be purged from a store: one of url, tag, host (with a prefix or without), prefix, everything.
struct PurgeWish {
  std::string cache;
  std::optional<std::string> url;
  std::optional<std::string> tag;
  std::optional<std::string> host;
  std::optional<std::string> prefix;
  bool everything = false;
  bool soft = false;
};
int purge(const client::Client& client, const Console& console, const PurgeWish& wish);

/// The regions: how they are, and where their clients go.
int regions(const client::Client& client, const Console& console);
struct RegionWish {
  std::string region;
  bool drain = false;  ///< false: enable
  std::optional<std::string> why;
};
int wish_region(const client::Client& client, const Console& console, const RegionWish& wish);

/// The zones that are answered for.
int zones(const client::Client& client, const Console& console);

/// A request that might come; see `headgate explain`.
struct ExplainWish {
  std::string url;                  ///< or DNS
  std::optional<std::string> name;  ///< of DNS
  std::optional<std::string> type;  ///< of DNS
  std::string method = "GET";
  std::optional<std::string> from;
  std::vector<std::string> headers;  ///< "Name: value"
  std::optional<std::string> listener;
  std::optional<std::string> server_name;  ///< of a tcp:// URL
  std::vector<std::string> protocols;
};
int explain(const client::Client& client, const Console& console, const ExplainWish& wish);

}  // namespace headgate::proxy::ctl::words
