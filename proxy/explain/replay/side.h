#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "config/config.h"
#include "proxy/explain/replay/log_line.h"
#include "proxy/explain/replay/unknowns.h"
#include "proxy/geo/whereabouts.h"
#include "proxy/http/site.h"
#include "proxy/route/matcher.h"

namespace headgate::proxy::explain::replay {

/// How a request is decided by a configuration.
struct Outcome {
  enum class Kind : std::uint8_t {
    kRoute,       ///< by a route's origin
    kOwn,         ///< routed, but headgate answers such a method itself
    kNoRoute,     ///< 404
    kRefused,     ///< by the parser or a limit of the listener
    kNoListener,  ///< nothing listens under that name
  };
  Kind kind = Kind::kNoRoute;
  std::uint32_t route = route::kNoRoute;
  std::uint16_t status = 0;  ///< as far as the configuration decides it; 0: a backend or a file does
  friend auto operator<=>(const Outcome&, const Outcome&) = default;
};

/// The outcome where all of `open` holds.
struct Branch {
  Open open;
  Outcome outcome;
};
/// What a configuration makes of one request: the first branch that holds decides; the last asks for nothing.
using Decision = std::vector<Branch>;

/// What may differ between two outcomes; a bit each.
enum class Aspect : std::uint8_t { kRoute, kPool, kStatus, kOrigin };
constexpr std::uint32_t bit(Aspect aspect) {
  return 1u << static_cast<int>(aspect);
}

/// One of the two configurations, made ready for many requests.
class Side {
 public:
  /// `site` is compiled from `config`; of `blocked` pools no backend takes requests, whatever its health. `atoms` is
  /// shared by both sides and outlives them.
  Side(std::shared_ptr<const config::Config> config, std::shared_ptr<const http::Site> site,
       const std::vector<std::string>& blocked, Atoms& atoms);
  ~Side();
  Side(const Side&) = delete;
  Side& operator=(const Side&) = delete;

  /// Fails only if the routes do not compile, which a checked configuration's do. `head` are the bytes of the request's
  /// head as far as the line tells it; they must live until the next call.
  base::Result<void> decide(const LogLine& line, std::string_view head, Decision& out);

  const config::Config& config() const { return *config_; }
  /// The name of the outcome's route; empty if it has none.
  std::string_view route_name(const Outcome& outcome) const;
  /// "app: pool app", "no route: 404": for a person.
  std::string text_of(const Outcome& outcome) const;

  /// A bit for each aspect in which two sides' outcomes of the request that both decided last differ.
  static std::uint32_t difference(Side& before, const Outcome& old_outcome, Side& after, const Outcome& new_outcome);

 private:
  struct Facts;
  struct Reading;
  base::Result<Reading*> reading_of(const LogLine& line);
  void add_routes(const Reading& reading, const route::MatchInput& input, Decision& out);
  Outcome outcome_of(std::uint32_t route);
  std::string_view identity_of(const Outcome& outcome) const;
  std::string_view pool_of(const Outcome& outcome);
  std::string_view origin_of(const Outcome& outcome);

  std::shared_ptr<const config::Config> config_;
  std::shared_ptr<const http::Site> site_;
  Atoms& atoms_;
  std::unordered_map<std::string, std::uint32_t> listeners_;
  std::vector<Facts> routes_;
  std::array<std::unique_ptr<Reading>, 8> readings_;  // by what is known
  base::Arena arena_;
  message::Request request_;
  geo::Desk desk_;
  std::uint16_t own_status_ = 0;
};

}  // namespace headgate::proxy::explain::replay
