#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "proxy/route/candidates.h"
#include "proxy/route/conditions.h"
#include "proxy/route/flat_table.h"

namespace headgate::proxy::route {

/// Why an earlier route did not match.
struct Reason {
  std::uint32_t route = 0;                 ///< index in Config::routes
  Condition condition = Condition::kHost;  ///< the first that does not hold
  std::uint32_t failed = 0;                ///< a bit for each that does not
  std::string text;                        ///< about the first
};

struct Explanation {
  std::uint32_t route = kNoRoute;  ///< what find() says
  std::vector<Reason> earlier;     ///< each route before it; all of them if none matched
};

/// Request -> the first route of the file whose conditions all hold. Immutable, shared by all workers.
///
///     base::Result<Matcher> matcher = Matcher::compile(config.routes, config.listeners);
///     const std::uint32_t route = matcher->find({head, client, listener});
///     if (route == kNoRoute) ...404
///
/// Each route is filed under its hosts ("www.example.com", ".example.com" for a wildcard, or any host) and its path
/// (the text, or any path; a regular expression tied to a directory, as ^/users/\d+$ is, under that directory). A
/// request is looked up by its host, by each suffix of it at whose depth the configuration has wildcards, and by its
/// path and each '/'-terminated beginning of it at whose depth the configuration has prefixes; what else a route asks
/// for is tested on the few that are found. So 10,000 routes cost what 10 cost; Candidates says which do not.
///
/// Bounds: hosts are told apart up to kHostBytesMax bytes (longer ones meet only routes without a host), prefixes up to
/// kDepthMax slashes; deeper ones are filed under their first kDepthMax and then compared in full.
/// No allocation, but in Candidates with more than kTestedInOrderMax regular expressions (RE2::Set allocates).
class Matcher {
 public:
  static constexpr std::size_t kHostBytesMax = 256;
  static constexpr std::size_t kDepthMax = 64;

  static base::Result<Matcher> compile(const std::vector<config::Route>& routes,
                                       const std::vector<config::Listener>& listeners);

  /// Index in Config::routes, or kNoRoute.
  std::uint32_t find(const MatchInput& input) const;

  /// What find() decides and what spoke against each earlier route, by the same conditions tested one route at a time.
  Explanation explain(const MatchInput& input) const;

  std::size_t size() const { return routes_.size(); }

 private:
  /// A host pattern that some route asks for; the first is that of routes that ask for none.
  struct Host {
    std::string pattern;
    std::uint64_t prefix_depths = 0;  // bit n: has a prefix with n + 1 slashes
    bool has_exact_paths = false;
    Candidates any_path;
    bool has_paths() const { return has_exact_paths || prefix_depths != 0; }
  };
  struct Path {
    std::uint32_t host = 0;
    std::string text;  // ends in '/' for a prefix
    Candidates candidates;
  };
  struct Builder;
  class PathHashes;

  std::uint32_t host_number(const std::string& pattern, Builder& builder);
  void add_path(std::uint32_t host, const std::string& path, std::vector<std::uint32_t> routes, Builder& builder);
  std::uint32_t find_under(std::uint32_t host, const MatchInput& input, PathHashes& path, std::uint32_t best) const;
  std::uint32_t find_by_path(std::uint32_t host, const MatchInput& input, PathHashes& path, std::uint32_t best) const;
  std::uint32_t find_at(std::uint32_t host, std::string_view text, std::uint64_t hash, const MatchInput& input,
                        std::uint32_t best) const;
  std::uint32_t find_by_host(const MatchInput& input, PathHashes& path) const;

  std::vector<Conditions> routes_;
  std::vector<Host> hosts_;
  std::vector<Path> paths_;
  FlatTable host_table_;
  FlatTable path_table_;
  std::uint64_t wildcard_depths_ = 0;  // bit n: has a wildcard with n + 1 dots; the last bit: or more
  bool has_exact_hosts_ = false;
};

}  // namespace headgate::proxy::route
