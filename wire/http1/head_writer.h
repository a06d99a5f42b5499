#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "wire/http/messages.h"

namespace headgate::wire::http1 {

/// Appends text to memory of fixed size. After an overflow it writes nothing more, `overflowed()` is true and
/// `wanted()` says how many bytes would have been enough.
class HeadWriter {
 public:
  HeadWriter(char* out, std::size_t capacity) : begin_(out), capacity_(capacity) {}

  void text(std::string_view part) {
    if (part.size() <= capacity_ - written_) [[likely]] {
      std::memcpy(begin_ + written_, part.data(), part.size());
      written_ += part.size();
    } else {
      overflow(part.size());
    }
  }
  void field(std::string_view name, std::string_view value);
  void number(std::uint64_t value);

  /// "GET /path?query HTTP/1.1\r\n", from the head's normalised target.
  void request_line(const http::RequestHead& head);
  /// "HTTP/1.1 200 OK\r\n"
  void status_line(std::uint16_t status, std::string_view reason);
  /// All fields in order, without those whose id is in `left_out` (Fields::bit).
  void fields(const http::Fields& fields, std::uint64_t left_out);
  void end() { text("\r\n"); }

  std::string_view written() const { return {begin_, written_}; }
  bool overflowed() const { return wanted_ != 0; }
  std::size_t wanted() const { return wanted_; }

 private:
  void overflow(std::size_t more);
  void line(const char* from, const char* to);
  char* begin_;
  std::size_t capacity_;
  std::size_t written_ = 0;
  std::size_t wanted_ = 0;
};

}  // namespace headgate::wire::http1
