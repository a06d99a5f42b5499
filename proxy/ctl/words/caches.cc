#include <fmt/format.h>

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

/// Of all routes that have the store: given without a question of their own to a backend, of all.
std::string hit_ratio(const Json& routes) {
  std::uint64_t hits = 0;
  std::uint64_t all = 0;
  for (const Json& route : routes) {
    hits += count(route, "hit") + count(route, "stale") + count(route, "collapsed");
    for (const auto& [name, number] : route.items()) {
      if (name != "stored_bytes" && name != "purge") all += count(route, name);
    }
  }
  return all == 0 ? "-" : fmt::format("{:.1f}%", 100.0 * static_cast<double>(hits) / static_cast<double>(all));
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

std::string what_of(const PurgeWish& wish) {
  if (wish.url) return *wish.url + " in all variants";
  if (wish.tag) return "what is tagged " + *wish.tag;
  if (wish.prefix) return "paths that begin with " + *wish.prefix + (wish.host ? " of " + *wish.host : "");
  return wish.host ? "all of " + *wish.host : "everything";
}

}  // namespace

int caches(const client::Client& client, const Console& console) {
  const std::optional<client::Answer> answer = console.ask(client, {.path = "/caches"});
  if (!answer) return kRefused;
  if (console.wants_json()) {
    console.print_json(*answer);
    return kWell;
  }
  const Json& all = list(answer->json, "caches");
  console.print(all.empty() ? "The configuration has no caches.\n" : caches_text(all, console.page()));
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
    console.print(fmt::format("{}: {} {}\n", text::printable(wish.cache), text::printable(what_of(wish)),
                              wish.soft ? "is stale from now on" : "is gone"));
  }
  return kWell;
}

}  // namespace headgate::proxy::ctl::words
