#include "proxy/cache/rules/invalidation.h"

#include <algorithm>

#include "base/ascii.h"
#include "wire/http/uri.h"

namespace headgate::proxy::cache::rules {
namespace {

using wire::http::Field;
using wire::http::FieldId;
using wire::http::RequestHead;

std::string_view port_of(const RequestHead& head, bool secure) {
  if (!head.port.empty()) return head.port;
  return secure ? "443" : "80";
}

bool is_same_uri(const RequestHead& a, const RequestHead& b) {
  return a.path == b.path && a.has_query == b.has_query && a.query == b.query;
}

/// Section 5.2.2: the reference's path and query as a target, with the base's where it has none of its own.
std::string_view target_of(const RequestHead& base, std::string_view relative, base::Arena& arena) {
  if (relative.starts_with('/')) return relative;
  if (relative.starts_with('?')) return arena.concat({base.path, relative});
  if (relative.empty()) return base.has_query ? arena.concat({base.path, "?", base.query}) : base.path;
  return arena.concat({base.path.substr(0, base.path.rfind('/') + 1), relative});
}

/// "http://", "https://" or "//" in front; nothing if it is relative. `is_known`: no other scheme stands there.
std::size_t authority_begins(std::string_view reference, bool secure, bool& is_known, bool& is_secure) {
  is_known = true;
  is_secure = secure;
  if (reference.starts_with("//")) return 2;
  const std::size_t colon = reference.find_first_of(":/?");
  if (colon == reference.npos || reference[colon] != ':') return 0;
  const std::string_view scheme = reference.substr(0, colon);
  is_secure = base::equals_ignoring_case(scheme, "https");
  is_known = (is_secure || base::equals_ignoring_case(scheme, "http")) && reference.substr(colon).starts_with("://");
  return colon + 3;
}

}  // namespace

bool resolve_in_origin(const RequestHead& request, bool secure, std::string_view reference, base::Arena& arena,
                       RequestHead& out) {
  reference = base::trimmed(reference.substr(0, reference.find('#')));
  out.clear();
  bool is_known = true;
  bool is_secure = secure;
  const std::size_t begins = authority_begins(reference, secure, is_known, is_secure);
  if (!is_known || is_secure != secure) return false;
  RequestHead there;
  if (begins > 0) {
    reference.remove_prefix(begins);
    const std::size_t ends = std::min(reference.find_first_of("/?"), reference.size());
    if (!wire::http::parse_authority(reference.substr(0, ends), there)) return false;
    if (!base::equals_ignoring_case(there.host, request.host)) return false;
    if (port_of(there, secure) != port_of(request, secure)) return false;
    reference.remove_prefix(ends);
    if (!reference.starts_with('/')) reference = arena.concat({"/", reference});
  }
  const bool is_parsed = wire::http::parse_target(target_of(request, reference, arena), arena, out);
  if (!is_parsed || out.form != wire::http::TargetForm::kOrigin) return false;
  out.method_text = "GET";
  out.host = request.host;
  out.port = request.port;
  out.authority = request.authority;
  return true;
}

Invalidated invalidated_by(const RequestHead& request, bool secure, const wire::http::ResponseHead& response,
                           base::Arena& arena) {
  Invalidated out;
  if (wire::http::is_safe(request.method) || response.status < 200 || response.status >= 400) return out;
  if (!request.path.starts_with('/') || !resolve_in_origin(request, secure, "", arena, out.uris[0])) return out;
  out.count = 1;
  for (const FieldId id : {FieldId::kLocation, FieldId::kContentLocation}) {
    const Field* const field = response.fields.find(id);
    if (field == nullptr || !resolve_in_origin(request, secure, field->value, arena, out.uris[out.count])) continue;
    bool is_known = false;
    for (std::size_t i = 0; i < out.count; ++i) is_known = is_known || is_same_uri(out.uris[i], out.uris[out.count]);
    if (!is_known) ++out.count;
  }
  return out;
}

}  // namespace headgate::proxy::cache::rules
