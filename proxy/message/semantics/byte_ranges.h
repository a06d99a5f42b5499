#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace headgate::proxy::message::semantics {

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;  ///< inclusive
  std::uint64_t bytes() const { return last - first + 1; }
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

/// What a Range field asks of a representation (RFC 9110 section 14.2).
class ByteRanges {
 public:
  /// More specifiers than this, and the whole is sent: nobody who reads in good faith needs them.
  static constexpr std::size_t kMax = 32;

  enum class Answer : std::uint8_t {
    kWhole,          ///< 200: no bytes= unit, a broken value, or too many ranges
    kPartial,        ///< 206 with ranges()
    kUnsatisfiable,  ///< 416: none of the ranges touches the representation
  };

  /// `value` of the one Range field; `size` of the representation.
  static ByteRanges parse(std::string_view value, std::uint64_t size);

  Answer answer() const { return answer_; }
  /// Those that can be satisfied, cut to the size, in the order of the request; those that overlap or touch are one, so
  /// that no byte is sent twice.
  std::span<const ByteRange> ranges() const& { return std::span(ranges_).first(count_); }
  std::span<const ByteRange> ranges() && = delete;  // a view into what is about to be gone

 private:
  void add(ByteRange range);

  Answer answer_ = Answer::kWhole;
  std::size_t count_ = 0;
  std::array<ByteRange, kMax> ranges_;
};

}  // namespace headgate::proxy::message::semantics
