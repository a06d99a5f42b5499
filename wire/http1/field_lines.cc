#include "wire/http1/field_lines.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "wire/http1/scan.h"

namespace headgate::wire::http1 {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

/// Whether a byte of a value is no blank: nothing else that a value holds is below '!'.
bool is_dark(char c) {
  return static_cast<unsigned char>(c) > ' ';
}

/// The first byte of a value that may begin at `p`; nearly always one space stands before it.
const char* skip_blanks(const char* p, const char* end) {
  if (end - p >= 2 && *p == ' ' && is_dark(p[1])) [[likely]]
    return p + 1;
  while (p != end && is_blank(*p)) ++p;
  return p;
}

/// The end of a value that the line's blanks may follow. Before an empty value stands the colon, or a blank.
const char* without_blanks(const char* value, const char* stop) {
  if (is_dark(stop[-1])) [[likely]]
    return stop;
  while (stop != value && is_blank(stop[-1])) --stop;
  return stop;
}

bool is_line_end(const char* p) {
  std::uint16_t found;
  std::uint16_t wanted;
  std::memcpy(&found, p, sizeof found);
  std::memcpy(&wanted, "\r\n", sizeof wanted);
  return found == wanted;
}

/// `stop` is a byte that no value holds.
std::string_view why_no_end(const char* stop) {
  if (*stop == '\r') return "CR without LF";
  return *stop == '\n' ? "LF without CR" : "control character in a field value";
}

std::string_view why_no_name(const char* line, const char* name_end) {
  if (is_blank(*line)) return "folded field line";
  if (line == name_end && *line == ':') return "empty field name";
  if (is_blank(*name_end)) return "space before the colon of a field";
  if (*name_end == '\n' || *name_end == '\r') return "field line without a colon";
  return "forbidden character in a field name";
}

}  // namespace

ParseState refuse(Refusal& refusal, std::uint16_t status, std::string_view reason) {
  refusal.status = status;
  refusal.reason = reason;
  return ParseState::kRefused;
}

ParseState parse_field_lines(Cursor& in, std::size_t fields_max, http::Fields& out, Refusal& refusal) {
  const char* const end = in.end;
  const char* line = in.next;
  std::size_t fields_left = fields_max - std::min(fields_max, out.size());
  while (line != end) {
    const char* const name_end = token_end(line, end);
    if (name_end == end) return ParseState::kNeedMore;
    if (*name_end != ':' || name_end == line) [[unlikely]] {
      if (name_end != line || *line != '\r') return refuse(refusal, 400, why_no_name(line, name_end));
      if (end - line < 2) return ParseState::kNeedMore;
      if (!is_line_end(line)) return refuse(refusal, 400, "CR without LF");
      in.next = line + 2;
      return ParseState::kDone;
    }
    const char* const value = skip_blanks(name_end + 1, end);
    const char* const stop = value_end(value, end);
    if (end - stop < 2) [[unlikely]] {
      if (stop == end || *stop == '\r') return ParseState::kNeedMore;
      return refuse(refusal, 400, why_no_end(stop));
    }
    if (!is_line_end(stop)) [[unlikely]]
      return refuse(refusal, 400, why_no_end(stop));
    if (fields_left-- == 0) [[unlikely]]
      return refuse(refusal, 431, "too many fields");
    const std::string_view name(line, static_cast<std::size_t>(name_end - line));
    const auto value_bytes = static_cast<std::size_t>(without_blanks(value, stop) - value);
    out.add(name, std::string_view(value, value_bytes), http::field_id_of(name));
    line = stop + 2;
  }
  return ParseState::kNeedMore;
}

}  // namespace headgate::wire::http1
