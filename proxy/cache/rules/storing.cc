#include "proxy/cache/rules/storing.h"

#include <algorithm>
#include <optional>

#include "base/ascii.h"
#include "proxy/cache/rules/directives.h"
#include "proxy/cache/rules/freshness.h"
#include "proxy/cache/rules/invalidation.h"
#include "proxy/message/semantics/content_range.h"
#include "proxy/message/semantics/preconditions.h"
#include "wire/http1/hop_by_hop.h"

namespace headgate::proxy::cache::rules {
namespace {

using std::chrono::seconds;
using wire::http::Field;
using wire::http::FieldId;
using wire::http::Fields;
using wire::http::Method;
namespace semantics = message::semantics;

constexpr std::uint64_t kForTheOrigin =
    Fields::bit(FieldId::kIfMatch) | Fields::bit(FieldId::kIfUnmodifiedSince) | Fields::bit(FieldId::kUpgrade);

constexpr std::uint64_t kNeverStored = wire::http1::kHopByHopFields | Fields::bit(FieldId::kProxyAuthenticate) |
                                       Fields::bit(FieldId::kProxyAuthorization) | Fields::bit(FieldId::kTrailer) |
                                       Fields::bit(FieldId::kAge);

bool names_field(const std::vector<std::string_view>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(),
                     [name](std::string_view other) { return base::equals_ignoring_case(other, name); });
}

/// What these say is about this one request, whatever their fields say: its conditions (304, 412), its range (416), its
/// size or rate (RFC 6585 forbids it for 428, 429, 431 and 511), its connection (407, 408, 417, 421, 425, 426). Stored,
/// they would be a way to take a page away from everybody.
bool is_about_one_request(std::uint16_t status) {
  switch (status) {
    case 304:
    case 407:
    case 408:
    case 412:
    case 416:
    case 417:
    case 421:
    case 425:
    case 426:
    case 428:
    case 429:
    case 431:
    case 511:
      return true;
    default:
      return status < 200;
  }
}

/// RFC 9111 section 5.2.2.3: the final statuses whose caching rules this cache follows, those of RFC 9110.
bool is_understood(std::uint16_t status) {
  return (status >= 200 && status <= 206) || (status >= 300 && status <= 308 && status != 306) ||
         (status >= 400 && status <= 417 && status != 402) || status == 421 || status == 422 || status == 426 ||
         (status >= 500 && status <= 505);
}

bool varies_by_anything(const Fields& fields) {
  for (const Field& field : fields) {
    if (field.id == FieldId::kVary && wire::http::has_token(field.value, "*")) return true;
  }
  return false;
}

bool varies_by(const Fields& fields, std::string_view name) {
  for (const Field& field : fields) {
    if (field.id == FieldId::kVary && wire::http::has_token(field.value, name)) return true;
  }
  return false;
}

/// Of "for=1.2.3.4;host=example.com": example.com.
std::string_view host_in_forwarded(std::string_view element) {
  constexpr std::string_view kHost = "host=";
  for (std::size_t at = 0; at < element.size(); ++at) {
    if (!base::equals_ignoring_case(element.substr(at, kHost.size()), kHost)) continue;
    std::string_view host = element.substr(at + kHost.size());
    host = base::trimmed(host.substr(0, host.find_first_of(";,")));
    if (host.size() > 1 && host.front() == '"' && host.back() == '"') host = host.substr(1, host.size() - 2);
    return host;
  }
  return {};
}

/// Whether a trusted proxy names another host than the key has, and the origin heard of it.
bool names_other_host(const Fetched& fetched, FieldId id) {
  if (fetched.sent == nullptr) return false;
  for (const Field& field : fetched.request.fields) {
    if (field.id != id) continue;
    const std::string_view host = id == FieldId::kForwarded ? host_in_forwarded(field.value) : field.value;
    if (host.empty() || base::equals_ignoring_case(host, fetched.request.authority)) continue;
    if (fetched.sent->value_of(id).find(field.value) != std::string_view::npos) return true;
  }
  return false;
}

bool has_unkeyed_field(const Fetched& fetched, const Policy& policy) {
  const auto is_told_apart = [&](std::string_view name) {
    return varies_by(fetched.response.fields, name) ||
           std::any_of(policy.keyed.begin(), policy.keyed.end(),
                       [name](const std::string& keyed) { return base::equals_ignoring_case(keyed, name); });
  };
  for (const std::string& name : policy.unkeyed) {
    if (fetched.request.fields.find(name) != nullptr && !is_told_apart(name)) return true;
  }
  return (names_other_host(fetched, FieldId::kXForwardedHost) && !is_told_apart("X-Forwarded-Host")) ||
         (names_other_host(fetched, FieldId::kForwarded) && !is_told_apart("Forwarded"));
}

/// RFC 9110 section 9.3.3: the answer to a POST stands for the URI itself if its Content-Location says that URI.
bool is_of_own_uri(const Fetched& fetched) {
  if (fetched.response.fields.count(FieldId::kContentLocation) != 1) return false;
  const wire::http::RequestHead& request = fetched.request;
  base::Arena arena;
  wire::http::RequestHead there;
  return resolve_in_origin(request, fetched.secure, fetched.response.fields.value_of(FieldId::kContentLocation), arena,
                           there) &&
         there.path == request.path && there.has_query == request.has_query && there.query == request.query;
}

/// Sections 3 and 3.5, 7.3 and what keeps one client's answer from another. kStored if nothing speaks against it.
Reason objection_to(const Fetched& fetched, const ResponseDirectives& directives, const Lifetime& lifetime,
                    const Policy& policy) {
  const Fields& asked = fetched.request.fields;
  const Fields& answered = fetched.response.fields;
  const std::uint16_t status = fetched.response.status;
  const bool is_get = fetched.request.method == Method::kGet && !fetched.has_request_body;
  if (fetched.request.method == Method::kGet && fetched.has_request_body) return Reason::kRequestBody;
  if (!is_get && (fetched.request.method != Method::kPost || !lifetime.is_stated || !is_of_own_uri(fetched))) {
    return Reason::kMethod;
  }
  if (is_about_one_request(status)) return Reason::kStatus;
  if (directives.is_broken) return Reason::kBrokenDirectives;
  if (directives.must_understand && !is_understood(status)) return Reason::kNotUnderstood;
  if (directives.no_store && !directives.must_understand) return Reason::kNoStore;
  if (directives.is_private) return Reason::kPrivate;
  if (policy.obeys_client && request_directives(asked).no_store) return Reason::kRequestNoStore;
  if (asked.has(FieldId::kAuthorization) && !directives.is_public && !directives.must_revalidate &&
      !directives.s_maxage) {
    return Reason::kAuthorization;
  }
  if (answered.has(FieldId::kSetCookie) && !policy.stores_set_cookie && !names_field(directives.listed, "Set-Cookie")) {
    return Reason::kSetCookie;
  }
  if (asked.has(FieldId::kCookie) && !policy.ignores_cookies && !lifetime.is_stated && !directives.is_public &&
      !varies_by(answered, "Cookie")) {
    return Reason::kCookie;
  }
  if (varies_by_anything(answered)) return Reason::kVaryAny;
  if (has_unkeyed_field(fetched, policy)) return Reason::kUnkeyedField;
  return Reason::kStored;
}

void note_validators(const Fields& fields, const Dates& dates, Meta& meta) {
  const std::string_view etag = base::trimmed(fields.value_of(FieldId::kEtag));
  if (fields.count(FieldId::kEtag) == 1 && semantics::equal_weakly(etag, etag)) {
    meta.flags |= Meta::kHasEtag;
    if (semantics::equal_strongly(etag, etag)) meta.flags |= Meta::kHasStrongEtag;
  }
  if (dates.last_modified) {
    meta.flags |= Meta::kHasLastModified;
    meta.last_modified = *dates.last_modified;
  }
}

/// Sections 3.3 and 3.4. False if the part can not be used: not one range, of a whole of unknown length, or of another
/// length than Content-Length says.
bool note_part(const Fields& fields, Meta& meta) {
  if (fields.count(FieldId::kContentRange) != 1) return false;
  const std::optional<semantics::ContentRange> range =
      semantics::parse_content_range(fields.value_of(FieldId::kContentRange));
  if (!range || !range->range || !range->whole) return false;
  if (fields.has(FieldId::kContentLength) &&
      base::parse_decimal<std::uint64_t>(fields.value_of(FieldId::kContentLength)) != range->range->bytes()) {
    return false;
  }
  meta.flags |= Meta::kPartial;
  meta.first_byte = range->range->first;
  meta.last_byte = range->range->last;
  meta.whole_bytes = *range->whole;
  return true;
}

void note_windows(const ResponseDirectives& directives, const Policy& policy, bool is_overridden, Meta& meta) {
  if (is_overridden) {
    meta.stale_while_revalidate = policy.stale_while_revalidate.value_or(seconds(0));
    meta.stale_if_error = policy.stale_if_error.value_or(seconds(0));
    return;
  }
  if (directives.no_cache) meta.flags |= Meta::kNoCache;
  const bool is_forbidden = directives.must_revalidate || directives.proxy_revalidate;
  if (is_forbidden || directives.s_maxage) meta.flags |= Meta::kMustRevalidate;
  if (is_forbidden || directives.no_cache) return;
  // s-maxage implies proxy-revalidate (section 5.2.2.10). An origin that names a window beside it means that window: it
  // is then the more specific of two things that it said itself. What it did not say, the policy does not add.
  const auto window = [&directives](const std::optional<seconds>& stated, const std::optional<seconds>& given) {
    if (stated) return *stated;
    return directives.s_maxage ? seconds(0) : given.value_or(seconds(0));
  };
  // Of an answer of which nobody says that it is ever fresh, each client would get the one before.
  const bool is_ever_fresh = meta.source != Source::kNone;
  meta.stale_while_revalidate =
      window(directives.stale_while_revalidate, is_ever_fresh ? policy.stale_while_revalidate : std::nullopt);
  meta.stale_if_error = window(directives.stale_if_error, policy.stale_if_error);
}

/// Whether there will be a moment at which it is of use.
bool is_of_use(const Meta& meta) {
  const bool will_be_fresh = !meta.has(Meta::kNoCache) && meta.fresh_until > meta.received;
  const base::WallTime given_until = meta.fresh_until + std::max(meta.stale_while_revalidate, meta.stale_if_error);
  return will_be_fresh || meta.can_be_revalidated() || (!meta.has(Meta::kNoCache) && given_until > meta.received);
}

void leave_out_connection_fields(const Fields& fields, std::vector<std::string_view>& out) {
  if (!fields.has(FieldId::kConnection)) return;
  for (const Field& field : fields) {
    if (field.id != FieldId::kConnection) continue;
    wire::http::for_each_member(field.value, [&out](std::string_view name) {
      out.push_back(name);
      return true;
    });
  }
}

}  // namespace

Asking judge_request(const wire::http::RequestHead& request, bool has_body) {
  if (request.method == Method::kPost) return {false, true, Reason::kMethod};
  if (request.method != Method::kGet && request.method != Method::kHead) return {false, false, Reason::kMethod};
  if (has_body) return {false, false, Reason::kRequestBody};
  if (request.fields.has_any(kForTheOrigin)) {
    return {false, false, request.fields.has(FieldId::kUpgrade) ? Reason::kUpgrade : Reason::kRequestCondition};
  }
  return {true, request.method == Method::kGet, request.method == Method::kGet ? Reason::kNotThere : Reason::kMethod};
}

Storing judge_storing(const Fetched& fetched, const Policy& policy) {
  Storing out;
  const Fields& fields = fetched.response.fields;
  const ResponseDirectives directives = response_directives(fields, policy.control_fields);
  const Dates dates = dates_of(fields, fetched.received);
  const Lifetime lifetime = lifetime_of(fetched.response, directives, dates, policy);
  const bool is_overridden = policy.overrides_origin &&
                             (lifetime.source == Source::kPolicyOverride || lifetime.source == Source::kPolicyNegative);

  Meta& meta = out.meta;
  meta.requested = fetched.requested;
  meta.received = fetched.received;
  meta.born = fetched.received - initial_age_of(fields, dates, fetched.requested, fetched.received);
  meta.lifetime = lifetime.value;
  meta.fresh_until = meta.born + lifetime.value;
  meta.source = lifetime.source;
  meta.date = dates.date;
  meta.status = fetched.response.status;
  if (dates.has_date) meta.flags |= Meta::kHasDate;
  if (directives.immutable) meta.flags |= Meta::kImmutable;
  if (fetched.request.fields.has(FieldId::kAuthorization)) meta.flags |= Meta::kAuthorized;
  note_validators(fields, dates, meta);
  note_windows(directives, policy, is_overridden, meta);

  out.left_out = directives.listed;
  leave_out_connection_fields(fields, out.left_out);

  out.reason = objection_to(fetched, directives, lifetime, policy);
  if (out.reason == Reason::kStored && meta.status == 206 && !note_part(fields, meta)) {
    out.reason = Reason::kPartialContent;
  }
  const bool is_default = is_heuristically_cacheable(meta.status) || directives.is_public;
  if (out.reason == Reason::kStored && lifetime.source == Source::kNone && !is_default) {
    out.reason = Reason::kNoFreshness;
  }
  if (out.reason == Reason::kStored && !is_of_use(meta)) out.reason = Reason::kNoFreshness;
  out.store = out.reason == Reason::kStored;
  return out;
}

bool is_never_stored(const Field& field) {
  if (field.id != FieldId::kOther) return (kNeverStored & Fields::bit(field.id)) != 0;
  return base::equals_ignoring_case(field.name, "Proxy-Authentication-Info");
}

bool is_stored(const Field& field, const Storing& storing) {
  // Section 6.6.1 of RFC 9110: what is sent without it gets the time of sending, which is not what Age counts from.
  if (field.id == FieldId::kDate) return true;
  return !is_never_stored(field) && !names_field(storing.left_out, field.name);
}

}  // namespace headgate::proxy::cache::rules
