#include "proxy/explain/session/session_part.h"

#include <fmt/format.h>

#include "config/load.h"
#include "config/values.h"

namespace headgate::proxy::explain::session {
namespace {

using CookieKind = sticky::Shown::Kind;
using Stay = balance::Forecast::Stay;

/// `who`, the cookie or the table, names a backend.
void note_stay(const config::Pool& pool, const balance::Forecast& forecast, std::string_view who, SessionPart& out) {
  if (forecast.home != balance::choose::kNoMember) out.backend = forecast.version->members[forecast.home].backend->id();
  switch (forecast.stay) {
    case Stay::kNone:
      return;
    case Stay::kHome:
      out.verdict = "stays";
      out.why = fmt::format("the {} names {}", who, out.backend);
      return;
    case Stay::kHomeFull:
      out.verdict = "waits";
      out.why = fmt::format("the {} names {}, which has its max_requests: the request waits for it, at most {}", who,
                            out.backend, config::duration_text(pool.queue.timeout));
      return;
    case Stay::kUnfit:
      out.verdict = "moves";
      out.why = fmt::format("the {} names {}, which may not be used now; who answers has the session from then on", who,
                            out.backend);
      return;
    case Stay::kGone:
      out.verdict = "moves";
      out.why = fmt::format(
          "the {} names a backend that the pool has no more; who answers has the session from then on", who);
      return;
  }
}

void note_entry(const config::Pool& pool, const KnownSession& known, const balance::Forecast* forecast,
                SessionPart& out) {
  if (!known.has_key) {
    out.verdict = "new";
    out.why = "the request has nothing that the table goes by";
  } else if (!known.can_be_read) {
    out.verdict = "unknown";
    out.why = "what is in the table is known to the daemon";
  } else if (known.entry == 0) {
    out.verdict = "new";
    out.why = "the table does not know it; who answers has the session from then on";
  } else if (forecast != nullptr) {
    note_stay(pool, *forecast, "table", out);
  }
}

void note_cookie(const config::Pool& pool, const config::StickyCookie& cookie, const KnownSession& known,
                 const balance::Forecast* forecast, SessionPart& out) {
  if (!known.can_be_read) {
    out.verdict = "unknown";
    out.why = "what a cookie says is known to the daemon, or with sticky.keys_file";
    return;
  }
  switch (known.shown.kind) {
    case CookieKind::kNone:
      out.verdict = "new";
      out.why = "there is no such cookie; who answers is named by a new one";
      return;
    case CookieKind::kRefused:
      out.verdict = "refused";
      out.why = "the cookie is forged, another pool's, or of a key that is gone; who answers is named by a new one";
      return;
    case CookieKind::kExpired:
      out.verdict = "expired";
      out.why = fmt::format("the cookie is older than max_age ({}); who answers is named by a new one",
                            config::duration_text(cookie.max_age));
      return;
    case CookieKind::kOld:
    case CookieKind::kGood:
      if (forecast != nullptr) note_stay(pool, *forecast, "cookie", out);
      break;
  }
  if (known.shown.kind == CookieKind::kOld && out.verdict == "stays") out.why += ", and is renewed";
}

}  // namespace

std::optional<SessionPart> session_part_of(const config::Pool& pool, const KnownSession& known,
                                           const balance::Forecast* forecast) {
  if (std::holds_alternative<std::monostate>(pool.sticky)) return std::nullopt;
  SessionPart out;
  out.by = config::sticky_name(pool.sticky);
  if (const auto* const cookie = std::get_if<config::StickyCookie>(&pool.sticky)) {
    note_cookie(pool, *cookie, known, forecast, out);
  } else {
    note_entry(pool, known, forecast, out);
  }
  return out;
}

}  // namespace headgate::proxy::explain::session
