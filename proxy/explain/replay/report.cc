#include "proxy/explain/replay/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "proxy/explain/member_json.h"

namespace headgate::proxy::explain::replay {
namespace {

std::string list_of(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

std::string share_of(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0 || part == 0) return "";
  const double percent = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  return percent < 0.01 ? " (less than 0.01%)" : fmt::format(" ({:.3g}%)", percent);
}

void put_examples(const std::vector<Example>& examples, Page& page) {
  for (const Example& each : examples) {
    page.item("", fmt::format("line {}: {} from {}", each.line, each.request, each.client), Tone::kFaint, 1);
  }
}

void put_moves(const Report& report, Page& page) {
  for (std::size_t i = 0; i < report.moves.size() && i < kMovesShown; ++i) {
    const Move& move = report.moves[i];
    page.blank();
    page.line(fmt::format("{}: {} differ{}{}", move.lines, list_of(move.differs), move.differs.size() == 1 ? "s" : "",
                          share_of(move.lines, report.compared)),
              Tone::kStrong);
    page.item("-", move.from, Tone::kBad, 0);
    page.item("+", move.to, Tone::kGood, 0);
    put_examples(move.examples, page);
  }
  const std::size_t more = report.moves.size() > kMovesShown ? report.moves.size() - kMovesShown : 0;
  if (more + report.moves_left_out > 0) {
    page.blank();
    page.line(fmt::format("and {} more kinds of change; --json lists {}", more + report.moves_left_out,
                          report.moves_left_out == 0 ? "them" : fmt::format("the first {}", kMovesMax)));
  }
}

void put_open(const Report& report, Page& page) {
  constexpr std::size_t kOpenShown = 8;
  for (std::size_t i = 0; i < report.open.size() && i < kOpenShown; ++i) {
    page.blank();
    page.line(fmt::format("{}: undecided, since the log does not tell of", report.open[i].lines), Tone::kWarn);
    page.item("?", list_of(report.open[i].depends_on), Tone::kWarn);
    put_examples(report.open[i].examples, page);
  }
  if (report.open.size() > kOpenShown) page.line(fmt::format("and {} more kinds", report.open.size() - kOpenShown));
}

void put_sums(const Report& report, Page& page) {
  const auto counted = [&](std::uint64_t count) {
    return fmt::format("{}{}", count, share_of(count, report.compared));
  };
  page.row("lines", fmt::format("{}, of which {} could be compared", report.lines, report.compared));
  std::string changed = counted(report.changed);
  if (report.changed > 0) {
    changed += fmt::format(": route {}, pool {}, status {}, origin {}", report.changed_route, report.changed_pool,
                           report.changed_status, report.changed_origin);
  }
  page.row("changed", changed, report.over_limit ? Tone::kBad : report.changed > 0 ? Tone::kWarn : Tone::kGood);
  page.row("undecided", counted(report.undecided), report.undecided > 0 ? Tone::kWarn : Tone::kPlain);
  page.row("unchanged", counted(report.unchanged));
  for (const UnusableLines& each : report.unusable) {
    page.row("not used", fmt::format("{}: {} (line {})", each.lines, each.why, each.first_line));
  }
}

}  // namespace

std::string json_of(const Report& report, int indent) {
  return written(report).dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string text_of(const Report& report, const TextStyle& style) {
  Page page(style);
  page.line(fmt::format("{}: {} against {}", report.log, report.before, report.after), Tone::kStrong);
  page.blank();
  put_sums(report, page);
  for (const std::string& warning : report.warnings) page.row("note", warning, Tone::kWarn);
  put_moves(report, page);
  put_open(report, page);
  page.blank();
  if (report.compared == 0) {
    page.line("Nothing could be compared.", Tone::kBad);
  } else if (report.over_limit) {
    page.line(fmt::format("{} changed, above the limit of {}.", report.changed, report.limit), Tone::kBad);
  } else {
    page.line(fmt::format("{} changed, within the limit of {}.", report.changed, report.limit), Tone::kGood);
  }
  return page.take();
}

}  // namespace headgate::proxy::explain::replay
