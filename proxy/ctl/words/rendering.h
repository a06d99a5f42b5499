#pragma once
#include <string>

#include "base/clock.h"
#include "proxy/ctl/client/json.h"
#include "proxy/ctl/text/page.h"

// What words show: an answer of the daemon -> text for a page. Pure.
namespace headgate::proxy::ctl::words {

/// /status, and of /backends which need a look.
std::string status_text(const client::Json& status, const client::Json& backends, const text::Page& page);
/// /pools
std::string pools_text(const client::Json& pools, const text::Page& page);
/// /backends, or /pools/{pool}
std::string backends_text(const client::Json& backends, const text::Page& page);
/// A sentence for each backend that is not up: "app/app-2 is down for 5 min: HTTP 503 from /healthz".
std::string attention_text(const client::Json& backends, const text::Page& page);
/// /regions
std::string regions_text(const client::Json& regions, const text::Page& page);
/// /connections
std::string connections_text(const client::Json& connections, const text::Page& page);
/// One of /events, with its line end.
std::string event_text(const client::Json& event, const text::Page& page);
/// A unified diff in colors; its lines as they are but for control characters.
std::string diff_text(const client::Json& configuration, const text::Page& page);

/// How long ago a member's time was; nothing to say is "-".
std::string age_of(const client::Json& of, std::string_view name, base::WallTime now);

}  // namespace headgate::proxy::ctl::words
