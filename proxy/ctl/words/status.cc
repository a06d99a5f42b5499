#include <fmt/format.h>

#include "proxy/ctl/text/columns.h"
#include "proxy/ctl/text/quantities.h"
#include "proxy/ctl/text/table.h"
#include "proxy/ctl/words/rendering.h"
#include "proxy/ctl/words/words.h"

namespace headgate::proxy::ctl::words {
namespace {

using client::count;
using client::Json;
using client::list;
using client::member;
using client::number;
using text::Side;
using text::Tone;

constexpr int kLabelColumns = 15;

/// "label          value", the value broken into lines under itself where there is no room.
std::string row(std::string_view label, std::string_view value, const text::Page& page, Tone tone = Tone::kPlain) {
  std::string out;
  std::string start = text::filled_right(label, kLabelColumns);
  const int room = page.width_or(kLabelColumns + 4096) - kLabelColumns;
  for (const std::string& line : text::wrapped(value, room)) {
    out += start + page.paint(tone, line) + "\n";
    start = std::string(kLabelColumns, ' ');
  }
  return out;
}

std::string ago(const Json& of, std::string_view name, const text::Page& page) {
  const std::optional<base::WallTime> at = client::time(of, name);
  return at ? text::age_text(page.now - *at) + " ago" : "never";
}

std::string configuration_rows(const Json& configuration, const text::Page& page) {
  std::string out = row(
      "configuration",
      fmt::format("{}, loaded {}", client::text(configuration, "file"), ago(configuration, "loaded_at", page)), page);
  const Json& reload = member(configuration, "last_reload");
  if (reload.is_object() && !client::truth(reload, "accepted")) {
    std::string why;
    for (const std::string& line : client::lines(reload, "message")) why += (why.empty() ? "" : "; ") + line;
    out += row("last reload", fmt::format("refused {}: {}", ago(reload, "at", page), why), page, Tone::kBad);
  }
  if (client::truth(configuration, "differs_from_file")) {
    out += row("", "the file is no longer what runs: headgate ctl config --diff", page, Tone::kWarning);
  }
  return out;
}

std::string traffic_row(const Json& totals, const text::Page& page) {
  const std::uint64_t errors = count(totals, "errors_5xx");
  std::string value = fmt::format("{}, {}/s now", text::counted(count(totals, "requests"), "request", "requests"),
                                  text::rate_text(number(totals, "requests_per_second")));
  value +=
      errors == 0 ? "; none was answered with 5xx" : fmt::format("; {} answered with 5xx", text::count_text(errors));
  return row("traffic", value, page);
}

std::string backends_row(const Json& backends, const text::Page& page) {
  std::size_t up = 0;
  for (const Json& each : backends) up += client::text(each, "state") == "up" ? 1 : 0;
  if (backends.empty()) return row("backends", "none", page);
  if (up == backends.size()) return row("backends", fmt::format("all {} are up", up), page);
  return row("backends", fmt::format("{} of {} are up", up, backends.size()), page, Tone::kWarning);
}

/// The certificate that ends first, and newer ones that cannot be used.
std::string certificate_rows(const Json& listeners, const text::Page& page) {
  constexpr base::Duration kSoon = std::chrono::hours(14 * 24);
  std::string out;
  std::string first;
  base::WallTime ends = base::WallTime::max();
  for (const Json& listener : listeners) {
    const Json& tls = member(listener, "tls");
    for (const Json& each : list(tls, "certificates")) {
      const std::optional<base::WallTime> end = client::time(each, "not_after");
      if (!end || *end >= ends) continue;
      ends = *end;
      first = fmt::format("{} of listener {}", client::text(each, "file"), client::text(listener, "name"));
    }
    const std::string error = client::text(tls, "load_error");
    if (!error.empty()) out += row("certificates", error, page, Tone::kBad);
  }
  if (first.empty()) return out;
  const std::string what = ends <= page.now
                               ? first + " has expired"
                               : fmt::format("{} is the next to expire, in {}", first, text::age_text(ends - page.now));
  const Tone tone = ends <= page.now ? Tone::kBad : ends - page.now < kSoon ? Tone::kWarning : Tone::kPlain;
  return row("certificates", what, page, tone) + out;
}

/// Newer files of databases that cannot be used.
std::string geoip_rows(const Json& databases, const text::Page& page) {
  std::string out;
  for (const Json& each : databases) {
    const std::string error = client::text(each, "load_error");
    if (!error.empty()) out += row("geoip", error, page, Tone::kBad);
  }
  return out;
}

std::string listeners_text(const Json& listeners, const text::Page& page) {
  text::Table table({{"LISTENER", Side::kLeft, text::Cut::kMiddle, 12},
                     {"PROTOCOL", Side::kLeft, text::Cut::kNever, 0, 1},
                     {"OPEN", Side::kRight},
                     {"REQUESTS", Side::kRight},
                     {"BINDS", Side::kLeft, text::Cut::kEnd, 20}});
  for (const Json& each : listeners) {
    std::string binds;
    for (const Json& bind : list(each, "binds")) {
      if (bind.is_string()) binds += (binds.empty() ? "" : ", ") + text::printable(bind.get<std::string>());
    }
    table.add({{client::text(each, "name")},
               {client::text(each, "protocol")},
               {text::count_text(count(each, "connections_open"))},
               {text::count_text(count(each, "requests"))},
               {binds.empty() ? "not open" : binds, binds.empty() ? Tone::kBad : Tone::kPlain}});
  }
  return table.empty() ? std::string() : "\n" + table.text(page);
}

}  // namespace

std::string status_text(const Json& status, const Json& backends, const text::Page& page) {
  const std::string state = client::text(status, "state");
  const std::string title =
      fmt::format("headgate {}, {} for {}, pid {}", client::text(status, "version"), state,
                  text::age_text(client::seconds(status, "uptime_seconds")), count(status, "pid"));
  const std::string cut = page.width > 0 ? text::cut_end(title, page.width) : title;
  std::string out = page.paint(state == "serving" ? Tone::kTitle : Tone::kWarning, cut) + "\n";
  out += configuration_rows(member(status, "configuration"), page);
  out += traffic_row(member(status, "totals"), page);
  out += row("connections",
             fmt::format("{} open", text::count_text(count(member(status, "totals"), "connections_open"))), page);
  out += backends_row(list(backends, "backends"), page);
  const Json& process = member(status, "process");
  out += row("process",
             fmt::format("{} in memory, {} of {} descriptors, {}", text::bytes_text(number(process, "resident_bytes")),
                         text::count_text(count(process, "open_descriptors")),
                         text::count_text(count(process, "max_descriptors")),
                         text::counted(list(status, "workers").size(), "worker", "workers")),
             page);
  out += row("log level", client::text(status, "log_level"), page);
  out += certificate_rows(list(status, "listeners"), page);
  out += geoip_rows(list(status, "geoip"), page);
  out += listeners_text(list(status, "listeners"), page);
  const std::string attention = attention_text(list(backends, "backends"), page);
  return out + (attention.empty() ? "" : "\n" + attention);
}

int status(const client::Client& client, const Console& console) {
  const std::optional<client::Answer> answer = console.ask(client, {.path = "/status"});
  if (!answer) return kRefused;
  if (console.wants_json()) {
    console.print_json(*answer);
    return kWell;
  }
  const std::optional<client::Answer> backends = console.ask(client, {.path = "/backends"});
  if (!backends) return kRefused;
  console.print(status_text(answer->json, backends->json, console.page()));
  return kWell;
}

}  // namespace headgate::proxy::ctl::words
