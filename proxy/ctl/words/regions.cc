#include <fmt/format.h>

#include "proxy/ctl/text/columns.h"
#include "proxy/ctl/text/quantities.h"
#include "proxy/ctl/text/table.h"
#include "proxy/ctl/words/rendering.h"
#include "proxy/ctl/words/words.h"

// The regions, and what an operator wishes of them.
namespace headgate::proxy::ctl::words {
namespace {

using client::count;
using client::Json;
using client::list;
using text::Side;

text::Tone tone_of(const std::string& state) {
  if (state == "up") return text::Tone::kGood;
  return state == "down" ? text::Tone::kBad : text::Tone::kWarning;
}

std::string why_of(const Json& region) {
  const std::string why = client::text(region, "why");
  return client::text(region, "drained_by") == "operator" ? "operator: " + why : why;
}

/// Where the clients of a region go while others serve them.
std::string detours_of(const Json& region, const text::Page& page) {
  std::string out;
  const std::string name = client::text(region, "name");
  for (const Json& pool : list(region, "pools")) {
    const std::string served_by = client::text(pool, "served_by");
    const std::string of = client::text(pool, "pool");
    if (client::truth(pool, "last_resort")) {
      out += page.paint(text::Tone::kBad, fmt::format("{}: no region can serve pool {}", name, of)) + "\n";
    } else if (served_by != name && count(pool, "backends") > 0) {
      out += page.paint(text::Tone::kWarning, fmt::format("{}: its clients of pool {} go to {}", name, of, served_by)) +
             "\n";
    }
  }
  return out;
}

}  // namespace

std::string regions_text(const Json& regions, const text::Page& page) {
  std::uint64_t all = 0;
  for (const Json& each : list(regions, "regions")) all += count(each, "clients");
  text::Table table({{"REGION", Side::kLeft, text::Cut::kMiddle, 8},
                     {"STATE"},
                     {"FOR", Side::kRight, text::Cut::kNever, 0, 2},
                     {"BACKENDS", Side::kRight},
                     {"CLIENTS", Side::kRight, text::Cut::kNever, 0, 1},
                     {"WHY", Side::kLeft, text::Cut::kEnd, 12}});
  std::string detours;
  for (const Json& each : list(regions, "regions")) {
    const std::string state = client::text(each, "state");
    const bool is_failing = client::truth(each, "failing") && state == "up";
    const std::uint64_t clients = count(each, "clients");
    const std::string share =
        all == 0 ? "-" : fmt::format("{:.1f}%", 100.0 * static_cast<double>(clients) / static_cast<double>(all));
    table.add({{client::text(each, "name")},
               {is_failing ? state + ", failing" : state, is_failing ? text::Tone::kWarning : tone_of(state)},
               {age_of(each, "since", page.now)},
               {fmt::format("{}/{}", count(each, "backends_healthy"), count(each, "backends"))},
               {share},
               {why_of(each), text::Tone::kQuiet}});
    detours += detours_of(each, page);
  }
  if (table.empty()) return "The configuration has no regions.\n";
  return table.text(page) + (detours.empty() ? "" : "\n" + detours);
}

int regions(const client::Client& client, const Console& console) {
  const std::optional<client::Answer> answer = console.ask(client, {.path = "/regions"});
  if (!answer) return kRefused;
  if (console.wants_json()) {
    console.print_json(*answer);
  } else {
    console.print(regions_text(answer->json, console.page()));
  }
  return kWell;
}

int wish_region(const client::Client& client, const Console& console, const RegionWish& wish) {
  Json body = Json::object();
  if (wish.why) body["why"] = *wish.why;
  const std::string path = fmt::format("/regions/{}/{}", client::segment(wish.region), wish.drain ? "drain" : "enable");
  const std::optional<client::Answer> answer = console.ask(client, {.path = path, .method = "POST", .body = body});
  if (!answer) return kRefused;
  if (console.wants_json()) {
    console.print_json(*answer);
    return kWell;
  }
  const std::string name = client::text(answer->json, "name");
  const std::string state = client::text(answer->json, "state");
  const std::string why = client::text(answer->json, "why");
  console.print(fmt::format("region {} is {}{}{}\n", name, state, why.empty() ? "" : ": ", why) +
                detours_of(answer->json, console.page()));
  return kWell;
}

}  // namespace headgate::proxy::ctl::words
