#pragma once
#include <array>
#include <bit>
#include <cstdint>
#include <string_view>

#include "proxy/access_log/fields.h"
#include "proxy/access_log/line/escape.h"
#include "proxy/access_log/line/text_copy.h"
#include "proxy/access_log/line/time_text.h"

// The value of one field of one entry as text, for lines of JSON and of other text. Inline, so that a field that is
// known when this is compiled costs no decision.
namespace headgate::proxy::access_log::line {

inline constexpr std::string_view kCutMark = "...";
inline constexpr std::size_t kNumberBytesMax = 20;

/// An upper bound of what write_value() writes for an entry whose texts keep to their bounds.
constexpr std::size_t value_bytes_max(const Field& field) {
  const std::size_t per_text_overhead = 2 + kCutMark.size();
  switch (field.kind) {
    case FieldKind::kText:
      return field.bytes_max * kJsonBytesPerByte + per_text_overhead;
    case FieldKind::kWord:
      return field.bytes_max + 2U;
    case FieldKind::kUri:
      return 2 * (kTargetBytesMax * kTextBytesPerByte + per_text_overhead);
    case FieldKind::kRequestLine:
      return 2 * (kTargetBytesMax + kTextBytesMax) * kTextBytesPerByte + 4 * per_text_overhead;
    case FieldKind::kTime:
      return TimeText::kRfc3339Bytes + 2;
    case FieldKind::kCombinedTime:
      return TimeText::kCombinedBytes;
    case FieldKind::kClient:
      return base::IpAddress::kTextMax + 2;
    case FieldKind::kCut: {
      std::size_t bytes = 2;
      for (const Field& named : kFields) bytes += named.name.size() + 3;
      return bytes;
    }
    case FieldKind::kNumber:
    case FieldKind::kPhase:
    case FieldKind::kStatus:
    case FieldKind::kRetries:
    case FieldKind::kHedges:
    case FieldKind::kReused:
    case FieldKind::kCoding:
    case FieldKind::kBefore:
    case FieldKind::kAsn:
    case FieldKind::kAge:
      return kNumberBytesMax;
  }
  return 0;
}

/// Decimal digits, at most kNumberBytesMax.
inline char* write_number(std::uint64_t number, char* out) {
  // 1233/4096 is a little over log10(2): an estimate of the digits that is one too small at times.
  constexpr std::array<std::uint64_t, 20> kPowersOfTen = [] {
    std::array<std::uint64_t, 20> powers{};
    std::uint64_t power = 1;
    for (std::uint64_t& each : powers) {
      each = power;
      power *= 10;
    }
    return powers;
  }();
  const auto estimate = static_cast<unsigned>(std::bit_width(number | 1) * 1233 >> 12);
  const unsigned digits = estimate + (number >= kPowersOfTen[estimate < 20 ? estimate : 19] ? 1 : 0);
  char* const end = out + (digits == 0 ? 1 : digits);
  for (char* next = end; next > out;) {
    *--next = static_cast<char>('0' + number % 10);
    number /= 10;
  }
  return end;
}

template <bool kJson>
inline char* write_escaped(std::string_view text, bool plain, char* out) {
  if (plain || is_plain(text)) return append(out, text);
  return kJson ? write_escaped_json(text, out) : write_escaped_text(text, out);
}

/// A text, with the mark of a cut one. UTF-8 may be cut inside a character, whose bytes are then escaped.
template <bool kJson>
[[gnu::always_inline]] inline char* write_text(const Field& field, const Entry& entry, char* out) {
  if (kJson) *out++ = '"';
  out = write_escaped<kJson>(entry.*field.text, entry.plain, out);
  if (entry.cut != 0 && (entry.cut >> (&field - kFields.data()) & 1) != 0) [[unlikely]]
    out = append(out, kCutMark);
  if (kJson) *out++ = '"';
  return out;
}

inline char* write_uri(const Entry& entry, char* out) {
  out = write_text<false>(*find_field("path"), entry, out);
  if (entry.query.empty()) return out;
  *out++ = '?';
  return write_text<false>(*find_field("query"), entry, out);
}

inline char* write_request_line(const Entry& entry, char* out) {
  out = write_text<false>(*find_field("method"), entry, out);
  *out++ = ' ';
  out = write_uri(entry, out);
  *out++ = ' ';
  return write_text<false>(*find_field("protocol"), entry, out);
}

template <bool kJson>
inline char* write_cut(const Entry& entry, char* out) {
  if (kJson) *out++ = '[';
  bool first = true;
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    if ((entry.cut >> i & 1) == 0) continue;
    if (!first) *out++ = ',';
    first = false;
    if (kJson) *out++ = '"';
    out = append(out, kFields[i].name);
    if (kJson) *out++ = '"';
  }
  if (kJson) *out++ = ']';
  return out;
}

/// The value of a field that is not absent. `out` has room for value_bytes_max(field).
template <bool kJson>
[[gnu::always_inline]] inline char* write_value(const Field& field, const Entry& entry, TimeText& time, char* out) {
  switch (field.kind) {
    case FieldKind::kText:
      return write_text<kJson>(field, entry, out);
    case FieldKind::kNumber:
    case FieldKind::kPhase:
    case FieldKind::kBefore:
    case FieldKind::kAsn:
      return write_number(entry.*field.number, out);
    case FieldKind::kAge:
      return write_number(static_cast<std::uint64_t>(entry.cache_age), out);
    case FieldKind::kStatus:
      return write_number(entry.status, out);
    case FieldKind::kRetries:
      return write_number(entry.retries, out);
    case FieldKind::kHedges:
      return write_number(entry.hedges, out);
    case FieldKind::kReused:
      return append(out, entry.connection_reused ? "true" : "false");
    case FieldKind::kUri:
      return write_uri(entry, out);
    case FieldKind::kRequestLine:
      return write_request_line(entry, out);
    case FieldKind::kCombinedTime:
      return time.write_combined(entry.arrived, out);
    case FieldKind::kCut:
      return write_cut<kJson>(entry, out);
    case FieldKind::kTime:
    case FieldKind::kClient:
    case FieldKind::kCoding:
    case FieldKind::kWord:
      break;
  }
  if (kJson) *out++ = '"';
  if (field.kind == FieldKind::kCoding) {
    out = append(out, to_string(entry.coding));
  } else if (field.kind == FieldKind::kWord) {
    out = append(out, entry.*field.text);
  } else {
    out = field.kind == FieldKind::kTime ? time.write_rfc3339(entry.arrived, out) : out + entry.client.write(out);
  }
  if (kJson) *out++ = '"';
  return out;
}

}  // namespace headgate::proxy::access_log::line
