#include "proxy/cache/rules/partial.h"

#include <algorithm>

#include "base/ascii.h"
#include "proxy/message/semantics/preconditions.h"

namespace headgate::proxy::cache::rules {
namespace {

using wire::http::FieldId;
using wire::http::Fields;

bool lies_in(const ByteRange& inner, const ByteRange& outer) {
  return inner.first >= outer.first && inner.last <= outer.last;
}

RangeAnswer not_stored(const ByteRange& wanted, const ByteRange& had, const Meta& meta) {
  RangeAnswer out;
  out.kind = RangeAnswer::Kind::kNotStored;
  if (meta.has(Meta::kHasStrongEtag)) out.missing = one_piece_missing(wanted, had);
  return out;
}

}  // namespace

std::optional<ByteRange> united(const ByteRange& a, const ByteRange& b) {
  const ByteRange& left = a.first <= b.first ? a : b;
  const ByteRange& right = a.first <= b.first ? b : a;
  if (right.first > left.last && right.first - left.last > 1) return std::nullopt;
  return ByteRange{left.first, std::max(left.last, right.last)};
}

std::optional<ByteRange> one_piece_missing(const ByteRange& wanted, const ByteRange& had) {
  if (had.last < wanted.first || had.first > wanted.last) return wanted;
  const bool has_hole_before = had.first > wanted.first;
  const bool has_hole_after = had.last < wanted.last;
  if (has_hole_before == has_hole_after) return std::nullopt;
  if (has_hole_before) return ByteRange{wanted.first, had.first - 1};
  return ByteRange{had.last + 1, wanted.last};
}

RangeAnswer answer_range(const wire::http::RequestHead& request, const Meta& meta, std::uint64_t whole_bytes,
                         bool ignores_range) {
  RangeAnswer out;
  const bool is_partial = meta.has(Meta::kPartial);
  const ByteRange had{meta.first_byte, meta.last_byte};
  const bool has_range = request.method == wire::http::Method::kGet && !ignores_range &&
                         request.fields.count(FieldId::kRange) == 1 && (meta.status == 200 || is_partial);
  if (has_range) {
    out.ranges = ByteRanges::parse(base::trimmed(request.fields.value_of(FieldId::kRange)), whole_bytes);
    if (out.ranges.answer() == ByteRanges::Answer::kUnsatisfiable) out.kind = RangeAnswer::Kind::kUnsatisfiable;
    if (out.ranges.answer() == ByteRanges::Answer::kPartial) out.kind = RangeAnswer::Kind::kPartial;
  }
  if (!is_partial || out.kind == RangeAnswer::Kind::kUnsatisfiable) return out;
  if (out.kind == RangeAnswer::Kind::kWhole) return not_stored({0, whole_bytes - 1}, had, meta);
  const std::span<const ByteRange> wanted = out.ranges.ranges();
  const bool is_all_there =
      std::all_of(wanted.begin(), wanted.end(), [&had](const ByteRange& range) { return lies_in(range, had); });
  if (is_all_there) return out;
  if (wanted.size() > 1) {
    out.kind = RangeAnswer::Kind::kNotStored;
    return out;
  }
  return not_stored(wanted.front(), had, meta);
}

bool can_be_combined(const Fields& stored, const Meta& stored_meta, const Fields& part, const Meta& part_meta) {
  return stored_meta.has(Meta::kHasStrongEtag) && part_meta.has(Meta::kPartial) &&
         stored_meta.whole_bytes == part_meta.whole_bytes &&
         message::semantics::equal_strongly(base::trimmed(stored.value_of(FieldId::kEtag)),
                                            base::trimmed(part.value_of(FieldId::kEtag)));
}

}  // namespace headgate::proxy::cache::rules
