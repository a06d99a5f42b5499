#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace headgate::wire::structured {

/// Writes structured fields into memory of the caller's (RFC 8941 section 4.1), part by part; allocates nothing.
///
///     char memory[256];
///     structured::Writer writer(memory);
///     writer.token_or_string("edge");
///     writer.flag("hit");
///     writer.integer("ttl", 30);              // edge; hit; ttl=30
///     writer.text()
///
/// A parameter that does not fit, or that section 4.1 can not write, is left out whole; what was there before stays
/// well formed, and shorter parameters may still follow.
class Writer {
 public:
  explicit Writer(std::span<char> memory) : begin_(memory.data()), next_(begin_), end_(begin_ + memory.size()) {}

  /// An item: a token where `text` is one, else a string; bytes that a string can not have are percent-encoded, which
  /// is then part of what the string says. False if it does not fit.
  bool token_or_string(std::string_view text);

  /// Parameters. Keys are of the caller's code: lower case, as the RFC has them.
  bool flag(std::string_view key);
  bool integer(std::string_view key, std::int64_t value);
  bool token(std::string_view key, std::string_view value);
  bool token_or_string(std::string_view key, std::string_view value);
  bool string(std::string_view key, std::string_view value);

  std::string_view text() const { return {begin_, static_cast<std::size_t>(next_ - begin_)}; }

 private:
  bool put(char c);
  bool put(std::string_view text);
  bool put_key(std::string_view key);
  bool put_string(std::string_view text);
  bool keep_or_undo(bool fits, char* before);

  char* begin_;
  char* next_;
  char* end_;
};

/// Section 3.3.4.
bool is_structured_token(std::string_view text);

}  // namespace headgate::wire::structured
