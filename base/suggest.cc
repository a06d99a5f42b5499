#include "base/suggest.h"

#include <algorithm>

#include "base/ascii.h"

namespace headgate::base {
namespace {

/// Optimal string alignment distance, ignoring case; rows are kept because texts here are short names.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> row(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) row[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) row[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = to_lower(a[i - 1]) == to_lower(b[j - 1]);
      row[i][j] = std::min({row[i - 1][j] + 1, row[i][j - 1] + 1, row[i - 1][j - 1] + (same ? 0 : 1)});
      const bool swapped =
          i > 1 && j > 1 && to_lower(a[i - 1]) == to_lower(b[j - 2]) && to_lower(a[i - 2]) == to_lower(b[j - 1]);
      if (swapped) row[i][j] = std::min(row[i][j], row[i - 2][j - 2] + 1);
    }
  }
  return row[a.size()][b.size()];
}

}  // namespace

std::string suggestion_for(std::string_view written, std::span<const std::string_view> known) {
  constexpr std::size_t kLongestCompared = 64;
  if (written.size() > kLongestCompared) return {};
  std::string_view best;
  std::size_t best_distance = written.size();
  for (std::string_view name : known) {
    if (name.size() > kLongestCompared) continue;
    const std::size_t allowed = std::max<std::size_t>(1, std::max(written.size(), name.size()) / 3);
    const std::size_t found = distance(written, name);
    if (found <= allowed && (best.empty() || found < best_distance)) {
      best = name;
      best_distance = found;
    }
  }
  if (best.empty()) return {};
  return " (did you mean '" + std::string(best) + "'?)";
}

std::string suggestion_for(std::string_view written, const std::vector<std::string>& known) {
  const std::vector<std::string_view> views(known.begin(), known.end());
  return suggestion_for(written, std::span<const std::string_view>(views));
}

}  // namespace headgate::base
