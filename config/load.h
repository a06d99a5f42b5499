#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/config.h"

namespace headgate::config {

/// One thing wrong with a file. `line` and `column` are 0 where the file as a whole is meant.
struct Problem {
  Place place;
  std::string path;  ///< "routes[2].pool"; empty for the file as a whole
  std::string what;  ///< "no pool named 'ap' (did you mean 'app'?)"
};

/// "headgate.yaml:41:7: routes[2].pool: no pool named 'ap' (did you mean 'app'?)"
std::string to_text(std::string_view file, const Problem& problem);

/// Everything wrong with a file, in the order of the file; never empty.
struct Problems {
  std::string file;
  std::vector<Problem> list;
  /// One line each.
  std::string text() const;
};

/// Reads an environment variable; the tests give their own.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;
Environment process_environment();

/// The Config in `file`, or all its problems at once. Paths in it are relative to the file's folder; files that *_file
/// keys name are read. Bounds: 64 MiB of text, 64 levels, 1,000,000 nodes after aliases (a "billion laughs" is
/// refused); 1 MiB for one value after its ${...} and 64 MiB for all such; 1,000 problems are told apart, the rest are
/// counted.
std::variant<Config, Problems> load_file(const std::string& file, const Environment& environment);

/// The same from text; `file` is used for messages and to find relative paths.
std::variant<Config, Problems> load_text(std::string_view text, const std::string& file,
                                         const Environment& environment);

/// Every key that a file may use, as docs/configuration.md spells it: "pools.NAME.backends[].weight".
std::vector<std::string> known_keys();

/// What a Config would run, for a person: listeners, pools, routes, admin; 80 columns.
std::string summary_of(const Config& config);

/// What speaks against a certificate with these times at `now`: "expired on 2026-01-02"; nothing if all is well.
/// A certificate that ends within kExpiresSoon is told of too.
std::optional<std::string> validity_warning(base::WallTime not_before, base::WallTime not_after, base::WallTime now);
inline constexpr base::Duration kExpiresSoon = std::chrono::hours(14 * 24);

/// What of a configuration works and should not stay so, a sentence each: certificates that clients will not believe,
/// keys that everybody can read.
std::vector<std::string> tls_warnings(const Config& config, base::WallTime now);

/// What a route matches, on one line: "GET,HEAD www.example.com /assets/*"; "every request" without conditions.
std::string match_text(const Match& match);
/// As the configuration names it: "round_robin".
std::string_view balance_name(Balance balance);
/// The name, and of a hash by what: "hash by header:X-User-Id (maglev, max_load 125%)".
/// "p95" or "50ms".
std::string hedge_after_text(const Hedge& hedge);
std::string balance_text(const Pool& pool);
/// "maglev"
std::string_view hash_method_name(HashBalance::Method method);
/// "cookie hg"; empty where nothing keeps a client.
std::string sticky_name(const Sticky& sticky);
std::string_view algorithm_name(CompressionAlgorithm algorithm);

}  // namespace headgate::config
