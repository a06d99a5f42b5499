#include "proxy/origin/files/file_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/random.h"
#include "proxy/message/semantics/byte_ranges.h"
#include "proxy/message/semantics/preconditions.h"
#include "proxy/origin/files/content_type.h"
#include "wire/http/date.h"

namespace headgate::proxy::origin::files {

using message::semantics::ByteRange;
using message::semantics::ByteRanges;
using message::semantics::Precondition;
using message::semantics::Validators;
using wire::http::FieldId;
using wire::http::Method;

namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;

template <class... Args>
std::string_view print(base::Arena& arena, fmt::format_string<Args...> format, Args&&... args) {
  std::array<char, 160> buffer;  // for what has a bound of its own: numbers and fixed words
  const auto written = fmt::format_to_n(buffer.data(), buffer.size(), format, std::forward<Args>(args)...);
  return arena.copy({buffer.data(), std::min(written.size, buffer.size())});
}

/// Strong (RFC 9110 section 8.8.1): a file that is changed gets another time in ns, size or inode.
std::string_view etag_of(const Opened& opened, base::Arena& arena) {
  return print(arena, "\"{:x}-{:x}-{:x}\"", opened.inode, opened.size, static_cast<std::uint64_t>(opened.modified_ns));
}

constexpr std::int64_t seconds_of(std::int64_t ns) {
  return ns / kSecondNs - (ns % kSecondNs < 0 ? 1 : 0);
}

std::string_view date_text(std::int64_t seconds, base::Arena& arena) {
  char* const out = arena.take(wire::http::kDateBytes);
  wire::http::write_date(seconds, out);
  return {out, wire::http::kDateBytes};
}

/// The directory's name with its '/', as a reference that stays on this host: "//x/" would be another host's.
std::string_view location_of(const wire::http::RequestHead& head, base::Arena& arena) {
  std::string_view path = head.path;
  while (path.starts_with("//")) path.remove_prefix(1);
  return head.has_query ? arena.concat({path, "/?", head.query}) : arena.concat({path, "/"});
}

std::uint16_t status_of(Opened::Kind kind) {
  switch (kind) {
    case Opened::Kind::kFile:
      return 200;
    case Opened::Kind::kDirectory:
      return 308;
    case Opened::Kind::kNotFound:
      return 404;
    case Opened::Kind::kForbidden:
      return 403;
    case Opened::Kind::kUnavailable:
      return 503;
  }
  return 404;
}

/// A boundary that no file can have been made to hold: 64 bits that nobody outside can know.
std::string_view boundary_of(std::uint64_t secret, const Opened& opened, base::Arena& arena) {
  base::Random random(secret ^ opened.inode ^ static_cast<std::uint64_t>(opened.modified_ns));
  return print(arena, "{:016x}{:016x}", random.next(), random.next());
}

void add_part(FileAnswer& answer, FilePart part) {
  if (!part.text.empty()) part.bytes = part.text.size();
  answer.body_bytes += part.bytes;
  answer.parts.push_back(part);
}

void send_whole(FileAnswer& answer, const Opened& opened) {
  answer.status = 200;
  if (opened.size > 0) add_part(answer, FilePart{{}, 0, opened.size});
}

void send_ranges(FileAnswer& answer, const Opened& opened, const ByteRanges& ranges, std::uint64_t secret,
                 base::Arena& arena) {
  answer.status = 206;
  const auto content_range = [&](const ByteRange& range) {
    return print(arena, "bytes {}-{}/{}", range.first, range.last, opened.size);
  };
  if (ranges.ranges().size() == 1) {
    const ByteRange& range = ranges.ranges().front();
    answer.fields.add(FieldId::kContentRange, content_range(range));
    add_part(answer, FilePart{{}, range.first, range.bytes()});
    return;
  }
  const std::string_view type = answer.fields.value_of(FieldId::kContentType);
  const std::string_view boundary = boundary_of(secret, opened, arena);
  std::string_view line_end = "";
  for (const ByteRange& range : ranges.ranges()) {
    add_part(answer, FilePart{arena.concat({line_end, "--", boundary, "\r\nContent-Type: ", type,
                                            "\r\nContent-Range: ", content_range(range), "\r\n\r\n"})});
    add_part(answer, FilePart{{}, range.first, range.bytes()});
    line_end = "\r\n";
  }
  add_part(answer, FilePart{arena.concat({"\r\n--", boundary, "--\r\n"})});
  answer.fields.set(FieldId::kContentType, arena.concat({"multipart/byteranges; boundary=", boundary}));
}

void select_body(FileAnswer& answer, const StaticRoot& root, const wire::http::RequestHead& head, const Opened& opened,
                 Precondition verdict, base::Arena& arena) {
  const wire::http::Fields& asked = head.fields;
  const bool has_range = head.method == Method::kGet && verdict == Precondition::kProceed &&
                         asked.has(FieldId::kRange) && asked.count(FieldId::kRange) == 1;
  if (!has_range) return send_whole(answer, opened);
  const ByteRanges ranges = ByteRanges::parse(asked.value_of(FieldId::kRange), opened.size);
  switch (ranges.answer()) {
    case ByteRanges::Answer::kWhole:
      return send_whole(answer, opened);
    case ByteRanges::Answer::kPartial:
      return send_ranges(answer, opened, ranges, root.secret(), arena);
    case ByteRanges::Answer::kUnsatisfiable:
      answer.status = 416;
      answer.fields.clear();
      answer.fields.add(FieldId::kContentRange, print(arena, "bytes */{}", opened.size));
      return;
  }
}

}  // namespace

FileAnswer answer_from(const StaticRoot& root, const wire::http::RequestHead& head, base::WallTime now,
                       base::Arena& arena) {
  FileAnswer answer;
  if (!takes(head.method)) {
    answer.status = 405;
    answer.fields.add(FieldId::kAllow, "GET, HEAD");
    return answer;
  }
  Opened opened = root.find(head.path);
  answer.status = status_of(opened.kind);
  if (opened.kind == Opened::Kind::kDirectory) answer.fields.add(FieldId::kLocation, location_of(head, arena));
  if (opened.kind != Opened::Kind::kFile) return answer;

  const std::int64_t now_seconds = seconds_of(now.time_since_epoch().count());
  // Section 8.8.2.1: a date in the future is not sent; the present one stands in for it.
  const std::int64_t modified = std::min(seconds_of(opened.modified_ns), now_seconds);
  const Validators validators{etag_of(opened, arena), modified, true};
  answer.fields.add(FieldId::kEtag, validators.etag);
  answer.fields.add(FieldId::kLastModified, date_text(modified, arena));
  const Precondition verdict = evaluate_preconditions(head, validators, now_seconds);
  if (verdict == Precondition::kNotModified) {
    answer.status = 304;
    return answer;
  }
  if (verdict == Precondition::kFailed) {
    answer.status = 412;
    answer.fields.clear();
    return answer;
  }
  answer.fields.add(FieldId::kAcceptRanges, "bytes");
  answer.fields.add(FieldId::kContentType, content_type_of(opened.name));
  select_body(answer, root, head, opened, verdict, arena);
  if (head.method == Method::kHead) answer.parts.clear();
  if (!answer.parts.empty()) answer.file = std::move(opened.file);
  return answer;
}

}  // namespace headgate::proxy::origin::files
