// What is wrong with a name that backends are to be found by.
#include <tuple>

#include "tests/unit/config/loading.h"

namespace headgate::config {
namespace {

TEST(BackendNamesOfPools, ThatCannotBe) {
  const auto backends = [](const std::string& list) {
    return "listeners: { web: { bind: 127.0.0.1:0 } }\npools: { app: { backends: " + list + " } }\n";
  };
  const std::tuple<const char*, std::string, const char*> wrong[] = {
      {"no port", backends("[{ resolve: app.internal }]"),
       "2:39: pools.app.backends[0].resolve: expected a name and port such as app.internal:8080, or an SRV name such "
       "as _http._tcp.app.internal, found 'app.internal'\n"},
      {"SRV with a port", backends("[{ resolve: '_http._tcp.app.internal:80' }]"),
       "2:39: pools.app.backends[0].resolve: '_http._tcp.app.internal:80': an SRV name has no port, its records say "
       "the ports; write _http._tcp.app.internal\n"},
      {"SRV without a protocol", backends("[{ resolve: _http.app.internal }]"),
       "2:39: pools.app.backends[0].resolve: an SRV name is _SERVICE._tcp.DOMAIN, such as _http._tcp.app.internal, "
       "found '_http.app.internal'\n"},
      {"SRV without a domain", backends("[{ resolve: _http._tcp }]"),
       "2:39: pools.app.backends[0].resolve: an SRV name is _SERVICE._tcp.DOMAIN, such as _http._tcp.app.internal, "
       "found '_http._tcp'\n"},
      {"SRV over UDP", backends("[{ resolve: _http._udp.app.internal }]"),
       "2:39: pools.app.backends[0].resolve: '_http._udp.app.internal' is a service over udp, and backends are reached "
       "over TCP; write _http._tcp.app.internal\n"},
      {"SRV and a weight", backends("[{ resolve: _http._tcp.app.internal, weight: 2 }]"),
       "2:28: pools.app.backends[0]: has a weight, and its SRV records say weights; remove it\n"},
      {"an SRV name for an address", backends("[_http._tcp.app.internal]"),
       "2:28: pools.app.backends[0]: '_http._tcp.app.internal' is a name; to follow DNS write { resolve: "
       "\"_http._tcp.app.internal\" }\n"},
  };
  for (const auto& [what, text, said] : wrong)
    EXPECT_EQ(problems_of(text), std::string("/none/hg.yaml:") + said) << what;
}

}  // namespace
}  // namespace headgate::config
