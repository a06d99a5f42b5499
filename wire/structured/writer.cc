#include "wire/structured/writer.h"

#include <charconv>
#include <cstring>
#include <system_error>

#include "base/ascii.h"

namespace headgate::wire::structured {
namespace {

constexpr std::int64_t kIntegerMax = 999'999'999'999'999;  // section 3.3.1: 15 digits
constexpr std::string_view kUpperHex = "0123456789ABCDEF";

}  // namespace

bool is_structured_token(std::string_view text) {
  if (text.empty() || (!base::is_alpha(text.front()) && text.front() != '*')) return false;
  for (const char c : text) {
    if (!base::is_token_char(c) && c != ':' && c != '/') return false;
  }
  return true;
}

bool Writer::put(char c) {
  if (next_ == end_) return false;
  *next_++ = c;
  return true;
}

bool Writer::put(std::string_view text) {
  if (text.size() > static_cast<std::size_t>(end_ - next_)) return false;
  if (!text.empty()) std::memcpy(next_, text.data(), text.size());
  next_ += text.size();
  return true;
}

bool Writer::put_key(std::string_view key) {
  return put("; ") && put(key);
}

bool Writer::put_string(std::string_view text) {
  if (!put('"')) return false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte > 0x7e) {
      if (!put('%') || !put(kUpperHex[byte >> 4]) || !put(kUpperHex[byte & 15])) return false;
      continue;
    }
    if ((c == '"' || c == '\\') && !put('\\')) return false;
    if (!put(c)) return false;
  }
  return put('"');
}

bool Writer::keep_or_undo(bool fits, char* before) {
  if (!fits) next_ = before;
  return fits;
}

bool Writer::token_or_string(std::string_view text) {
  char* const before = next_;
  return keep_or_undo(is_structured_token(text) ? put(text) : put_string(text), before);
}

bool Writer::flag(std::string_view key) {
  char* const before = next_;
  return keep_or_undo(put_key(key), before);
}

bool Writer::integer(std::string_view key, std::int64_t value) {
  if (value > kIntegerMax || value < -kIntegerMax) return false;
  char* const before = next_;
  if (!put_key(key) || !put('=')) return keep_or_undo(false, before);
  const std::to_chars_result written = std::to_chars(next_, end_, value);
  if (written.ec != std::errc{}) return keep_or_undo(false, before);
  next_ = written.ptr;
  return true;
}

bool Writer::token(std::string_view key, std::string_view value) {
  char* const before = next_;
  return keep_or_undo(is_structured_token(value) && put_key(key) && put('=') && put(value), before);
}

bool Writer::string(std::string_view key, std::string_view value) {
  char* const before = next_;
  return keep_or_undo(put_key(key) && put('=') && put_string(value), before);
}

bool Writer::token_or_string(std::string_view key, std::string_view value) {
  return is_structured_token(value) ? token(key, value) : string(key, value);
}

}  // namespace headgate::wire::structured
