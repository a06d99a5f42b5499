#include "wire/http1/head_parser.h"

#include <algorithm>
#include <cstring>

#include "base/ascii.h"
#include "wire/http/uri.h"
#include "wire/http1/field_lines.h"
#include "wire/http1/framing.h"
#include "wire/http1/scan.h"

namespace headgate::wire::http1 {
namespace {

using http::Method;

constexpr int kEmptyLinesMax = 2;
/// While no more than this has been seen, every call parses from the start: what is not HTTP at all shows here.
constexpr std::size_t kEagerBytes = 32;

template <class Word>
bool starts_with_word(const char* p, const char* text) {
  Word found;
  Word wanted;
  std::memcpy(&found, p, sizeof found);
  std::memcpy(&wanted, text, sizeof wanted);
  return found == wanted;
}

/// Compares with a pattern in which 'd' stands for a digit, as far as there are bytes.
ParseState match_pattern(const char* p, const char* end, std::string_view pattern) {
  const std::size_t there = std::min(pattern.size(), static_cast<std::size_t>(end - p));
  for (std::size_t i = 0; i < there; ++i) {
    const bool fits = pattern[i] == 'd' ? base::is_digit(p[i]) : p[i] == pattern[i];
    if (!fits) return ParseState::kRefused;
  }
  return there == pattern.size() ? ParseState::kDone : ParseState::kNeedMore;
}

/// Given that a parse of the first `scanned` bytes wanted more: whether the rest may end the head or spoil it. Between
/// those two no byte is looked at a second time, so that a head costs linear time however it arrives.
bool is_worth_parsing(std::string_view buffer, std::size_t scanned) {
  const char* const begin = buffer.data();
  const char* const end = begin + buffer.size();
  const char* p = begin + scanned;
  if (p != end && p[-1] == '\r' && *p != '\n') return true;
  for (p = value_end(p, end); p != end; p = value_end(p + 1, end)) {
    if (*p == '\r') {
      if (p + 1 != end && p[1] != '\n') return true;
    } else {
      if (*p != '\n' || p[-1] != '\r') return true;
      if (p[-2] == '\n') return true;
    }
  }
  return false;
}

ParseState parse_version(const char* version, const char* end, Hop& hop, Refusal& refusal) {
  if (end - version >= 10 && starts_with_word<std::uint64_t>(version, "HTTP/1.1") &&
      starts_with_word<std::uint16_t>(version + 8, "\r\n")) [[likely]] {
    hop.minor_version = 1;
    return ParseState::kDone;
  }
  const ParseState matched = match_pattern(version, end, "HTTP/d.d\r\n");
  if (matched == ParseState::kRefused) return refuse(refusal, 400, "malformed request line");
  if (matched == ParseState::kNeedMore) return matched;
  if (version[5] != '1' || version[7] > '1') return refuse(refusal, 505, "unsupported HTTP version");
  hop.minor_version = static_cast<std::uint8_t>(version[7] - '0');
  return ParseState::kDone;
}

ParseState parse_request_line(Cursor& in, http::RequestHead& head, std::string_view& target, Hop& hop,
                              Refusal& refusal) {
  const char* const line = in.next;
  const char* method_end;
  if (in.end - line >= 4 && starts_with_word<std::uint32_t>(line, "GET ")) [[likely]] {
    method_end = line + 3;
    head.method = Method::kGet;
  } else {
    method_end = token_end(line, in.end);
    if (method_end == in.end) return ParseState::kNeedMore;
    if (method_end == line || *method_end != ' ') return refuse(refusal, 400, "malformed method");
    head.method = http::method_from({line, static_cast<std::size_t>(method_end - line)});
  }
  head.method_text = {line, static_cast<std::size_t>(method_end - line)};
  const char* const target_start = method_end + 1;
  const char* const stop = target_end(target_start, in.end);
  if (stop == in.end) return ParseState::kNeedMore;
  if (stop == target_start || *stop != ' ') return refuse(refusal, 400, "malformed request line");
  target = {target_start, static_cast<std::size_t>(stop - target_start)};
  const ParseState version = parse_version(stop + 1, in.end, hop, refusal);
  if (version != ParseState::kDone) return version;
  in.next = stop + 11;
  in.first_line_done = true;
  if (head.method == Method::kConnect) return refuse(refusal, 501, "CONNECT is not offered");
  return ParseState::kDone;
}

ParseState parse_status_line(Cursor& in, http::ResponseHead& head, Hop& hop, Refusal& refusal) {
  const char* const line = in.next;
  const bool is_usual = in.end - line >= 12 && starts_with_word<std::uint64_t>(line, "HTTP/1.1") && line[8] == ' ' &&
                        base::is_digit(line[9]) && base::is_digit(line[10]) && base::is_digit(line[11]);
  if (!is_usual) {
    const ParseState matched = match_pattern(line, in.end, "HTTP/d.d ddd");
    if (matched == ParseState::kRefused) return refuse(refusal, 502, "malformed status line");
    if (matched == ParseState::kNeedMore) return matched;
    if (line[5] != '1' || line[7] > '1') return refuse(refusal, 502, "unsupported HTTP version");
  }
  hop.minor_version = static_cast<std::uint8_t>(line[7] - '0');
  head.status = static_cast<std::uint16_t>((line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0'));
  if (head.status < 100 || head.status > 599) return refuse(refusal, 502, "status outside 100 to 599");
  const char* reason = line + 12;
  if (reason == in.end) return ParseState::kNeedMore;
  if (*reason != ' ' && *reason != '\r') return refuse(refusal, 502, "malformed status line");
  if (*reason == ' ') ++reason;
  const char* const stop = value_end(reason, in.end);
  if (stop == in.end) return ParseState::kNeedMore;
  if (*stop != '\r') return refuse(refusal, 502, "control character in a reason phrase");
  if (in.end - stop < 2) return ParseState::kNeedMore;
  if (stop[1] != '\n') return refuse(refusal, 502, "CR without LF");
  head.reason = {reason, static_cast<std::size_t>(stop - reason)};
  in.next = stop + 2;
  in.first_line_done = true;
  return ParseState::kDone;
}

/// RFC 9112 section 3.2: exactly one valid Host in HTTP/1.1, at most one in HTTP/1.0.
bool read_host(http::RequestHead& head, const Hop& hop, Refusal& refusal) {
  const http::Field* host = nullptr;
  for (const http::Field& field : head.fields) {
    if (field.id != http::FieldId::kHost) continue;
    if (host != nullptr) {
      refuse(refusal, 400, "more than one Host");
      return false;
    }
    host = &field;
  }
  if (host == nullptr) {
    if (hop.minor_version == 0) return true;
    refuse(refusal, 400, "no Host");
    return false;
  }
  if (http::parse_authority(host->value, head)) return true;
  refuse(refusal, 400, "bad Host");
  return false;
}

/// After kNeedMore: whether the head, which is not complete yet, can still become so within its limit.
ParseState await_more(std::string_view buffer, const HeadLimits& limits, const Cursor& in, std::size_t& scanned,
                      Refusal& refusal) {
  scanned = buffer.size();
  if (buffer.size() < limits.head_bytes) return ParseState::kNeedMore;
  return in.first_line_done ? refuse(refusal, 431, "head too long") : refuse(refusal, 414, "request line too long");
}

/// Skips what RFC 9112 section 2.2 lets precede a request line. False: more than that.
bool skip_empty_lines(Cursor& in) {
  for (int skipped = 0; in.end - in.next >= 2 && in.next[0] == '\r' && in.next[1] == '\n'; ++skipped) {
    if (skipped == kEmptyLinesMax) return false;
    in.next += 2;
  }
  return true;
}

ParseState parse_whole_request(Cursor& in, const HeadLimits& limits, base::Arena& arena, http::RequestHead& head,
                               Hop& hop, Refusal& refusal) {
  if (!skip_empty_lines(in)) return refuse(refusal, 400, "empty lines before the request");
  if (in.next == in.end || (*in.next == '\r' && in.end - in.next == 1)) return ParseState::kNeedMore;
  std::string_view target;
  const ParseState line = parse_request_line(in, head, target, hop, refusal);
  if (line != ParseState::kDone) return line;
  const ParseState fields = parse_field_lines(in, limits.fields, head.fields, refusal);
  if (fields != ParseState::kDone) return fields;
  if (!read_host(head, hop, refusal)) return ParseState::kRefused;
  if (!http::parse_target(target, arena, head)) return refuse(refusal, 400, "bad request target");
  return frame_request(head.fields, hop, refusal) ? ParseState::kDone : ParseState::kRefused;
}

ParseState parse_whole_response(Cursor& in, const HeadLimits& limits, Method request_method, http::ResponseHead& head,
                                Hop& hop, Refusal& refusal) {
  const ParseState line = parse_status_line(in, head, hop, refusal);
  if (line != ParseState::kDone) return line;
  const ParseState fields = parse_field_lines(in, limits.fields, head.fields, refusal);
  if (fields != ParseState::kDone) return fields;
  return frame_response(head.fields, head.status, request_method, hop, refusal) ? ParseState::kDone
                                                                                : ParseState::kRefused;
}

}  // namespace

ParseState parse_request_head(std::string_view buffer, const HeadLimits& limits, std::size_t& scanned,
                              base::Arena& arena, http::RequestHead& head, Hop& hop, Refusal& refusal) {
  const std::string_view within = buffer.substr(0, limits.head_bytes);
  if (scanned >= kEagerBytes && within.size() < limits.head_bytes && !is_worth_parsing(within, scanned)) {
    scanned = within.size();
    return ParseState::kNeedMore;
  }
  head.clear();
  hop = Hop{};
  Cursor in{within.data(), within.data() + within.size()};
  const ParseState state = parse_whole_request(in, limits, arena, head, hop, refusal);
  if (state == ParseState::kNeedMore) return await_more(within, limits, in, scanned, refusal);
  hop.head_bytes = static_cast<std::size_t>(in.next - within.data());
  return state;
}

ParseState parse_response_head(std::string_view buffer, const HeadLimits& limits, std::size_t& scanned,
                               http::Method request_method, http::ResponseHead& head, Hop& hop, Refusal& refusal) {
  const std::string_view within = buffer.substr(0, limits.head_bytes);
  if (scanned >= kEagerBytes && within.size() < limits.head_bytes && !is_worth_parsing(within, scanned)) {
    scanned = within.size();
    return ParseState::kNeedMore;
  }
  head.clear();
  hop = Hop{};
  Cursor in{within.data(), within.data() + within.size()};
  ParseState state = parse_whole_response(in, limits, request_method, head, hop, refusal);
  if (state == ParseState::kNeedMore) state = await_more(within, limits, in, scanned, refusal);
  if (state == ParseState::kRefused) refusal.status = 502;
  hop.head_bytes = static_cast<std::size_t>(in.next - within.data());
  return state;
}

}  // namespace headgate::wire::http1
