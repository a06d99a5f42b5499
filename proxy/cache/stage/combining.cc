#include "proxy/cache/stage/combining.h"

#include <fmt/format.h>

#include <array>

#include "base/ascii.h"
#include "proxy/cache/rules/validation.h"

namespace headgate::proxy::cache::stage {
namespace {

using message::semantics::Precondition;
using rules::ByteRange;
using rules::Meta;
using wire::http::FieldId;
using wire::http::Fields;

ByteRange range_of(const Meta& meta) {
  return {meta.first_byte, meta.last_byte};
}

std::string_view content_range_of(const ByteRange& range, std::uint64_t whole, base::Arena& arena) {
  std::array<char, 80> buffer;  // three numbers of at most 20 digits
  const auto written = fmt::format_to_n(buffer.data(), buffer.size(), "bytes {}-{}/{}", range.first, range.last, whole);
  return arena.copy({buffer.data(), written.size});
}

/// The stored fields with the new ones in place of their namesakes, but for what they say of the bytes of each alone.
void merge(const Fields& added, const ByteRange& range, std::uint64_t whole, const rules::Policy& policy,
           base::Arena& arena, wire::http::ResponseHead& out) {
  rules::freshen(out.fields, added, policy);
  for (const std::string_view name : {"Content-Length", "Content-Range", "Content-MD5", "Content-Digest"}) {
    out.fields.remove(name);
  }
  const bool is_whole = range.first == 0 && range.last + 1 == whole;
  out.status = is_whole ? 200 : 206;
  if (!is_whole) out.fields.add(FieldId::kContentRange, content_range_of(range, whole, arena));
}

}  // namespace

Rest rest_of(const memory::Reference& part, const wire::http::RequestHead& asked, base::WallTime now) {
  const Meta& meta = part.record().meta();
  Fields stored;
  part.record().add_fields_to(stored);
  const Precondition verdict = rules::evaluate_conditions(asked, stored, meta, now);
  const rules::RangeAnswer answer =
      rules::answer_range(asked, meta, meta.whole_bytes, verdict == Precondition::kIgnoreRange);
  Rest out;
  if (verdict == Precondition::kNotModified || answer.kind != rules::RangeAnswer::Kind::kNotStored) {
    out.kind = Rest::Kind::kNothing;
    return out;
  }
  if (answer.missing && rules::united(*answer.missing, range_of(meta))) {
    out = {Rest::Kind::kPiece, *answer.missing, base::trimmed(stored.value_of(FieldId::kEtag))};
  }
  return out;
}

std::optional<Combination> combine(const memory::Reference& part, const rules::Fetched& fetched,
                                   const rules::Storing& storing, const rules::Policy& policy, std::uint64_t bytes_max,
                                   base::Arena& arena) {
  Combination out;
  const Meta& meta = part.record().meta();
  part.record().add_fields_to(out.head.fields);
  if (!rules::can_be_combined(out.head.fields, meta, fetched.response.fields, storing.meta)) return std::nullopt;
  const ByteRange had = range_of(meta);
  const ByteRange came = range_of(storing.meta);
  const std::optional<ByteRange> both = rules::united(had, came);
  if (!both || both->bytes() > bytes_max) return std::nullopt;
  out.bytes = both->bytes();
  out.came = came;
  if (had.first < came.first) out.before = {0, came.first - had.first};
  if (had.last > came.last) out.after = {came.last + 1 - had.first, had.bytes()};
  merge(fetched.response.fields, *both, meta.whole_bytes, policy, arena, out.head);
  out.storing = rules::judge_storing({fetched.request, out.head, fetched.requested, fetched.received,
                                      fetched.has_request_body, fetched.secure, fetched.sent},
                                     policy);
  if (!out.storing.store) return std::nullopt;
  return out;
}

}  // namespace headgate::proxy::cache::stage
