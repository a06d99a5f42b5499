#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "proxy/explain/replay/report.h"
#include "proxy/explain/replay/side.h"

namespace headgate::proxy::explain::replay {

/// How many changed requests are too many: a count, or a share of those compared.
struct Limit {
  std::uint64_t requests = 0;
  double percent = -1;  ///< negative: it is a count
  std::string text = "0";
  bool is_exceeded(std::uint64_t changed, std::uint64_t compared) const;
};
/// "0", "25", "0.5%".
base::Result<Limit> limit_of(const std::string& text);

/// Requests of an access log through two configurations, line by line. Pure: no file, no socket; static folders are not
/// looked into. What a route asks for and a log does not hold (headers but User-Agent and Referer, cookies) is open:
/// all ways in which it could have been are gone through that agree with the route which the line names, if the
/// configuration before could have given it. A request counts as changed if it is in each of them, as unchanged if it
/// is in none, and as undecided otherwise.
///
///     Replay replay(before, after, {.examples = 3});
///     for (each line) if (auto fed = replay.feed(line); !fed) ...
///     Report report = replay.report(limit);
class Replay {
 public:
  struct Settings {
    std::size_t examples = 3;  ///< of each kind of change
  };
  /// Both sides share `atoms`.
  Replay(Side& before, Side& after, Atoms& atoms, Settings settings);

  /// The next line, without its end. An error is of the configurations; a bad line is counted.
  base::Result<void> feed(std::string_view line);

  /// `log` is its name.
  Report report(const std::string& log, const Limit& limit) const;
  /// A line that is no JSON was seen and looks like another server's format.
  bool saw_combined() const { return saw_combined_; }

 private:
  struct Verdict;
  struct MoveCount {
    std::uint64_t lines = 0;
    std::uint32_t aspects = 0;
    std::vector<Example> examples;
  };
  struct OpenCount {
    std::uint64_t lines = 0;
    std::vector<Example> examples;
  };

  void write_head();
  void note_unusable(Unusable why, std::string_view line);
  void compare();
  Verdict verdict_over(const Worlds& worlds);
  bool names_route(const Outcome& outcome) const;
  void note_agreement(bool agrees);
  void count_change(std::uint32_t aspects, std::string_view from, std::string_view to);
  std::string text_of_all(const Side& side, const std::vector<Outcome>& outcomes) const;
  void add_example(std::vector<Example>& examples) const;
  std::vector<std::string> warnings() const;

  Side& before_;
  Side& after_;
  Atoms& atoms_;
  Settings settings_;
  LogLine line_;
  std::string head_;
  Decision old_;
  Decision new_;
  std::uint64_t lines_ = 0;
  std::uint64_t changed_ = 0;
  std::uint64_t undecided_ = 0;
  std::uint64_t unchanged_ = 0;
  std::array<std::uint64_t, 4> changed_aspects_{};
  std::uint64_t log_agrees_ = 0;
  std::uint64_t log_differs_ = 0;
  bool saw_combined_ = false;
  std::map<std::pair<std::string, std::string>, MoveCount, std::less<>> moves_;
  std::map<std::pair<Outcome, Outcome>, MoveCount*> moves_by_outcome_;
  std::map<std::vector<std::uint32_t>, OpenCount> open_;
  std::array<std::uint64_t, static_cast<std::size_t>(Unusable::kCount)> unusable_{};
  std::array<std::uint64_t, static_cast<std::size_t>(Unusable::kCount)> first_unusable_{};
};

}  // namespace headgate::proxy::explain::replay
