#include "tests/unit/config/loading.h"

namespace headgate::config {
namespace {

constexpr std::string_view kFile = R"(
workers: 2
listeners:
  web: { bind: [0.0.0.0:80, "[::]:80"], proxy_protocol: true, trusted_proxies: [10.0.0.0/8] }
  local: { bind: unix:/run/local.sock }
pools:
  app:
    backends: [10.0.1.11:8080, { address: 10.0.1.12:8080, weight: 2, backup: true }, { resolve: "app.internal:8080" }]
    balance: least_requests
    health: { http: { path: /healthz }, outlier: {} }
  bulk:
    backends: [10.0.0.1:80, 10.0.0.2:80, 10.0.0.3:80, 10.0.0.4:80, 10.0.0.5:80, 10.0.0.6:80,
               10.0.0.7:80, 10.0.0.8:80, 10.0.0.9:80]
routes:
  - name: assets
    match: { host: www.example.com, path: /assets/, methods: [GET, HEAD] }
    pool: app
  - match: { path_regex: "^/v[0-9]/", header: { X-A: "1" }, query: { v: "*" }, cookie: { c: x },
             client: 10.0.0.0/8, listener: web }
    pool: bulk
  - match: { path: /files/ }
    static: { root: / }
  - match: { host: old.example.com }
    redirect: { to: "https://www.example.com{uri}" }
  - match: { path: /files/ }
    respond: { status: 410 }
  - pool: app
    rate_limit: { rate: 100/s }
  - { name: late, match: { path: /late }, respond: {} }
access_log: { file: stdout }
admin: { bind: 127.0.0.1:9900 }
)";

TEST(Summary, TellsWhatWouldRun) {
  const Config config = config_of(kFile, "hg.yaml");
  EXPECT_EQ(summary_of(config),
            "hg.yaml: 2 workers, 2 listeners, 2 pools, 7 routes; drain_timeout 30s\n"
            "\n"
            "listeners\n"
            "  web              http 0.0.0.0:80 [::]:80 proxy_protocol trusts 10.0.0.0/8\n"
            "  local            http unix:/run/local.sock\n"
            "\n"
            "pools\n"
            "  app              least_requests;\n"
            "                   checked by http /healthz every 2s, fall 3, rise 2;\n"
            "                   ejects after 5 errors; 3 backends: 10.0.1.11:8080\n"
            "                   10.0.1.12:8080 (weight 2) (backup)\n"
            "                   app.internal:8080 (resolved every 10s)\n"
            "  bulk             round_robin; no active check; 9 backends: 10.0.0.1:80\n"
            "                   10.0.0.2:80 10.0.0.3:80 10.0.0.4:80 10.0.0.5:80 10.0.0.6:80\n"
            "                   10.0.0.7:80 10.0.0.8:80 and 1 more\n"
            "\n"
            "routes\n"
            "  assets           GET,HEAD www.example.com /assets/* -> pool app\n"
            "  routes[1]        path ~ '^/v[0-9]/' header X-A='1' query v='*' cookie c='x'\n"
            "                   from 10.0.0.0/8 on web -> pool bulk\n"
            "  routes[2]        /files/* -> static /\n"
            "  routes[3]        old.example.com -> redirect 308 https://www.example.com{uri}\n"
            "  routes[4]        /files/* -> respond 410\n"
            "  routes[5]        every request -> pool app (limited by client)\n"
            "  late             /late -> respond 200\n"
            "  otherwise        -> respond 404\n"
            "\n"
            "settings\n"
            "  admin            127.0.0.1:9900\n"
            "  access_log       stdout json 100%\n"
            "  log              stderr info\n"
            "\n"
            "warnings\n"
            "  routes[4]        (line 25) is never reached: routes[2] (line 21)\n"
            "                   takes the same requests\n"
            "  late             (line 29) is never reached: routes[5] (line 27)\n"
            "                   takes the same requests\n");
}

TEST(Summary, OfTheLeastFile) {
  const Config config = config_of("workers: 1\nlisteners: { web: { bind: 127.0.0.1:80 } }", "hg.yaml");
  EXPECT_EQ(summary_of(config),
            "hg.yaml: 1 worker, 1 listener, 0 pools, 0 routes; drain_timeout 30s\n"
            "\n"
            "listeners\n"
            "  web              http 127.0.0.1:80\n"
            "\n"
            "routes\n"
            "  otherwise        -> respond 404\n"
            "\n"
            "settings\n"
            "  admin            none\n"
            "  access_log       none\n"
            "  log              stderr info\n");
}

TEST(Summary, WarnsOnlyOfMatchesThatAreTheSame) {
  const std::string start(70, 'x');
  const Config config = config_of(
      "listeners: { web: { bind: 127.0.0.1:80 } }\nroutes:\n"
      "- { match: { path_regex: " +
      start +
      "1 }, respond: {} }\n"
      "- { match: { path_regex: " +
      start +
      "2 }, respond: {} }\n"
      "- { match: { methods: a }, respond: {} }\n"
      "- { match: { host: a }, respond: {} }\n"
      "- { match: { header: { A: x } }, respond: {} }\n"
      "- { match: { cookie: { A: x } }, respond: {} }\n");
  EXPECT_EQ(summary_of(config).find("warnings"), std::string::npos);
}

TEST(Summary, WarnsOfTwentyRoutesAtMost) {
  std::string text = "listeners: { web: { bind: 127.0.0.1:80 } }\nroutes:\n";
  for (int i = 0; i < 23; ++i) text += "- respond: {}\n";
  const std::string summary = summary_of(config_of(text));
  EXPECT_NE(summary.find("  routes[20]       (line 23)"), std::string::npos);
  EXPECT_EQ(summary.find("(line 24)"), std::string::npos);
  EXPECT_TRUE(summary.ends_with("  and 2 more\n"));
}

}  // namespace
}  // namespace headgate::config
