#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace headgate::wire::dns {

/// Numbers and pieces of a message one after the other. What is not there any more is zero or empty, and is_short()
/// says so ever after: one look at the end of a record is enough.
class Reader {
 public:
  explicit Reader(std::string_view bytes)
      : at_(reinterpret_cast<const std::uint8_t*>(bytes.data())), end_(at_ + bytes.size()) {}

  std::uint8_t u8() { return has(1) ? *at_++ : std::uint8_t{0}; }
  std::uint16_t u16() {
    if (!has(2)) return 0;
    at_ += 2;
    return static_cast<std::uint16_t>(at_[-2] << 8 | at_[-1]);
  }
  std::string_view take(std::size_t bytes) {
    if (!has(bytes)) return {};
    at_ += bytes;
    return {reinterpret_cast<const char*>(at_ - bytes), bytes};
  }

  std::string_view rest() const { return {reinterpret_cast<const char*>(at_), static_cast<std::size_t>(end_ - at_)}; }
  const std::uint8_t* position() const { return at_; }
  bool is_at_end() const { return at_ == end_; }
  bool is_short() const { return is_short_; }

 private:
  bool has(std::size_t bytes) {
    if (static_cast<std::size_t>(end_ - at_) >= bytes) return true;
    is_short_ = true;
    at_ = end_;
    return false;
  }

  const std::uint8_t* at_;
  const std::uint8_t* end_;
  bool is_short_ = false;
};

inline void append_u16(std::uint16_t value, std::string& out) {
  out += static_cast<char>(value >> 8);
  out += static_cast<char>(value);
}
inline void append_u32(std::uint32_t value, std::string& out) {
  append_u16(static_cast<std::uint16_t>(value >> 16), out);
  append_u16(static_cast<std::uint16_t>(value), out);
}

}  // namespace headgate::wire::dns
