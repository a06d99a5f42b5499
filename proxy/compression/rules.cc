#include "proxy/compression/rules.h"

#include "base/ascii.h"
#include "wire/coding/accept_encoding.h"

namespace headgate::proxy::compression {
namespace {

using wire::coding::Coding;
using wire::http::Field;
using wire::http::FieldId;
using wire::http::Fields;

/// RFC 9111 sections 5.2.1.6 and 5.2.2.6.
bool forbids_transforming(const Fields& fields) {
  if (!fields.has(FieldId::kCacheControl)) return false;
  for (const Field& field : fields) {
    if (field.id == FieldId::kCacheControl && wire::http::has_token(field.value, "no-transform")) return true;
  }
  return false;
}

bool is_encoded(const Fields& fields) {
  if (!fields.has(FieldId::kContentEncoding)) return false;
  for (const Field& field : fields) {
    const bool says_nothing = field.value.empty() || base::equals_ignoring_case(field.value, "identity");
    if (field.id == FieldId::kContentEncoding && !says_nothing) return true;
  }
  return false;
}

}  // namespace

Coding coding_of(config::CompressionAlgorithm algorithm) {
  switch (algorithm) {
    case config::CompressionAlgorithm::kZstd:
      return Coding::kZstd;
    case config::CompressionAlgorithm::kBrotli:
      return Coding::kBrotli;
    case config::CompressionAlgorithm::kGzip:
      return Coding::kGzip;
  }
  return Coding::kIdentity;
}

Rules Rules::compile(const config::Compression& settings) {
  Rules out;
  for (const config::CompressionChoice& choice : settings.algorithms) {
    const Coding coding = coding_of(choice.algorithm);
    out.offered_.push_back(coding);
    out.levels_[static_cast<std::size_t>(coding)] = choice.level;
  }
  out.types_ = MediaTypes::compile(settings.types);
  out.min_bytes_ = settings.min_bytes;
  return out;
}

Coding Rules::coding_for(const Fields& request_fields) const {
  return wire::coding::choose_coding(request_fields, offered_);
}

Judgement Rules::judge(Coding wanted, const wire::http::RequestHead& request, const wire::http::ResponseHead& response,
                       std::optional<std::uint64_t> length) const {
  const Fields& fields = response.fields;
  if (!types_.has(fields.value_of(FieldId::kContentType))) return {Skip::kType, false};
  if (forbids_transforming(fields)) return {Skip::kNoTransform, false};
  // From here on it is not this answer's kind alone that decides, but what was asked for.
  if (is_encoded(fields)) return {Skip::kEncoded, true};
  if (response.status == 206 || fields.has(FieldId::kContentRange)) return {Skip::kPartial, true};
  if (length && *length < min_bytes_) return {Skip::kSmall, false};
  if (forbids_transforming(request.fields)) return {Skip::kNoTransform, true};
  if (wanted == Coding::kIdentity) return {Skip::kNotAccepted, true};
  return {Skip::kNone, true};
}

}  // namespace headgate::proxy::compression
