#include "config/difference/text_diff.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace headgate::config::difference {
namespace {

constexpr std::size_t kContextLines = 3;

using Lines = std::vector<std::string_view>;

/// Each with its line feed; the last may be without.
Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::size_t bytes = end == std::string_view::npos ? text.size() : end + 1;
    lines.push_back(text.substr(0, bytes));
    text.remove_prefix(bytes);
  }
  return lines;
}

/// A line of the result: in both texts, in the first alone, or in the second alone.
struct Step {
  char mark;  // ' ', '-', '+'
  std::string_view line;
};

/// Myers' greedy algorithm: for each number of differences d, the furthest that each diagonal k = x - y reaches. Rows
/// are kept to find the way back: d + 1 numbers for the row of d.
class ShortestScript {
 public:
  ShortestScript(const Lines& before, const Lines& after) {
    std::unordered_map<std::string_view, std::uint32_t> numbers;
    const auto number = [&numbers](std::string_view line) {
      return numbers.try_emplace(line, static_cast<std::uint32_t>(numbers.size())).first->second;
    };
    for (const std::string_view line : before) before_.push_back(number(line));
    for (const std::string_view line : after) after_.push_back(number(line));
  }

  /// For each step from the beginning to the end: ' ', '-' or '+'. Nothing above kDiffDifferencesMax differences.
  std::optional<std::string> marks() {
    const auto n = static_cast<std::int64_t>(before_.size());
    const auto m = static_cast<std::int64_t>(after_.size());
    const auto most = std::min<std::int64_t>(n + m, kDiffDifferencesMax);
    for (std::int64_t d = 0; d <= most; ++d) {
      std::vector<std::int32_t>& row = rows_.emplace_back(static_cast<std::size_t>(d + 1));
      for (std::int64_t k = -d; k <= d; k += 2) {
        std::int64_t x = d == 0 ? 0 : start_of(d, k);
        while (x < n && x - k < m && before_[at(x)] == after_[at(x - k)]) ++x;
        row[at((k + d) / 2)] = static_cast<std::int32_t>(x);
        if (x >= n && x - k >= m) return way_back(d, k);
      }
    }
    return std::nullopt;
  }

 private:
  static std::size_t at(std::int64_t index) { return static_cast<std::size_t>(index); }
  /// How far diagonal k reached with d differences; below everything where the diagonal is not in that row.
  std::int64_t reach(std::int64_t d, std::int64_t k) const {
    return k < -d || k > d ? -1 : rows_[at(d)][at((k + d) / 2)];
  }
  bool comes_from_above(std::int64_t d, std::int64_t k) const {  // by a line of the second text
    return k == -d || (k != d && reach(d - 1, k - 1) < reach(d - 1, k + 1));
  }
  std::int64_t start_of(std::int64_t d, std::int64_t k) const {
    return comes_from_above(d, k) ? reach(d - 1, k + 1) : reach(d - 1, k - 1) + 1;
  }

  std::string way_back(std::int64_t d, std::int64_t k) const {
    std::string marks;
    std::int64_t x = static_cast<std::int64_t>(before_.size());
    while (true) {
      const std::int64_t start = d == 0 ? 0 : start_of(d, k);
      marks.append(at(x - start), ' ');
      if (d == 0) break;
      const bool from_above = comes_from_above(d, k);
      marks += from_above ? '+' : '-';
      k += from_above ? 1 : -1;
      --d;
      x = reach(d, k);
    }
    std::reverse(marks.begin(), marks.end());
    return marks;
  }

  std::vector<std::uint32_t> before_;
  std::vector<std::uint32_t> after_;
  std::vector<std::vector<std::int32_t>> rows_;
};

/// "@@ -3,7 +3,8 @@"
std::string range_text(std::size_t first, std::size_t count) {
  if (count == 1) return fmt::format("{}", first + 1);
  return fmt::format("{},{}", count == 0 ? first : first + 1, count);
}

std::string hunks_of(const std::vector<Step>& steps) {
  std::string out;
  std::size_t before_line = 0;  // of steps[i]
  std::size_t after_line = 0;
  std::size_t i = 0;
  while (i < steps.size()) {
    const auto is_change = [](const Step& step) { return step.mark != ' '; };
    const auto first_change = std::find_if(steps.begin() + static_cast<std::ptrdiff_t>(i), steps.end(), is_change);
    if (first_change == steps.end()) break;
    const std::size_t change = static_cast<std::size_t>(first_change - steps.begin());
    const std::size_t begin = std::max(i, change - std::min(change, kContextLines));
    before_line += begin - i;
    after_line += begin - i;
    std::size_t end = change;  // after the last change that is near enough to stand in the same hunk
    for (std::size_t j = change; j < steps.size() && j <= end + 2 * kContextLines; ++j) {
      if (is_change(steps[j])) end = j + 1;
    }
    end = std::min(end + kContextLines, steps.size());
    std::size_t before_count = 0;
    std::size_t after_count = 0;
    std::string lines;
    for (std::size_t j = begin; j < end; ++j) {
      before_count += steps[j].mark != '+';
      after_count += steps[j].mark != '-';
      lines += steps[j].mark;
      lines += steps[j].line;
      if (!steps[j].line.ends_with('\n')) lines += "\n\\ No newline at end of file\n";
    }
    out += fmt::format("@@ -{} +{} @@\n", range_text(before_line, before_count), range_text(after_line, after_count));
    out += lines;
    before_line += before_count;
    after_line += after_count;
    i = end;
  }
  return out;
}

}  // namespace

std::optional<std::string> unified_diff(std::string_view before, std::string_view after, std::string_view before_name,
                                        std::string_view after_name) {
  if (before == after) return std::string();
  if (before.size() > kDiffBytesMax || after.size() > kDiffBytesMax) return std::nullopt;
  Lines old_lines = lines_of(before);
  Lines new_lines = lines_of(after);
  const auto [old_first, new_first] =
      std::mismatch(old_lines.begin(), old_lines.end(), new_lines.begin(), new_lines.end());
  const std::size_t same_begin = static_cast<std::size_t>(old_first - old_lines.begin());
  const std::size_t rest = std::min(old_lines.size(), new_lines.size()) - same_begin;
  std::size_t same_end = 0;
  while (same_end < rest && old_lines[old_lines.size() - 1 - same_end] == new_lines[new_lines.size() - 1 - same_end]) {
    ++same_end;
  }
  const Lines old_middle(old_first, old_lines.end() - static_cast<std::ptrdiff_t>(same_end));
  const Lines new_middle(new_first, new_lines.end() - static_cast<std::ptrdiff_t>(same_end));
  if (old_middle.size() > kDiffLinesMax || new_middle.size() > kDiffLinesMax) return std::nullopt;
  const std::optional<std::string> marks = ShortestScript(old_middle, new_middle).marks();
  if (!marks) return std::nullopt;

  std::vector<Step> steps;
  for (std::size_t i = 0; i < same_begin; ++i) steps.push_back({' ', old_lines[i]});
  std::size_t old_next = 0;
  std::size_t new_next = 0;
  for (const char mark : *marks) {
    steps.push_back({mark, mark == '+' ? new_middle[new_next] : old_middle[old_next]});
    old_next += mark != '+';
    new_next += mark != '-';
  }
  for (std::size_t i = old_lines.size() - same_end; i < old_lines.size(); ++i) steps.push_back({' ', old_lines[i]});
  return fmt::format("--- {}\n+++ {}\n", before_name, after_name) + hunks_of(steps);
}

}  // namespace headgate::config::difference
