#include "proxy/ctl/top/drawing.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/clock.h"
#include "proxy/ctl/text/columns.h"
#include "proxy/ctl/text/quantities.h"
#include "proxy/ctl/text/table.h"

namespace headgate::proxy::ctl::top {
namespace {

using text::Cut;
using text::Side;
using text::Tone;

using Lines = std::vector<std::string>;

void append(Lines& to, Lines more) {
  std::move(more.begin(), more.end(), std::back_inserter(to));
}

std::string line(const text::Page& page, Tone tone, std::string_view text) {
  return page.paint(tone, text::cut_end(text, page.width));
}

/// Title at the left, clock at the right.
std::string head_line(const Model& model, const Controls& controls, const text::Page& page) {
  const std::string clock = base::civil_time(page.now).substr(11) + "Z";
  std::string state = controls.is_paused ? "paused  " : "";
  if (!model.trouble.empty()) state = model.is_away ? "reconnecting  " : "refused  ";
  const std::string right = state + clock;
  const int room = page.width - text::columns_of(right) - 2;
  const std::string left = text::filled_right(text::cut_end(model.is_known ? model.title : "headgate", room), room);
  const bool is_well = model.trouble.empty() && model.state == "serving" && !controls.is_paused;
  return page.paint(is_well ? Tone::kTitle : Tone::kWarning, left + "  " + right);
}

/// "requests   1.5k/s  ▁▂▃▄▅▆▇█  most 2.0k"
std::string series_line(const text::Page& page, std::string_view name, const std::string& now, const std::string& most,
                        const std::vector<double>& values, Tone tone) {
  constexpr int kNameColumns = 9;
  constexpr int kNowColumns = 14;
  const std::string start =
      text::filled_right(name, kNameColumns) + text::filled_left(text::cut_end(now, kNowColumns), kNowColumns) + "  ";
  const std::string end = "  most " + most;
  const int room = std::max(0, page.width - text::columns_of(start) - text::columns_of(end));
  return start + page.paint(tone, bars(values, room)) + end;
}

double last(const std::vector<double>& values) {
  return values.empty() ? 0 : values.back();
}

double most(const std::vector<double>& values, const text::Page& page) {
  const std::size_t shown = std::min(values.size(), static_cast<std::size_t>(std::max(page.width, 0)));
  return shown == 0 ? 0 : *std::max_element(values.end() - static_cast<std::ptrdiff_t>(shown), values.end());
}

Lines traffic_lines(const Series& series, const text::Page& page) {
  const auto rate = [](double value) { return text::rate_text(value); };
  const auto latency = [](double value) { return text::milliseconds_text(value); };
  const bool has_errors = most(series.errors, page) > 0;
  return {series_line(page, "requests", rate(last(series.requests)) + "/s", rate(most(series.requests, page)),
                      series.requests, Tone::kGood),
          series_line(page, "5xx", rate(last(series.errors)) + "/s", rate(most(series.errors, page)), series.errors,
                      has_errors ? Tone::kBad : Tone::kPlain),
          series_line(page, "p95", latency(last(series.p95_ms)) + " ms", latency(most(series.p95_ms, page)),
                      series.p95_ms, Tone::kPlain),
          line(page, Tone::kPlain,
               fmt::format("p50 {} ms, {}/s sent, {} open", latency(last(series.p50_ms)),
                           text::bytes_text(last(series.sent_bytes)),
                           text::counted(series.connections_open, "connection", "connections")))};
}

Lines pool_lines(const Model& model, const text::Page& page, std::size_t rows) {
  text::Table table({{"POOL", Side::kLeft, Cut::kMiddle, 12},
                     {"UP", Side::kLeft},
                     {"RUNNING", Side::kRight},
                     {"WAITING", Side::kRight},
                     {"REQ/S", Side::kRight},
                     {"RETRY/S", Side::kRight},
                     {"BALANCE", Side::kLeft, Cut::kEnd, 8, 1}});
  const std::size_t shown = model.pools.size() <= rows ? model.pools.size() : rows - 1;
  for (std::size_t i = 0; i < shown; ++i) {
    const PoolRow& row = model.pools[i];
    const Tone tone = row.up == row.all ? Tone::kGood : row.up == 0 ? Tone::kBad : Tone::kWarning;
    table.add({{row.name},
               {fmt::format("{} of {}", row.up, row.all), tone},
               {text::count_text(row.running)},
               {text::count_text(row.waiting), row.waiting > 0 ? Tone::kWarning : Tone::kPlain},
               {text::rate_text(row.requests_per_second)},
               {text::rate_text(row.retries_per_second)},
               {row.balance}});
  }
  Lines out = table.lines(page);
  if (shown < model.pools.size()) {
    out.push_back(line(page, Tone::kQuiet, fmt::format("and {} more", model.pools.size() - shown)));
  }
  return out;
}

/// `rows` of the backends, the chosen one among them.
Lines backend_lines(const Model& model, const Controls& controls, const text::Page& page, std::size_t rows,
                    bool marks_chosen) {
  const std::vector<BackendRow> all = sorted(model.backends, controls.order);
  const int chosen = chosen_row(all, controls);
  const std::size_t at = chosen < 0 ? 0 : static_cast<std::size_t>(chosen);
  // The window moves by whole pages, so that rows stay where they are while one goes through them.
  const std::size_t first = all.size() <= rows ? 0 : std::min(at / rows * rows, all.size() - rows);
  // A mark beside the chosen row, since not every terminal shows colors.
  text::Table table({{"", Side::kLeft},
                     {"BACKEND", Side::kLeft, Cut::kMiddle, 14},
                     {"STATE"},
                     {"FOR", Side::kRight},
                     {"SHARE", Side::kRight},
                     {"RUNNING", Side::kRight},
                     {"REQ/S", Side::kRight},
                     {"FAIL/S", Side::kRight},
                     {"P95", Side::kRight},
                     {"ADDRESS", Side::kLeft, Cut::kMiddle, 14, 2},
                     {"WHY", Side::kLeft, Cut::kEnd, 8, 1}});
  for (std::size_t i = first; i < std::min(all.size(), first + rows); ++i) {
    const BackendRow& row = all[i];
    table.add({{marks_chosen && i == at ? ">" : " "},
               {row.pool + "/" + row.id},
               {row.state, text::tone_of_state(row.state)},
               {row.age},
               {text::percent_text(row.share_percent)},
               {text::count_text(row.running)},
               {text::rate_text(row.requests_per_second)},
               {text::rate_text(row.failures_per_second), row.failures_per_second > 0 ? Tone::kBad : Tone::kPlain},
               {row.has_latency ? text::milliseconds_text(row.p95_ms) : "-"},
               {row.address},
               {row.why}});
  }
  return table.lines(page, marks_chosen ? static_cast<int>(at - first) : -1);
}

Lines event_lines(const Model& model, const text::Page& page, std::size_t rows) {
  Lines out;
  for (std::size_t i = 0; i < std::min(rows, model.events.size()); ++i) {
    const Event& event = model.events[i];
    const Tone tone = event.to.empty() ? Tone::kPlain : text::tone_of_state(event.to);
    out.push_back(line(page, tone, event.time + "  " + event.text));
  }
  return out;
}

std::string keys_line(const Controls& controls, const text::Page& page) {
  if (controls.question) {
    const bool drains = controls.question->operation == words::Operation::kDrain;
    return line(
        page, Tone::kChosen,
        fmt::format("{} {}/{}? y or n", drains ? "Drain" : "Enable", controls.question->pool, controls.question->id));
  }
  if (!controls.said.empty()) return line(page, Tone::kTitle, controls.said);
  return line(page, Tone::kQuiet,
              fmt::format("q quit  h help  p pause  s sort: {}  \u2191\u2193 choose  d drain  e enable",
                          to_string(controls.order)));
}

Lines help_lines(const text::Page& page) {
  Lines out;
  for (const char* text : {"headgate ctl top", "", "q, Ctrl-C      quit", "p              pause, and go on",
                           "s              sort by the next column", "up, down, j, k choose a backend",
                           "d, e           drain or enable it, after a question", "Ctrl-L         draw anew", "",
                           "SHARE is what a backend gets of its weight. P95 is in milliseconds, since",
                           "the start. Bars are of the last seconds, one column each.", "", "Any key goes back."}) {
    out.push_back(line(page, Tone::kPlain, text));
  }
  return out;
}

}  // namespace

std::vector<std::string> drawing(const Model& model, const Controls& controls, const text::Page& page, int rows) {
  if (page.width < kColumnsMin || rows < kRowsMin) {
    return {text::cut_end(fmt::format("{}x{} is too small: top needs {}x{}", page.width, rows, kColumnsMin, kRowsMin),
                          page.width)};
  }
  Lines out{head_line(model, controls, page)};
  if (!model.trouble.empty()) {
    out.push_back(line(page, Tone::kBad, model.trouble));
  } else if (!model.warning.empty()) {
    out.push_back(line(page, Tone::kWarning, model.warning));
  }
  const std::size_t all = static_cast<std::size_t>(rows);
  if (controls.shows_help) {
    append(out, help_lines(page));
    if (out.size() > all) out.resize(all);
    return out;
  }
  if (model.is_known) {
    append(out, traffic_lines(model.series, page));
    const std::size_t last_row = all - 1;  // for the keys
    const std::size_t backends = model.backends.size();
    // Of what is left, pools get up to a quarter and events what backends do not need, but three lines at least.
    std::size_t left = last_row - out.size();
    if (left >= 8 && !model.pools.empty()) {
      append(out, pool_lines(model, page, std::max<std::size_t>(left / 4, 2)));
      left = last_row - out.size();
    }
    const std::size_t events = left >= 8 ? std::max<std::size_t>(3, left - std::min(left, backends + 1)) : 0;
    append(out, backend_lines(model, controls, page, std::max<std::size_t>(left - events - 1, 1), true));
    append(out, event_lines(model, page, last_row - std::min(last_row, out.size())));
    out.resize(last_row);
  } else {
    out.resize(all - 1);
  }
  out.push_back(keys_line(controls, page));
  return out;
}

std::vector<std::string> drawing_once(const Model& model, const text::Page& page) {
  Lines out{head_line(model, {}, page)};
  if (!model.warning.empty()) out.push_back(line(page, Tone::kWarning, model.warning));
  append(out, traffic_lines(model.series, page));
  if (!model.pools.empty()) append(out, pool_lines(model, page, model.pools.size()));
  if (!model.backends.empty()) append(out, backend_lines(model, {}, page, model.backends.size(), false));
  append(out, event_lines(model, page, 10));
  return out;
}

}  // namespace headgate::proxy::ctl::top
