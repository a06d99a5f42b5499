#include "proxy/cache/rules/validation.h"

#include <array>
#include <span>
#include <vector>

#include "base/ascii.h"
#include "proxy/cache/rules/storing.h"

namespace headgate::proxy::cache::rules {
namespace {

using message::semantics::Precondition;
using wire::http::Field;
using wire::http::FieldId;
using wire::http::Fields;
namespace semantics = message::semantics;

constexpr std::uint64_t kClientsConditions = Fields::bit(FieldId::kIfNoneMatch) |
                                             Fields::bit(FieldId::kIfModifiedSince) | Fields::bit(FieldId::kIfRange) |
                                             Fields::bit(FieldId::kRange);

constexpr std::uint64_t kAboutStoredBytes =
    Fields::bit(FieldId::kContentLength) | Fields::bit(FieldId::kContentEncoding) | Fields::bit(FieldId::kContentRange);

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  for (const std::string_view other : names) {
    if (base::equals_ignoring_case(name, other)) return true;
  }
  return false;
}

/// Digests of content (RFC 1864, RFC 3230, RFC 9530) are of the bytes that are stored.
bool is_about_stored_bytes(const Field& field) {
  constexpr std::array<std::string_view, 4> kDigests = {"Content-MD5", "Content-Digest", "Repr-Digest", "Digest"};
  if (field.id != FieldId::kOther) return (kAboutStoredBytes & Fields::bit(field.id)) != 0;
  return is_one_of(field.name, kDigests);
}

bool is_named_by_connection(const Fields& fields, std::string_view name) {
  if (!fields.has(FieldId::kConnection)) return false;
  for (const Field& field : fields) {
    if (field.id == FieldId::kConnection && wire::http::has_token(field.value, name)) return true;
  }
  return false;
}

bool is_taken(const Field& field, const Fields& stored, const Fields& not_modified, const Policy& policy) {
  if (field.id == FieldId::kAge) return true;
  if (is_never_stored(field) || is_about_stored_bytes(field)) return false;
  if (field.id == FieldId::kEtag) return !stored.has(FieldId::kEtag);
  if (field.id == FieldId::kSetCookie && !policy.stores_set_cookie) return false;
  return !is_named_by_connection(not_modified, field.name);
}

std::string_view single_value(const Fields& fields, FieldId id) {
  return fields.count(id) == 1 ? base::trimmed(fields.value_of(id)) : std::string_view();
}

bool is_weak(std::string_view etag) {
  return etag.starts_with("W/");
}

}  // namespace

Precondition evaluate_conditions(const wire::http::RequestHead& request, const Fields& stored, const Meta& meta,
                                 base::WallTime now) {
  if (meta.status != 200 && meta.status != 206) return Precondition::kProceed;
  semantics::Validators validators;
  if (meta.has(Meta::kHasEtag)) validators.etag = single_value(stored, FieldId::kEtag);
  if (meta.has(Meta::kHasLastModified)) validators.last_modified = meta.last_modified;
  const std::int64_t now_seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  return semantics::evaluate_preconditions_of_stored(request, validators, meta.date, now_seconds);
}

bool is_in_not_modified(const Field& field) {
  switch (field.id) {
    case FieldId::kContentLength:
    case FieldId::kContentType:
    case FieldId::kContentEncoding:
    case FieldId::kContentRange:
    case FieldId::kAcceptRanges:
    case FieldId::kTrailer:
    case FieldId::kTransferEncoding:
      return false;
    case FieldId::kOther: {
      constexpr std::array<std::string_view, 1> kOfContent = {"Content-Language"};
      return !is_about_stored_bytes(field) && !is_one_of(field.name, kOfContent);
    }
    default:
      return true;
  }
}

Condition condition_of(const Fields& stored, const Meta& meta) {
  Condition out;
  if (meta.has(Meta::kHasEtag)) out.etag = single_value(stored, FieldId::kEtag);
  if (meta.has(Meta::kHasLastModified)) out.last_modified = single_value(stored, FieldId::kLastModified);
  return out;
}

void make_conditional(Fields& request, const Condition& condition) {
  request.remove_all(kClientsConditions);
  if (!condition.etag.empty()) request.add(FieldId::kIfNoneMatch, condition.etag);
  if (!condition.last_modified.empty()) request.add(FieldId::kIfModifiedSince, condition.last_modified);
}

bool is_freshened_by(const Fields& stored, const Fields& not_modified) {
  const std::string_view etag = single_value(not_modified, FieldId::kEtag);
  const std::string_view stored_etag = single_value(stored, FieldId::kEtag);
  const std::string_view changed = single_value(not_modified, FieldId::kLastModified);
  const std::string_view stored_changed = single_value(stored, FieldId::kLastModified);
  if (!etag.empty()) {
    if (!stored_etag.empty()) {
      return is_weak(etag) || is_weak(stored_etag) ? semantics::equal_weakly(etag, stored_etag)
                                                   : semantics::equal_strongly(etag, stored_etag);
    }
    return !changed.empty() && changed == stored_changed;
  }
  return changed.empty() || stored_changed.empty() || changed == stored_changed;
}

void freshen(Fields& stored, const Fields& not_modified, const Policy& policy) {
  std::vector<Field> taken;
  for (const Field& field : not_modified) {
    if (is_taken(field, stored, not_modified, policy)) taken.push_back(field);
  }
  for (const Field& field : taken) stored.remove(field.name);
  for (const Field& field : taken) stored.add(field.name, field.value, field.id);
}

HeadEffect effect_of_head(const Fields& stored, const wire::http::ResponseHead& answer) {
  if (answer.status != 200) return HeadEffect::kNone;
  for (const FieldId id : {FieldId::kEtag, FieldId::kLastModified, FieldId::kContentLength}) {
    if (!answer.fields.has(id)) continue;
    if (single_value(answer.fields, id) != single_value(stored, id)) return HeadEffect::kInvalidates;
  }
  return HeadEffect::kFreshens;
}

}  // namespace headgate::proxy::cache::rules
