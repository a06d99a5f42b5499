#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What happens to a cache in the model test: events as plain values, and the origin that both sides ask. Nothing here
// knows a header field's syntax but write(), which only the side under test reads.
namespace headgate::proxy::cache::model {

inline constexpr int kPaths = 2;
inline constexpr std::int64_t kStart = 1798761600;  // seconds since 1970: 1 January 2027

/// Cache-Control or CDN-Cache-Control of an answer; none of it said: no such field.
struct Control {
  bool no_store = false;
  bool no_cache = false;
  bool is_private = false;
  bool is_public = false;
  bool must_revalidate = false;
  bool proxy_revalidate = false;
  std::optional<int> max_age;
  std::optional<int> s_maxage;
  std::optional<int> while_revalidate;
  std::optional<int> if_error;
  bool says_anything() const {
    return no_store || no_cache || is_private || is_public || must_revalidate || proxy_revalidate || max_age ||
           s_maxage || while_revalidate || if_error;
  }
};

/// What a path answers now. Another `content` has another ETag and Last-Modified.
struct Page {
  int content = 0;
  int status = 200;
  Control control;
  Control targeted;
  std::optional<int> expires;  ///< seconds after Date
  int age = 0;
  bool has_etag = false;
  bool is_weak = false;
  bool has_last_modified = false;
  bool sets_cookie = false;
  bool is_tagged = false;
  enum class Vary : std::uint8_t { kNothing, kKind, kAnything } vary = Vary::kNothing;
  std::int64_t last_modified() const { return kStart - 1000 - content * 50; }
};

enum class Method : std::uint8_t { kGet, kHead, kPost, kPut, kDelete, kUnknown };

struct Asked {
  Method method = Method::kGet;
  int path = 0;
  int kind = 0;  ///< of the field that answers may vary by; 0: there is none
  bool is_authorized = false;
  std::optional<int> known;  ///< If-None-Match with the ETag of this content
  bool no_cache = false;
  bool no_store = false;
  bool only_if_cached = false;
  std::optional<int> max_age;
  std::optional<int> max_stale;  ///< negative: any
  std::optional<int> min_fresh;
  std::optional<int> if_error;
};

struct Event {
  enum class Kind : std::uint8_t { kRequest, kTime, kPage, kOutage, kPurge } kind = Kind::kTime;
  Asked asked;
  int milliseconds = 0;
  int path = 0;  // of kPage and of a purge of a URL
  Page page;
  enum class Outage : std::uint8_t { kNone, kUnreachable, kStatus } outage = Outage::kNone;
  enum class Purge : std::uint8_t { kUrl, kTag, kHost, kEverything } purge = Purge::kUrl;
  bool is_soft = false;
  int location = -1;  // of an unsafe request: its answer's Location
};

/// What a conditional request to the origin names.
struct Condition {
  std::optional<int> etag;           ///< the content whose ETag it is
  std::optional<int> last_modified;  ///< the same
  friend bool operator==(const Condition&, const Condition&) = default;
};

struct Origin {
  Page pages[kPaths];
  Event::Outage outage = Event::Outage::kNone;

  /// Whether it says 304 to that (RFC 9110 section 13.2.2).
  bool is_not_modified(int path, const Condition& condition) const {
    const Page& page = pages[path];
    if (page.status != 200) return false;
    if (condition.etag) return page.has_etag && *condition.etag == page.content;
    return condition.last_modified && page.has_last_modified && *condition.last_modified == page.content;
  }
};

/// What a policy says beside the defaults, the same for a whole run.
struct Settings {
  std::optional<int> ttl;
  std::optional<int> negative;  ///< for 404 and 503
  std::optional<int> max_ttl;
  int if_unreachable = 20;
};

/// What a client gets, and what the origin was asked for it: both sides have to say the same.
struct Outcome {
  int status = 0;
  int content = -1;  ///< whose body (or, of a 304, whose ETag) it is
  std::int64_t age = -1;
  bool is_from_store = false;
  std::string asked_origin;  ///< "GET", "GET if etag 3", "HEAD"; one after the other
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

std::string text_of(const Outcome& outcome);
std::string text_of(const Event& event);
std::string text_of(const Condition& condition);

}  // namespace headgate::proxy::cache::model
