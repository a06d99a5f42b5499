#include <fmt/format.h>

#include <algorithm>

#include "base/suggest.h"
#include "proxy/ctl/text/columns.h"
#include "proxy/ctl/text/quantities.h"
#include "proxy/ctl/text/table.h"
#include "proxy/ctl/words/rendering.h"
#include "proxy/ctl/words/words.h"

// The stores of answers, and what is to be purged from them.
namespace headgate::proxy::ctl::words {
namespace {

using client::count;
using client::Json;
using client::list;
using client::member;
using text::Side;

std::string percent(std::uint64_t part, std::uint64_t all) {
  return all == 0 ? "-" : fmt::format("{:.1f}%", 100.0 * static_cast<double>(part) / static_cast<double>(all));
}

/// Given without a question of their own to a backend.
std::uint64_t hits_of(const Json& route) {
  return count(route, "hit") + count(route, "stale") + count(route, "collapsed");
}

std::uint64_t fetched_of(const Json& route) {
  return count(route, "revalidated") + count(route, "miss") + count(route, "pass") + count(route, "failed");
}

std::uint64_t requests_of(const Json& route) {
  return hits_of(route) + fetched_of(route) + count(route, "only-if-cached");
}

/// Of all routes that have the store.
std::string hit_ratio(const Json& routes) {
  std::uint64_t hits = 0;
  std::uint64_t all = 0;
  for (const Json& route : routes) {
    hits += hits_of(route);
    all += requests_of(route);
  }
  return percent(hits, all);
}

std::string caches_text(const Json& caches, const text::Page& page) {
  text::Table table({{"CACHE", Side::kLeft, text::Cut::kMiddle, 12},
                     {"MEMORY", Side::kRight},
                     {"USED", Side::kRight},
                     {"ENTRIES", Side::kRight},
                     {"DISCARDED", Side::kRight},
                     {"PURGES", Side::kRight},
                     {"HITS", Side::kRight}});
  for (const Json& each : caches) {
    table.add({{client::text(each, "name")},
               {text::bytes_text(client::number(each, "memory_bytes"))},
               {text::bytes_text(client::number(each, "used_bytes"))},
               {text::count_text(count(each, "entries"))},
               {text::count_text(count(each, "discarded"))},
               {text::count_text(count(each, "purges"))},
               {hit_ratio(member(each, "routes"))}});
  }
  return table.text(page);
}

std::string routes_text(const Json& routes, const text::Page& page) {
  text::Table table({{"ROUTE", Side::kLeft, text::Cut::kMiddle, 12},
                     {"REQUESTS", Side::kRight},
                     {"HITS", Side::kRight},
                     {"BYTES", Side::kRight},
                     {"STALE", Side::kRight},
                     {"COLLAPSED", Side::kRight},
                     {"MISSES", Side::kRight},
                     {"PASSED", Side::kRight}});
  for (const auto& [name, route] : routes.items()) {
    table.add({{name},
               {text::count_text(requests_of(route))},
               {percent(hits_of(route), requests_of(route))},
               {percent(count(route, "stored_bytes"), count(route, "sent_bytes"))},
               {text::count_text(count(route, "stale"))},
               {text::count_text(count(route, "collapsed"))},
               {text::count_text(count(route, "miss"))},
               {text::count_text(count(route, "pass"))}});
  }
  return table.text(page);
}

/// Of those that have one.
std::string disks_text(const Json& caches, const text::Page& page) {
  text::Table table({{"DISK OF", Side::kLeft, text::Cut::kMiddle, 12},
                     {"STATE", Side::kLeft},
                     {"SIZE", Side::kRight},
                     {"USED", Side::kRight},
                     {"OBJECTS", Side::kRight},
                     {"HITS", Side::kRight},
                     {"MISSES", Side::kRight},
                     {"SKIPPED", Side::kRight},
                     {"DAMAGED", Side::kRight}});
  std::string whys;
  bool has_any = false;
  for (const Json& each : caches) {
    const Json& disk = member(each, "disk");
    if (!disk.is_object()) continue;
    has_any = true;
    const std::string state = client::text(disk, "state");
    table.add({{client::text(each, "name")},
               {state == "on" && member(disk, "indexing") == true ? "on, indexing" : state},
               {text::bytes_text(client::number(disk, "size_bytes"))},
               {text::bytes_text(client::number(disk, "used_bytes"))},
               {text::count_text(count(disk, "objects"))},
               {text::count_text(count(disk, "hits"))},
               {text::count_text(count(disk, "misses"))},
               {text::count_text(count(disk, "skipped"))},
               {text::count_text(count(disk, "damaged"))}});
    const std::string why = client::text(disk, "why");
    if (!why.empty()) whys += fmt::format("{}: {}\n", client::text(each, "name"), text::printable(why));
  }
  return has_any ? "\n" + table.text(page) + whys : std::string();
}

std::string hottest_text(const Json& rows, const text::Page& page) {
  text::Table table({{"REQ/S", Side::kRight}, {"HOTTEST KEYS", Side::kLeft, text::Cut::kMiddle, 20}});
  for (const Json& row : rows) {
    table.add({{fmt::format("{:.1f}", client::number(row, "requests_per_second"))}, {client::text(row, "key")}});
  }
  return table.text(page);
}

std::string what_of(const PurgeWish& wish) {
  if (wish.url) return *wish.url + " in all variants";
  if (wish.tag) return "what is tagged " + *wish.tag;
  if (wish.prefix) return "paths that begin with " + *wish.prefix + (wish.host ? " of " + *wish.host : "");
  return wish.host ? "all of " + *wish.host : "everything";
}

}  // namespace

int caches(const client::Client& client, const Console& console, const std::optional<std::string>& named) {
  const std::optional<client::Answer> answer = console.ask(client, {.path = "/caches"});
  if (!answer) return kRefused;
  const Json& all = list(answer->json, "caches");
  if (!named) {
    if (console.wants_json()) {
      console.print_json(*answer);
    } else {
      console.print(all.empty() ? "The configuration has no caches.\n"
                                : caches_text(all, console.page()) + disks_text(all, console.page()));
    }
    return kWell;
  }
  const auto found = std::ranges::find_if(all, [&](const Json& each) { return client::text(each, "name") == *named; });
  if (found == all.end()) {
    std::vector<std::string> names;
    for (const Json& each : all) names.push_back(client::text(each, "name"));
    console.complain(
        fmt::format("no cache named '{}'{}", text::printable(*named), base::suggestion_for(*named, names)));
    return kRefused;
  }
  if (console.wants_json()) {
    console.print_json(*found);
    return kWell;
  }
  const Json alone = Json::array({*found});
  console.print(caches_text(alone, console.page()) + disks_text(alone, console.page()) + "\n" +
                routes_text(member(*found, "routes"), console.page()) + "\n" +
                hottest_text(list(*found, "hottest"), console.page()));
  return kWell;
}

int purge(const client::Client& client, const Console& console, const PurgeWish& wish) {
  Json body = Json::object();
  if (wish.url) body["url"] = *wish.url;
  if (wish.tag) body["tag"] = *wish.tag;
  if (wish.host) body["host"] = *wish.host;
  if (wish.prefix) body["prefix"] = *wish.prefix;
  if (wish.everything) body["everything"] = true;
  if (wish.soft) body["soft"] = true;
  const std::string path = "/caches/" + client::segment(wish.cache) + "/purge";
  const std::optional<client::Answer> answer = console.ask(client, {.path = path, .method = "POST", .body = body});
  if (!answer) return kRefused;
  if (console.wants_json()) {
    console.print_json(*answer);
  } else {
    const bool is_kept = member(answer->json, "kept") == true;
    console.print(fmt::format("{}: {} {}{}\n", text::printable(wish.cache), text::printable(what_of(wish)),
                              wish.soft ? "is stale from now on" : "is gone",
                              is_kept ? "" : ", but the disk does not know: a restart may undo it"));
  }
  return kWell;
}

}  // namespace headgate::proxy::ctl::words
