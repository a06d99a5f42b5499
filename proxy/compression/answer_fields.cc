#include "proxy/compression/answer_fields.h"

#include <array>

#include "base/ascii.h"

namespace headgate::proxy::compression {
namespace {

using wire::http::Field;
using wire::http::FieldId;
using wire::http::Fields;

constexpr std::string_view kAcceptEncoding = "Accept-Encoding";
constexpr std::array<std::string_view, 4> kDigests = {"Content-MD5", "Digest", "Content-Digest", "Repr-Digest"};

}  // namespace

void add_vary(Fields& fields, base::Arena& arena) {
  if (!fields.has(FieldId::kVary)) {
    fields.add(FieldId::kVary, kAcceptEncoding);
    return;
  }
  std::string_view all;
  for (const Field& field : fields) {
    if (field.id != FieldId::kVary) continue;
    const bool says_it = wire::http::has_token(field.value, "*") || wire::http::has_token(field.value, kAcceptEncoding);
    if (says_it) return;
    if (field.value.empty()) continue;
    all = all.empty() ? field.value : arena.concat({all, ", ", field.value});
  }
  fields.set(FieldId::kVary, all.empty() ? kAcceptEncoding : arena.concat({all, ", ", kAcceptEncoding}));
}

bool is_strong_etag(std::string_view value) {
  return value.size() >= 2 && value.front() == '"' && value.back() == '"';
}

void weaken_etag(Fields& fields, base::Arena& arena) {
  const Field* etag = fields.find(FieldId::kEtag);
  if (etag == nullptr || !is_strong_etag(etag->value)) return;
  fields.set(FieldId::kEtag, arena.concat({"W/", etag->value}));
}

bool is_of_bytes(const Field& field) {
  if (field.id == FieldId::kContentLength || field.id == FieldId::kAcceptRanges) return true;
  if (field.id != FieldId::kOther) return false;
  for (const std::string_view name : kDigests) {
    if (base::equals_ignoring_case(field.name, name)) return true;
  }
  return false;
}

void mark_encoded(Fields& fields, wire::coding::Coding coding, base::Arena& arena) {
  fields.remove_all(Fields::bit(FieldId::kContentLength) | Fields::bit(FieldId::kAcceptRanges));
  for (const std::string_view name : kDigests) fields.remove(name);
  fields.set(FieldId::kContentEncoding, to_string(coding));
  weaken_etag(fields, arena);
}

void make_not_modified(wire::http::ResponseHead& head) {
  head.status = 304;
  head.reason = {};
  head.fields.remove_all(Fields::bit(FieldId::kContentLength) | Fields::bit(FieldId::kContentEncoding) |
                         Fields::bit(FieldId::kContentType) | Fields::bit(FieldId::kAcceptRanges));
  for (const std::string_view name : kDigests) head.fields.remove(name);
  head.fields.remove("Content-Language");
}

}  // namespace headgate::proxy::compression
