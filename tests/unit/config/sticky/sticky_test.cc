#include "config/sticky.h"
#include "tests/unit/config/loading.h"

namespace headgate::config {
namespace {

/// What is wrong with a pool of these keys, without its place.
std::string wrong_with(const std::string& keys) {
  const std::string text =
      "listeners: { web: { bind: 127.0.0.1:0 } }\npools: { app: { backends: [10.0.0.1:80], " + keys + " } }\n";
  const std::string found = problems_of(text);
  const std::size_t at = found.find("pools.app.");
  return at == std::string::npos ? found : found.substr(at);
}

TEST(StickyPools, ThatCannotBe) {
  const std::pair<const char*, const char*> wrong[] = {
      {"sticky: {}", "pools.app.sticky: needs exactly one of cookie, table and learn\n"},
      {"sticky: { cookie: hg, table: { by: client } }",
       "pools.app.sticky: needs exactly one of cookie, table and learn\n"},
      {"sticky: { table: { by: ip } }",
       "pools.app.sticky.table.by: expected client, path:NUMBER, header:NAME, cookie:NAME "
       "or query:NAME, found 'ip'\n"},
      {"sticky: { table: { by: 'header:' } }",
       "pools.app.sticky.table.by: 'header:' lacks the name, as in header:NAME\n"},
      {"sticky: { table: { by: client, size: 0 } }",
       "pools.app.sticky.table.size: expected a whole number from 1 to 100000000, found '0'\n"},
      {"sticky: { learn: { ttl: 1m } }", "pools.app.sticky.learn: needs cookie or header\n"},
      {"sticky: { learn: { cookie: a, header: b } }",
       "pools.app.sticky.learn.header: learn has cookie or header, not both\n"},
      {"sticky: { cookie: 'a b' }", "pools.app.sticky.cookie: 'a b' is no name of a cookie\n"},
      {"sticky: { cookie: { name: hg, path: '/; Secure' } }",
       "pools.app.sticky.cookie.path: a ';' would end the attribute\n"},
      {"sticky: { cookie: { name: hg, path: app } }", "pools.app.sticky.cookie.path: a path begins with '/'\n"},
      {"sticky: { cookie: { name: __Host-hg, path: /app } }",
       "pools.app.sticky.cookie: browsers take a cookie named __Host-... with path / and without domain alone\n"},
  };
  for (const auto& [keys, said] : wrong) EXPECT_EQ(wrong_with(keys), said) << keys;
}

TEST(StickyPools, OfEachKind) {
  const auto sticky_of = [](const std::string& keys) {
    return config_of("listeners: { web: { bind: 127.0.0.1:0 } }\npools: { app: { backends: [10.0.0.1:80], sticky: " +
                     keys + " } }\nroutes: [{ pool: app }]\n")
        .pools[0]
        .sticky;
  };
  using By = request::Key::By;
  EXPECT_EQ(sticky_of("{ cookie: hg }"), (Sticky{StickyCookie{.name = "hg"}}));
  EXPECT_EQ(sticky_of("{ table: { by: client } }"), (Sticky{StickyTable{}}));
  EXPECT_EQ(sticky_of("{ table: { by: 'query:id', size: 5, ttl: 1s } }"),
            (Sticky{StickyTable{.key = {By::kQuery, "id"}, .size = 5, .ttl = 1s}}));
  EXPECT_EQ(sticky_of("{ learn: { header: X-Session } }"),
            (Sticky{StickyTable{.key = {By::kHeader, "X-Session"}, .is_learned = true}}));
}

}  // namespace
}  // namespace headgate::config
