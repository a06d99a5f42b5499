#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "net/loop.h"
#include "net/task.h"
#include "proxy/ctl/client/door.h"
#include "proxy/ctl/client/json.h"

namespace headgate::proxy::ctl::client {

inline constexpr base::Duration kAnswerTimeout = std::chrono::seconds(10);
inline constexpr std::size_t kAnswerHeadBytesMax = 64 * 1024;
inline constexpr std::size_t kAnswerBytesMax = 64 * 1024 * 1024;

/// One request to the admin API.
struct Question {
  std::string path;                         ///< behind /api/v1, percent-encoded: "/pools", "/connections?limit=5"
  std::string method = "GET";               ///< a token
  std::optional<Json> body = {};            ///< sent as application/json
  base::Duration timeout = kAnswerTimeout;  ///< for the whole, from connecting to the last byte
};

/// What the daemon said; a refusal is an answer too.
struct Answer {
  std::uint16_t status = 0;
  std::string text;  ///< the body as it came
  Json json;         ///< the same, parsed

  bool is_well() const { return status >= 200 && status < 300; }
  /// For a person: detail or title of the problem (RFC 9457), fit for a terminal; lines stay lines.
  std::string refusal() const;
};

/// Asks the admin API of one daemon. Each question has a connection of its own, so that none is held by a daemon that
/// is being replaced.
///
///     Client client(door);
///     base::Result<Answer> answer = client.ask({.path = "/explain", .method = "POST", .body = Json{{"url", url}}});
///     if (!answer) return say(answer.error().message);       // cannot be reached, or does not speak the API
///     if (!answer->is_well()) return say(answer->refusal()); // it said no
class Client {
 public:
  explicit Client(Door door) : door_(std::move(door)) {}

  /// Waits for the answer. An Error for: nobody there, no permission, time passed, no HTTP, no JSON, an answer above
  /// kAnswerBytesMax; its sentence names the door and the remedy.
  base::Result<Answer> ask(const Question& question) const;

  /// The same on a loop that does other things too. The client outlives the task.
  net::Task<base::Result<Answer>> ask(net::Loop& loop, Question question) const;

  const Door& door() const { return door_; }

 private:
  Door door_;
};

/// Percent-encodes all but unreserved characters (RFC 3986 section 2.3): for a name as one segment of a path.
std::string segment(std::string_view name);

}  // namespace headgate::proxy::ctl::client
