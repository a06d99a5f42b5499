#include "wire/http1/field_lines.h"

#include "wire/http1/scan.h"

namespace headgate::wire::http1 {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
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
  while (line != end) {
    if (*line == '\r') {
      if (end - line < 2) return ParseState::kNeedMore;
      if (line[1] != '\n') return refuse(refusal, 400, "CR without LF");
      in.next = line + 2;
      return ParseState::kDone;
    }
    const char* const name_end = token_end(line, end);
    if (name_end == end) return ParseState::kNeedMore;
    if (*name_end != ':' || name_end == line) return refuse(refusal, 400, why_no_name(line, name_end));
    const char* value = name_end + 1;
    while (value != end && is_blank(*value)) ++value;
    const char* const stop = value_end(value, end);
    if (stop == end) return ParseState::kNeedMore;
    if (*stop != '\r') {
      return refuse(refusal, 400, *stop == '\n' ? "LF without CR" : "control character in a field value");
    }
    if (end - stop < 2) return ParseState::kNeedMore;
    if (stop[1] != '\n') return refuse(refusal, 400, "CR without LF");
    if (out.size() >= fields_max) return refuse(refusal, 431, "too many fields");
    const char* last = stop;
    while (last != value && is_blank(last[-1])) --last;
    const std::string_view name(line, static_cast<std::size_t>(name_end - line));
    out.add(name, std::string_view(value, static_cast<std::size_t>(last - value)), http::field_id_of(name));
    line = stop + 2;
  }
  return ParseState::kNeedMore;
}

}  // namespace headgate::wire::http1
