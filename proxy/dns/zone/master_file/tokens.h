#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Zone files, as RFC 1035 section 5 writes them: bytes to words.
namespace headgate::proxy::dns::zone::master_file {

/// Both count from 1; a column is a byte.
struct Spot {
  int line = 1;
  int column = 1;
  friend bool operator==(const Spot&, const Spot&) = default;
};

/// Something wrong with a file.
struct Problem {
  Spot spot;
  std::string what;
};

struct Token {
  std::string_view text;  ///< between its quotes, where it has some; escapes as they are written
  bool is_quoted = false;
  Spot spot;
};

/// The words of one line, or of several that parentheses make one.
struct Entry {
  bool begins_with_blank = false;
  std::vector<Token> tokens;  ///< at least one
  Spot end;                   ///< behind the last
};

/// Of one entry.
inline constexpr std::size_t kTokensMax = 4096;

/// Reads entry by entry. `text` outlives this.
class Tokens {
 public:
  explicit Tokens(std::string_view text) : text_(text) {}

  /// False at the end of the text. Where an entry cannot be read, problem() says why, and the next call goes on behind
  /// the line.
  bool next(Entry& entry);
  const std::optional<Problem>& problem() const { return problem_; }

 private:
  enum class Step : std::uint8_t { kMore, kEntry };
  bool is_at_end() const { return at_ == text_.size(); }
  Spot spot() const { return {line_, static_cast<int>(at_ - line_at_) + 1}; }
  void end_line();
  void skip_line();
  void fail(Spot where, std::string what);
  Step step(Entry& entry);
  void take_word(Entry& entry);
  void take_string(Entry& entry);

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_at_ = 0;
  int line_ = 1;
  std::size_t depth_ = 0;
  Spot opened_;
  std::optional<Problem> problem_;
};

}  // namespace headgate::proxy::dns::zone::master_file
