#include "proxy/message/semantics/preconditions.h"

#include "base/ascii.h"
#include "wire/http/date.h"

namespace headgate::proxy::message::semantics {

using wire::http::Field;
using wire::http::FieldId;
using wire::http::Fields;
using wire::http::Method;

namespace {

/// etagc of RFC 9110 section 8.8.3: anything printable but the quote, a backslash included.
constexpr bool is_etag_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == 0x21 || (byte >= 0x23 && byte != 0x7f);
}

/// The length of the entity tag that `text` begins with, 0 if it does not begin with one.
std::size_t etag_length(std::string_view text) {
  std::size_t at = text.starts_with("W/") ? 2 : 0;
  if (at >= text.size() || text[at] != '"') return 0;
  for (++at; at < text.size(); ++at) {
    if (text[at] == '"') return at + 1;
    if (!is_etag_char(text[at])) return 0;
  }
  return 0;
}

bool is_weak(std::string_view etag) {
  return etag.starts_with("W/");
}
std::string_view opaque_part(std::string_view etag) {
  return etag.substr(is_weak(etag) ? 2 : 0);
}
bool is_etag(std::string_view text) {
  return !text.empty() && etag_length(text) == text.size();
}

/// Whether one tag of a list matches. Not split by for_each_member: in an entity tag a backslash escapes nothing.
template <class Equal>
bool list_matches(std::string_view list, const Validators& validators, Equal equal) {
  list = base::trimmed(list);
  if (list == "*") return validators.exists;
  while (!list.empty()) {
    const std::size_t length = etag_length(list);
    if (length == 0) {
      if (list.front() != ',' && list.front() != ' ' && list.front() != '\t')
        return false;  // no list of tags from here on
      list.remove_prefix(1);
      continue;
    }
    if (validators.exists && equal(list.substr(0, length), validators.etag)) return true;
    list.remove_prefix(length);
  }
  return false;
}

template <class Equal>
bool any_line_matches(const Fields& fields, FieldId id, const Validators& validators, Equal equal) {
  for (const Field& field : fields) {
    if (field.id == id && list_matches(field.value, validators, equal)) return true;
  }
  return false;
}

/// A date of one field; nothing if there is none, more than one, or one that can not be read.
std::optional<std::int64_t> date_of(const Fields& fields, FieldId id, std::int64_t now_seconds) {
  if (!fields.has(id) || fields.count(id) != 1) return std::nullopt;
  return wire::http::parse_date(fields.value_of(id), now_seconds);
}

bool if_range_holds(std::string_view value, const Validators& validators, std::int64_t now_seconds) {
  value = base::trimmed(value);
  if (is_etag(value)) return equal_strongly(value, validators.etag);
  // Section 8.8.2.2: a date is a strong validator only if the representation was not changed in the second it was sent.
  const std::optional<std::int64_t> date = wire::http::parse_date(value, now_seconds);
  return date && validators.last_modified && *date == *validators.last_modified && *date < now_seconds;
}

/// Steps 3 and 4 of RFC 9110 section 13.2.2; `changed` is when the representation last did, if that is known.
Precondition evaluate_newer(const wire::http::RequestHead& head, const Validators& validators,
                            std::optional<std::int64_t> changed, std::int64_t now_seconds) {
  const Fields& fields = head.fields;
  const bool reads = head.method == Method::kGet || head.method == Method::kHead;
  if (fields.has(FieldId::kIfNoneMatch)) {
    if (!any_line_matches(fields, FieldId::kIfNoneMatch, validators, equal_weakly)) return Precondition::kProceed;
    return reads ? Precondition::kNotModified : Precondition::kFailed;
  }
  if (!reads || !changed) return Precondition::kProceed;
  const auto since = date_of(fields, FieldId::kIfModifiedSince, now_seconds);
  return since && *changed <= *since ? Precondition::kNotModified : Precondition::kProceed;
}

/// Step 5.
Precondition evaluate_range(const wire::http::RequestHead& head, const Validators& validators,
                            std::int64_t now_seconds) {
  const Fields& fields = head.fields;
  const bool has_if_range = head.method == Method::kGet && fields.has(FieldId::kRange) && fields.has(FieldId::kIfRange);
  if (has_if_range && (fields.count(FieldId::kIfRange) != 1 ||
                       !if_range_holds(fields.value_of(FieldId::kIfRange), validators, now_seconds))) {
    return Precondition::kIgnoreRange;
  }
  return Precondition::kProceed;
}

constexpr std::uint64_t kConditions = Fields::bit(FieldId::kIfMatch) | Fields::bit(FieldId::kIfUnmodifiedSince) |
                                      Fields::bit(FieldId::kIfNoneMatch) | Fields::bit(FieldId::kIfModifiedSince) |
                                      Fields::bit(FieldId::kIfRange);

}  // namespace

bool equal_strongly(std::string_view a, std::string_view b) {
  return is_etag(a) && a == b && !is_weak(a);
}

bool equal_weakly(std::string_view a, std::string_view b) {
  return is_etag(a) && is_etag(b) && opaque_part(a) == opaque_part(b);
}

Precondition evaluate_preconditions(const wire::http::RequestHead& head, const Validators& validators,
                                    std::int64_t now_seconds) {
  const Fields& fields = head.fields;
  if (!fields.has_any(kConditions)) return Precondition::kProceed;

  if (fields.has(FieldId::kIfMatch)) {
    if (!any_line_matches(fields, FieldId::kIfMatch, validators, equal_strongly)) return Precondition::kFailed;
  } else if (validators.last_modified) {
    const auto since = date_of(fields, FieldId::kIfUnmodifiedSince, now_seconds);
    if (since && *validators.last_modified > *since) return Precondition::kFailed;
  }

  const Precondition newer = evaluate_newer(head, validators, validators.last_modified, now_seconds);
  return newer != Precondition::kProceed ? newer : evaluate_range(head, validators, now_seconds);
}

Precondition evaluate_preconditions_of_stored(const wire::http::RequestHead& head, const Validators& validators,
                                              std::int64_t dated, std::int64_t now_seconds) {
  if (!head.fields.has_any(kConditions)) return Precondition::kProceed;
  const Precondition newer = evaluate_newer(head, validators, validators.last_modified.value_or(dated), now_seconds);
  // A stored Last-Modified is certain if it is older than the second in which the origin sent it (section 8.8.2.2).
  return newer != Precondition::kProceed ? newer : evaluate_range(head, validators, dated);
}

}  // namespace headgate::proxy::message::semantics
