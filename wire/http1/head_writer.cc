#include "wire/http1/head_writer.h"

#include "base/short_copy.h"
#include "wire/http/status.h"

namespace headgate::wire::http1 {
namespace {

template <std::size_t Size>
char* put_literal(char* out, const char (&text)[Size]) {
  std::memcpy(out, text, Size - 1);
  return out + Size - 1;
}

/// Whether `between` (two characters) and nothing else lies from `end` to `start`. Texts that happen to lie so are as
/// good as those that were parsed so: the characters are compared.
bool stands_behind(const char* end, const char (&between)[3], const char* start) {
  return end + 2 == start && std::memcmp(end, between, 2) == 0;
}

}  // namespace

void HeadWriter::overflow(std::size_t more) {
  if (wanted_ == 0) {
    wanted_ = written_;
    capacity_ = written_;  // no later, shorter text fits into what is left
  }
  wanted_ += more;
}

void HeadWriter::field(std::string_view name, std::string_view value) {
  const std::size_t bytes = name.size() + value.size() + 4;
  if (bytes > capacity_ - written_) {
    overflow(bytes);
    return;
  }
  char* out = base::put_short(begin_ + written_, name);
  out = put_literal(out, ": ");
  out = base::put_short(out, value);
  put_literal(out, "\r\n");
  written_ += bytes;
}

void HeadWriter::number(std::uint64_t value) {
  constexpr std::size_t kDigitsMax = 20;
  if (capacity_ - written_ < kDigitsMax) {
    char digits[kDigitsMax];
    text({digits, static_cast<std::size_t>(base::put_decimal(digits, value) - digits)});
    return;
  }
  written_ = static_cast<std::size_t>(base::put_decimal(begin_ + written_, value) - begin_);
}

void HeadWriter::request_line(const http::RequestHead& head) {
  constexpr std::size_t kVersionBytes = 12;  // " ", " HTTP/1.1\r\n"
  const std::size_t query_bytes = head.has_query ? head.query.size() + 1 : 0;
  const std::size_t bytes = head.method_text.size() + head.path.size() + query_bytes + kVersionBytes;
  if (bytes > capacity_ - written_) {
    overflow(bytes);
    return;
  }
  char* out = base::put_short(begin_ + written_, head.method_text);
  *out++ = ' ';
  out = base::put_short(out, head.path);
  if (head.has_query) {
    *out++ = '?';
    out = base::put_short(out, head.query);
  }
  put_literal(out, " HTTP/1.1\r\n");
  written_ += bytes;
}

void HeadWriter::status_line(std::uint16_t status, std::string_view reason) {
  if (reason.empty()) reason = http::reason_phrase(status);
  const std::size_t bytes = reason.size() + 15;  // "HTTP/1.1 200 ", CRLF
  if (bytes > capacity_ - written_) {
    overflow(bytes);
    return;
  }
  char* out = put_literal(begin_ + written_, "HTTP/1.1 ");
  *out++ = static_cast<char>('0' + status / 100 % 10);
  *out++ = static_cast<char>('0' + status / 10 % 10);
  *out++ = static_cast<char>('0' + status % 10);
  *out++ = ' ';
  out = base::put_short(out, reason);
  put_literal(out, "\r\n");
  written_ += bytes;
}

void HeadWriter::fields(const http::Fields& fields, std::uint64_t left_out) {
  // Field lines that still stand one behind the other as they came are copied in one piece.
  const char* run = nullptr;
  const char* run_end = nullptr;
  for (const http::Field& each : fields) {
    if ((http::Fields::bit(each.id) & left_out) != 0) continue;
    const char* const value_end = each.value.data() + each.value.size();
    const bool is_whole = stands_behind(each.name.data() + each.name.size(), ": ", each.value.data());
    if (is_whole && run != nullptr && stands_behind(run_end, "\r\n", each.name.data())) {
      run_end = value_end;
      continue;
    }
    if (run != nullptr) line(run, run_end);
    run = is_whole ? each.name.data() : nullptr;
    run_end = value_end;
    if (!is_whole) field(each.name, each.value);
  }
  if (run != nullptr) line(run, run_end);
}

void HeadWriter::line(const char* from, const char* to) {
  const auto bytes = static_cast<std::size_t>(to - from) + 2;
  if (bytes > capacity_ - written_) {
    overflow(bytes);
    return;
  }
  put_literal(base::put_short(begin_ + written_, {from, bytes - 2}), "\r\n");
  written_ += bytes;
}

}  // namespace headgate::wire::http1
