#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace headgate::proxy::explain {

struct TextStyle {
  bool color = false;  ///< for a terminal: ECMA-48 sequences, which take no column
  std::size_t columns = 80;
};

enum class Tone : std::uint8_t { kPlain, kGood, kBad, kWarn, kFaint, kStrong };

/// A page of labelled rows. Every text is broken at spaces to fit, continued under its beginning; a word that is longer
/// than a line is cut into pieces. Control characters become '?', so that no text from outside steers a terminal.
class Page {
 public:
  explicit Page(const TextStyle& style) : style_(style) {}

  /// A row that begins with a label in the first column.
  void row(std::string_view label, std::string_view text, Tone tone = Tone::kPlain);
  /// A row without a label, `depth` steps deeper, with a mark of one character.
  void item(std::string_view mark, std::string_view text, Tone tone = Tone::kPlain, std::size_t depth = 0);
  /// A row from the first column on.
  void line(std::string_view text, Tone tone = Tone::kPlain);
  void blank() { out_ += '\n'; }

  /// Columns that an item of that depth has for its text.
  std::size_t room(std::size_t depth) const { return style_.columns - kLabelColumns - 2 * (depth + 1); }

  std::string take() { return std::move(out_); }

  static constexpr std::size_t kLabelColumns = 11;

 private:
  void wrapped(std::string first, std::size_t indent, std::string_view text, Tone tone);
  std::string painted(std::string_view text, Tone tone) const;

  TextStyle style_;
  std::string out_;
};

/// How many columns a text takes: its characters, by the rules of UTF-8.
std::size_t columns_of(std::string_view text);
/// Filled up with spaces to `columns`.
std::string padded(std::string_view text, std::size_t columns);

}  // namespace headgate::proxy::explain
