#include "tests/unit/config/loading.h"

// `caches`, and `cache` of routes. Bounds are held to the page by tests/scenario/documents.
namespace headgate::config {
namespace {

using namespace std::chrono_literals;

std::string file_with(std::string_view caches, std::string_view cache) {
  return "listeners: { web: { bind: 127.0.0.1:80 } }\ncaches: " + std::string(caches) +
         "\nroutes: [{ respond: {}, cache: " + std::string(cache) + " }]\n";
}

TEST(Cache, IsReadWhole) {
  const Config config = config_of(
      file_with(
          "{ edge: { memory: 2MiB, max_object: 4KiB, purge: [10.0.0.0/8, 127.0.0.1] } }",
          "{ store: edge, ttl: 1h, override: true, max_ttl: 1d, negative: { '404': 10s, '500-504': 1s }, heuristics: "
          "false, control_fields: A, obey_client: false, ignore_cookies: true, store_set_cookie: true, unkeyed: [], "
          "key: { query: [], headers: X, cookies: [c], method: true, codings: br }, stale: { while_revalidate: 1s, "
          "if_error: 2s, if_unreachable: 3s }, tags_from: [T, U] }"),
      "hg.yaml");
  ASSERT_EQ(config.caches.size(), 1u);
  EXPECT_EQ(config.caches[0].memory, 2u << 20);
  EXPECT_EQ(config.caches[0].max_object, 4096u);
  EXPECT_EQ(config.caches[0].purge.size(), 2u);
  RouteCache expected;
  expected.place = config.routes[0].cache->place;
  expected.store = "edge";
  expected.ttl = 1h;
  expected.max_ttl = 24h;
  expected.overrides_origin = true;
  expected.negative = {{{404, 404}, 10s}, {{500, 504}, 1s}};
  expected.uses_heuristics = expected.obeys_client = false;
  expected.control_fields = {"A"};
  expected.ignores_cookies = expected.stores_set_cookie = true;
  expected.unkeyed = {};
  expected.key = {std::vector<std::string>{}, {"X"}, {"c"}, true, {"br"}};
  expected.stale = {1s, 2s, 3s};
  expected.tags_from = {"T", "U"};
  EXPECT_TRUE(*config.routes[0].cache == expected);
}

TEST(Cache, MistakesAreToldWithTheirPlace) {
  const std::pair<std::string, std::string> kMistakes[] = {
      {file_with("{ edge: { disk: { path: /x } } }", "{ store: edge }"), "caches.edge.disk.size: is required"},
      {file_with("{ edge: { max_object: 4MiB, disk: { path: /x, size: 16777215 } } }", "{ store: edge }"),
       "caches.edge.disk.size: must be from 16MiB to "},
      {file_with("{ edge: { max_object: 4194305, disk: { path: /x, size: 16MiB } } }", "{ store: edge }"),
       "caches.edge.disk.size: less than four times max_object (4194305 bytes), which would have no place; enlarge it, "
       "or "
       "lower caches.edge.max_object"},
      {file_with("{ edge: { disk: { path: x, size: 1GiB } }, other: { disk: { path: ./x/, size: 1GiB } } }",
                 "{ store: edge }"),
       "is already that of caches.edge.disk.path"},
      {file_with("{ edge: {} }", "{ store: egde }"),
       "routes[0].cache.store: no cache named 'egde' (did you mean 'edge'?)"},
      {file_with("{ edge: {} }", "{}"), "routes[0].cache.store: is required"},
      {file_with("{ edge: {} }", "{ store: edge, override: true }"),
       "routes[0].cache: override needs a ttl (or negative) that holds in place of what the origin states"},
      {file_with("{ edge: {} }", "{ store: edge, negative: { '200': 1s } }"),
       "routes[0].cache.negative.200: expected a status from 300 to 599 or a range such as 500-504, found '200'"},
      {file_with("{ edge: {} }", "{ store: edge, key: { codings: identity } }"),
       "routes[0].cache.key.codings: expected a content coding such as br or gzip, found 'identity'"},
      {file_with("{ edge: {} }", "{ store: edge, key: { query: [v, v] } }"),
       "routes[0].cache.key.query[1]: stands in the list already"},
      {file_with("{ edge: { purge: everywhere } }", "{ store: edge }"), "caches.edge.purge: expected "},
  };
  for (const auto& [text, problem] : kMistakes)
    EXPECT_NE(problems_of(text).find(problem), std::string::npos) << problems_of(text);
}

TEST(Cache, IsInTheSummary) {
  const std::string summary = summary_of(config_of(
      file_with("{ edge: { memory: 2MiB, max_object: 1MiB, purge: 127.0.0.1 } }", "{ store: edge }"), "hg.yaml"));
  EXPECT_NE(summary.find("\ncaches\n  edge             2MiB of memory; objects to 1MiB purged by 127.0.0.1"),
            std::string::npos)
      << summary;
  EXPECT_NE(summary.find("every request -> respond 200 (cached in edge)"), std::string::npos) << summary;
  const std::string with_disk =
      summary_of(config_of(file_with("{ edge: { disk: { path: /x/, size: 1GiB } } }", "{ store: edge }"), "hg.yaml"));
  EXPECT_NE(with_disk.find("64MiB of memory; 1GiB of disk in /x; objects to 16MiB"), std::string::npos) << with_disk;
}

}  // namespace
}  // namespace headgate::config
