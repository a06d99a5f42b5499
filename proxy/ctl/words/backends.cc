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
using text::Cut;
using text::Side;
using text::Tone;

/// Of the second line of a sentence, and of those that follow.
constexpr int kIndent = 4;

/// "3 of 4", colored by whether something is missing.
text::Cell up_cell(const Json& backends) {
  std::size_t up = 0;
  for (const Json& each : backends) up += client::text(each, "state") == "up" ? 1 : 0;
  const Tone tone = up == backends.size() ? Tone::kGood : up == 0 ? Tone::kBad : Tone::kWarning;
  return {fmt::format("{} of {}", up, backends.size()), tone};
}

std::uint64_t sum(const Json& backends, std::string_view name) {
  std::uint64_t all = 0;
  for (const Json& each : backends) all += count(each, name);
  return all;
}

std::string latency_text(const Json& backend, std::string_view percentile) {
  const Json& latency = member(backend, "latency_ms");
  if (!member(latency, percentile).is_number()) return "-";
  return text::milliseconds_text(number(latency, percentile));
}

/// On as many lines as it takes.
std::string sentence(const std::string& line, const text::Page& page) {
  std::string out;
  std::string indent;
  for (const std::string& part : text::wrapped(line, page.width_or(1 << 20) - kIndent)) {
    out += indent + part + "\n";
    indent = std::string(kIndent, ' ');
  }
  return out;
}

/// Of a sticky pool a sentence: by what, who holds how many sessions, and what became of those that were shown.
std::string sticky_text(const Json& pool, const text::Page& page) {
  const Json& sticky = member(pool, "sticky");
  if (!sticky.is_object()) return {};
  const bool has_table = member(sticky, "entries").is_number();
  std::string holders;
  for (const Json& backend : list(pool, "backends")) {
    const std::uint64_t sessions = count(backend, has_table ? "session_entries" : "sessions");
    holders += fmt::format("{}{} {}", holders.empty() ? "" : ", ", client::text(backend, "id"), sessions);
  }
  std::string line = fmt::format(
      "{} is sticky by {}: {}, {}; of requests that showed a session {} stayed, {} moved, {} "
      "had one that did not hold",
      client::text(pool, "name"), client::text(sticky, "by"), has_table ? "sessions" : "sessions given since the start",
      holders, count(sticky, "stayed"), count(sticky, "moved"), count(sticky, "unheld"));
  if (has_table) {
    line += fmt::format("; {} of at most {} entries{}", count(sticky, "entries"), count(sticky, "size"),
                        member(sticky, "kept") == true ? "" : ", which end with the process");
  }
  return sentence(line, page);
}

/// Of a pool that something keeps from being buried a sentence: what of its limits is used, and what was turned away or
/// asked twice. Empty where there is nothing to say.
std::string protection_text(const Json& pool, const text::Page& page) {
  const Json& protection = member(pool, "protection");
  std::string out;
  const auto add = [&out](const std::string& part) { out += (out.empty() ? "" : ", ") + part; };
  for (const char* what : {"requests", "connections", "retries"}) {
    const Json& limit = member(protection, what);
    if (!member(limit, "limit").is_number()) continue;
    add(fmt::format("{} of {} {} at once", count(limit, "now"), count(limit, "limit"), what));
    const Json& adaptive = member(protection, "adaptive");
    if (what == std::string_view("requests") && member(adaptive, "latency_ms").is_number()) {
      out += fmt::format(" (adaptive: latency {} ms, lowest {} ms)",
                         text::milliseconds_text(number(adaptive, "latency_ms")),
                         text::milliseconds_text(number(adaptive, "lowest_latency_ms")));
    }
  }
  if (const std::uint64_t shed = count(protection, "shed"); shed > 0) add(fmt::format("{} shed", shed));
  if (const Json& hedge = member(protection, "hedge"); hedge.is_object()) {
    add(fmt::format("{} hedged after {}, of which {} won", count(hedge, "asked"), client::text(hedge, "after"),
                    count(hedge, "won")));
  }
  return out.empty() ? out : sentence(client::text(pool, "name") + ": " + out, page);
}

/// Of each name that a pool's backends are found by a sentence.
std::string names_text(const Json& pool, const text::Page& page) {
  std::string out;
  for (const Json& name : list(pool, "names")) {
    const std::string problem = client::text(name, "problem");
    std::string line = fmt::format("{} is found by {}: {} addresses", client::text(pool, "name"),
                                   client::text(name, "name"), count(name, "addresses"));
    if (member(name, "ttl_seconds").is_number()) {
      line += fmt::format(", {} s of their TTL left", count(name, "ttl_seconds"));
    }
    if (!problem.empty()) line += "; the last look-up failed: " + problem;
    std::string indent;
    for (const std::string& part : text::wrapped(line, page.width_or(1 << 20) - kIndent)) {
      out += indent + (problem.empty() ? part : page.paint(Tone::kWarning, part)) + "\n";
      indent = std::string(kIndent, ' ');
    }
  }
  return out;
}

std::string balance_cell(const Json& pool) {
  std::string out = client::text(pool, "balance");
  const auto hash = pool.find("hash");
  if (hash != pool.end() && hash->is_object()) out += " by " + client::text(*hash, "by");
  return out;
}

}  // namespace

std::string age_of(const client::Json& of, std::string_view name, base::WallTime now) {
  const std::optional<base::WallTime> at = client::time(of, name);
  return at ? text::short_age(now - *at) : "-";
}

std::string attention_text(const Json& backends, const text::Page& page) {
  std::string out;
  for (const Json& each : backends) {
    const std::string state = client::text(each, "state");
    if (state == "up") continue;
    const std::optional<base::WallTime> since = client::time(each, "since");
    const std::string why = client::text(each, "why");
    const std::string line =
        fmt::format("{}/{} is {}{}{}", client::text(each, "pool"), client::text(each, "id"), state,
                    since ? " for " + text::age_text(page.now - *since) : "", why.empty() ? "" : ": " + why);
    std::string indent;
    for (const std::string& part : text::wrapped(line, page.width_or(1 << 20) - kIndent)) {
      out += indent + page.paint(text::tone_of_state(state), part) + "\n";
      indent = std::string(kIndent, ' ');
    }
  }
  return out;
}

std::string pools_text(const Json& pools, const text::Page& page) {
  text::Table table({{"POOL", Side::kLeft, Cut::kMiddle, 16},
                     {"BALANCE", Side::kLeft, Cut::kNever, 0, 1},
                     {"UP"},
                     {"RUNNING", Side::kRight},
                     {"WAITING", Side::kRight},
                     {"REQUESTS", Side::kRight},
                     {"RETRIES", Side::kRight},
                     {"FAILURES", Side::kRight, Cut::kNever, 0, 2}});
  std::string attention;
  for (const Json& pool : list(pools, "pools")) {
    const Json& backends = list(pool, "backends");
    table.add({{client::text(pool, "name")},
               {balance_cell(pool)},
               up_cell(backends),
               {text::count_text(sum(backends, "requests_in_flight"))},
               {text::count_text(count(pool, "waiting"))},
               {text::count_text(count(pool, "requests"))},
               {text::count_text(count(pool, "retries"))},
               {text::count_text(sum(backends, "failures") + sum(backends, "connect_failures"))}});
    attention += attention_text(backends, page) + sticky_text(pool, page) + protection_text(pool, page);
    attention += names_text(pool, page);
  }
  if (table.empty()) return "The configuration has no pools.\n";
  return table.text(page) + (attention.empty() ? "" : "\n" + attention);
}

std::string backends_text(const Json& backends, const text::Page& page) {
  text::Table table({{"BACKEND", Side::kLeft, Cut::kMiddle, 14},
                     {"ADDRESS", Side::kLeft, Cut::kMiddle, 14},
                     {"STATE"},
                     {"FOR", Side::kRight},
                     {"SHARE", Side::kRight},
                     {"RUNNING", Side::kRight},
                     {"REQUESTS", Side::kRight},
                     {"FAILED", Side::kRight, Cut::kNever, 0, 1},
                     {"P50", Side::kRight, Cut::kNever, 0, 3},
                     {"P95", Side::kRight, Cut::kNever, 0, 2},
                     {"CHECKED", Side::kRight, Cut::kNever, 0, 5},
                     {"WHY", Side::kLeft, Cut::kEnd, 24, 4}});
  for (const Json& each : list(backends, "backends")) {
    const std::string state = client::text(each, "state");
    table.add({{client::text(each, "pool") + "/" + client::text(each, "id")},
               {client::text(each, "address")},
               {state, text::tone_of_state(state)},
               {age_of(each, "since", page.now)},
               {text::percent_text(number(each, "weight_percent", 100))},
               {text::count_text(count(each, "requests_in_flight"))},
               {text::count_text(count(each, "requests"))},
               {text::count_text(count(each, "failures") + count(each, "connect_failures"))},
               {latency_text(each, "p50")},
               {latency_text(each, "p95")},
               {age_of(member(each, "checks"), "last_at", page.now)},
               {client::text(each, "why")}});
  }
  if (table.empty()) return "There are no backends.\n";
  const std::string attention = attention_text(list(backends, "backends"), page);
  return table.text(page) + (attention.empty() || page.width == 0 ? "" : "\n" + attention);
}

int pools(const client::Client& client, const Console& console) {
  const std::optional<client::Answer> answer = console.ask(client, {.path = "/pools"});
  if (!answer) return kRefused;
  if (console.wants_json()) {
    console.print_json(*answer);
  } else {
    console.print(pools_text(answer->json, console.page()));
  }
  return kWell;
}

int backends(const client::Client& client, const Console& console, const std::optional<std::string>& pool) {
  const std::string path = pool ? "/pools/" + client::segment(*pool) : "/backends";
  const std::optional<client::Answer> answer = console.ask(client, {.path = path});
  if (!answer) return kRefused;
  if (console.wants_json()) {
    console.print_json(*answer);
  } else {
    console.print(backends_text(answer->json, console.page()));
  }
  return kWell;
}

}  // namespace headgate::proxy::ctl::words
