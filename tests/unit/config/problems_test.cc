#include "tests/unit/config/loading.h"

namespace headgate::config {
namespace {

struct Case {
  std::string_view name;
  std::string text;
  std::string expected;  ///< without the file's name in front
};

/// With the file's name in front of each line.
std::string with_file(const std::string& lines) {
  std::string out;
  std::size_t start = 0;
  while (start < lines.size()) {
    const std::size_t end = lines.find('\n', start) + 1;
    out += "/none/hg.yaml:" + lines.substr(start, end - start);
    start = end;
  }
  return out;
}

// The places in the cases below count from these: line 2 is the first of what follows.
const std::string kListener = "listeners: { web: { bind: 127.0.0.1:80 } }\n";
const std::string kPool = kListener + "pools: { app: { backends: [10.0.0.1:80] } }\n";

std::string listener(const std::string& keys) {
  return "listeners: { web: { bind: 127.0.0.1:80, " + keys + " } }\n";
}
std::string pool(const std::string& keys) {
  return kListener + "pools: { app: { backends: [10.0.0.1:80], " + keys + " } }\n";
}
std::string backends(const std::string& list) {
  return kListener + "pools: { app: { backends: " + list + " } }\n";
}
std::string route(const std::string& keys) {
  return kListener + "routes: [{ " + keys + " }]\n";
}
std::string match(const std::string& keys) {
  return kListener + "routes: [{ match: { " + keys + " }, respond: {} }]\n";
}

void expect_all(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    EXPECT_EQ(problems_of(one.text), with_file(one.expected)) << one.name << "\n" << one.text;
  }
}

TEST(Problems, OfTheFile) {
  EXPECT_EQ(problems_of(""), "/none/hg.yaml: is empty; at least listeners is required\n");
  EXPECT_EQ(problems_of("---\n"), "/none/hg.yaml: is empty; at least listeners is required\n");
  expect_all({
      {"a list", "- a", "1:1: expected a map, found a list\n"},
      {"a text", "listeners", "1:1: expected a map, found 'listeners'\n"},
      {"nothing required", "workers: 1", "1:1: listeners: is required\n"},
      {"syntax", "listeners: [", "1:1: not YAML: end of sequence flow not found\n"},
      {"unknown, near", kListener + "route: []\n", "2:1: route: unknown key (did you mean 'routes'?)\n"},
      {"unknown, far", kListener + "telemetry: {}\n",
       "2:1: telemetry: unknown key; known here: workers, drain_timeout, listeners, pools, caches, routes, access_log, "
       "log, "
       "admin, resolvers, geoip, regions, dns, default_region, region, state_directory, sticky\n"},
      {"twice", kListener + "workers: 1\nworkers: 2\n", "3:1: workers: is given twice, first in line 2\n"},
      {"workers", kListener + "workers: many\n",
       "2:10: workers: expected auto or a whole number from 1 to 1024, found 'many'\n"},
      {"a list for a number", kListener + "workers: [1]\n",
       "2:10: workers: expected auto or a whole number from 1 to 1024, found a list\n"},
      {"unset", kListener + "workers: ${NONE}\n",
       "2:10: workers: the environment variable NONE is not set and ${NONE} has no default\n"},
      {"a tag", kListener + "workers: !!int 3\n",
       "2:10: workers: the tag 'tag:yaml.org,2002:int' means nothing here\n"},
  });
}

TEST(Problems, AreAllReportedInTheOrderOfTheFile) {
  const std::string text =
      "routes:\n"
      "  - pool: ap\n"
      "    timeouts: { total: soon }\n"
      "pools:\n"
      "  app: { backends: [10.0.0.1:80], weight: 3 }\n"
      "worker: 1\n"
      "listeners:\n"
      "  web: { bind: 127.0.0.1:80, bind: 127.0.0.1:81 }\n";
  EXPECT_EQ(
      problems_of(text),
      "/none/hg.yaml:2:11: routes[0].pool: no pool named 'ap' (did you mean 'app'?)\n"
      "/none/hg.yaml:3:24: routes[0].timeouts.total: expected a duration such as 250ms, 2s, 5m, 1h or 7d, found "
      "'soon'\n"
      "/none/hg.yaml:5:35: pools.app.weight: unknown key; known here: backends, protocol, tls, balance, load_feedback, "
      "sticky, proxy_protocol, health, connections, limits, adaptive, queue, retry, "
      "hedge\n"
      "/none/hg.yaml:6:1: worker: unknown key (did you mean 'workers'?)\n"
      "/none/hg.yaml:8:30: listeners.web.bind: is given twice, first in line 8\n");
}

TEST(Problems, OfListeners) {
  expect_all({
      {"none", "listeners: {}", "1:12: listeners: at least one listener is required\n"},
      {"nothing", "listeners:\n", "1:1: listeners: expected a map, found nothing\n"},
      {"a name", "listeners: { 'my web': { bind: 127.0.0.1:80 } }",
       "1:24: listeners.my web: a name is 1 to 64 letters, digits, '_', '-' and '.'\n"},
      {"no bind", "listeners: { web: {} }", "1:19: listeners.web.bind: is required\n"},
      {"an empty bind", "listeners: { web: { bind: [] } }",
       "1:27: listeners.web.bind: expected at least one value, found an empty list\n"},
      {"no port", "listeners: { web: { bind: 127.0.0.1 } }",
       "1:27: listeners.web.bind: expected an address such as 0.0.0.0:80, [::]:80 or unix:/path, found '127.0.0.1'\n"},
      {"a name to bind", "listeners: { web: { bind: ['localhost:80'] } }",
       "1:28: listeners.web.bind[0]: expected an address such as 0.0.0.0:80, [::]:80 or unix:/path, found "
       "'localhost:80'\n"},
      {"bound twice", "listeners: { a: { bind: 127.0.0.1:80 }, b: { bind: [127.0.0.1:81, 127.0.0.1:80] } }",
       "1:67: listeners.b.bind[1]: the address '127.0.0.1:80' is already that of listeners.a.bind, in line 1\n"},
      {"not built", listener("protocol: postgres"),
       "1:51: listeners.web.protocol: expected one of http, tcp, dns, found 'postgres'\n"},
      {"a pool for requests", listener("pool: app"),
       "1:19: listeners.web: pool, sni and alpn are for protocol: tcp; the pool of an http listener is its routes'\n"
       "1:47: listeners.web.pool: no pool named 'app'\n"},
      {"no pool", listener("protocol: tcp"),
       "1:19: listeners.web: protocol: tcp needs a `pool`, or `sni` with the pools of names\n"},
      {"no name", listener("protocol: tcp, sni: { 'a:443': app }"),
       "1:19: listeners.web: protocol: tcp needs a `pool`, or `sni` with the pools of names\n"
       "1:72: listeners.web.sni.a:443: 'a:443' is no name that a client may ask for; expected one such as example.com "
       "or "
       "*.example.com\n"},
      {"no certificates", listener("tls: {}"), "1:46: listeners.web.tls.certificates: is required\n"},
      {"a boolean", listener("proxy_protocol: yes"),
       "1:57: listeners.web.proxy_protocol: expected true or false, found 'yes'\n"},
      {"trusts nobody", listener("proxy_protocol: true"),
       "1:19: listeners.web: proxy_protocol is accepted from trusted_proxies alone, and there are none\n"},
      {"a network", listener("trusted_proxies: [10.0.0.1/8]"),
       "1:59: listeners.web.trusted_proxies[0]: 10.0.0.1/8 has bits set beyond its prefix; the network is "
       "10.0.0.0/8\n"},
      {"a network", listener("trusted_proxies: [office]"),
       "1:59: listeners.web.trusted_proxies[0]: expected a network such as 10.0.0.0/8 or an address, found 'office'\n"},
      {"not a list", listener("trusted_proxies: 10.0.0.0/8"),
       "1:58: listeners.web.trusted_proxies: expected a list, found '10.0.0.0/8'\n"},
      {"a duration", listener("timeouts: { header: 10 }"),
       "1:61: listeners.web.timeouts.header: expected a duration such as 250ms, 2s, 5m, 1h or 7d, found '10'\n"},
      {"a size", listener("limits: { body: 1GB }"),
       "1:57: listeners.web.limits.body: expected a size such as 64KiB, 512MiB or 2GiB, found '1GB'\n"},
  });
}

TEST(Problems, OfBackends) {
  expect_all({
      {"none", kListener + "pools: { app: {} }\n", "2:15: pools.app.backends: is required\n"},
      {"an empty list", backends("[]"), "2:27: pools.app.backends: expected at least one value, found an empty list\n"},
      {"a name", backends("['app:80']"),
       "2:28: pools.app.backends[0]: 'app:80' is a name; to follow DNS write { resolve: \"app:80\" }\n"},
      {"no port", backends("[10.0.0.1]"),
       "2:28: pools.app.backends[0]: expected an address such as 0.0.0.0:80, [::]:80 or unix:/path, found "
       "'10.0.0.1'\n"},
      {"port 0", backends("[10.0.0.1:0]"), "2:28: pools.app.backends[0]: a backend has a port from 1 to 65535\n"},
      {"twice", backends("[10.0.0.1:80, { address: 10.0.0.1:80, weight: 2 }]"),
       "2:41: pools.app.backends[1]: backend 10.0.0.1:80 is in this pool already, in line 2\n"},
      {"an id twice", backends("[{ address: 10.0.0.1:80, id: a }, { address: 10.0.0.2:80, id: a }]"),
       "2:61: pools.app.backends[1]: id a is in this pool already, in line 2\n"},
      {"a name twice", backends("[{ resolve: 'a.b:80' }, { resolve: 'A.B:80' }]"),
       "2:51: pools.app.backends[1]: backend a.b:80 is in this pool already, in line 2\n"},
      {"neither", backends("[{ weight: 2 }]"),
       "2:28: pools.app.backends[0]: a backend has an address or a name to resolve\n"},
      {"both", backends("[{ address: 10.0.0.1:80, resolve: 'a:80' }]"),
       "2:28: pools.app.backends[0]: has both address and resolve; a backend has one of them\n"},
      {"every without a name", backends("[{ address: 10.0.0.1:80, every: 1s }]"),
       "2:28: pools.app.backends[0]: every is for resolve; an address never changes\n"},
      {"an unknown key", backends("[{ address: 10.0.0.1:80, slots: 8 }]"),
       "2:52: pools.app.backends[0].slots: unknown key; known here: address, resolve, every, weight, id, "
       "max_requests, priority, region, backup, drain\n"},
      {"region", backends("[{ address: 10.0.0.1:80, region: 'eu west' }]"),
       "2:60: pools.app.backends[0].region: a name is 1 to 64 letters, digits, '_', '-' and '.'\n"},
      {"weight", backends("[{ address: 10.0.0.1:80, weight: 257 }]"),
       "2:60: pools.app.backends[0].weight: expected a whole number from 0 to 256, found '257'\n"},
      {"weight", backends("[{ address: 10.0.0.1:80, weigth: 2 }]"),
       "2:52: pools.app.backends[0].weigth: unknown key (did you mean 'weight'?)\n"},
  });
}

TEST(Problems, OfPools) {
  expect_all({
      {"a protocol", pool("protocol: http/2"),
       "2:52: pools.app.protocol: expected one of http/1.1, h2c, h2, found 'http/2'\n"},
      {"over nothing", pool("protocol: h2"),
       "2:15: pools.app: h2 is HTTP/2 over TLS, and this pool has no tls; add tls: {}, or write h2c for HTTP/2 without "
       "TLS\n"},
      {"twice over TLS", pool("protocol: h2c, tls: {}"),
       "2:15: pools.app: h2c is HTTP/2 without TLS, and this pool has tls; write protocol: h2\n"},
      {"half a certificate", pool("tls: { cert: gate.pem }"),
       "2:47: pools.app.tls: a certificate is shown with its key, and key is missing\n"
       "2:55: pools.app.tls.cert: cannot open /none/gate.pem: No such file or directory\n"},
      {"whom to believe", pool("tls: { verify: false, ca: ca.pem }"),
       "2:47: pools.app.tls: ca says whom to believe, and verify: false that nobody is asked; take one of them away\n"
       "2:68: pools.app.tls.ca: cannot open /none/ca.pem: No such file or directory\n"},
      {"an address for a name", pool("tls: { sni: 10.0.0.1 }"),
       "2:54: pools.app.tls.sni: 10.0.0.1 is an address, and SNI has names alone; without sni a backend's certificate "
       "must be for its address\n"},
      {"a pattern for a name", pool("tls: { sni: '*.internal' }"),
       "2:54: pools.app.tls.sni: expected a host name such as app.internal, found '*.internal'\n"},
      {"a socket has no name", kListener + "pools: { app: { backends: ['unix:/run/app'], tls: {} } }\n",
       "2:28: pools.app.tls: unix:/run/app is a socket without a name that a certificate could be for; add sni\n"},
      {"grpc over HTTP/1.1", pool("health: { grpc: {} }"),
       "2:15: pools.app: health.grpc needs HTTP/2 to the backends; add protocol: h2c\n"},
      {"no agent's port", pool("load_feedback: agent:0"),
       "2:57: pools.app.load_feedback: expected off, header, or agent:PORT such as agent:9999, found 'agent:0'\n"},
      {"an agent without an address",
       kListener + "pools: { app: { backends: [unix:/run/app.sock], load_feedback: agent:9 } }\n",
       "2:15: pools.app: load_feedback: agent:PORT asks at each backend's address, and unix:/run/app.sock has no "
       "ports; "
       "use load_feedback: header\n"},
      {"no way to tell", pool("load_feedback: cpu"),
       "2:57: pools.app.load_feedback: expected off, header, or agent:PORT such as agent:9999, found 'cpu'\n"},
      {"two checks", pool("health: { tcp: {}, http: {} }"),
       "2:67: pools.app.health.http: a second check: a pool has one of http, tcp, grpc\n"},
      {"tcp", pool("health: { tcp: { port: 1 } }"),
       "2:65: pools.app.health.tcp.port: tcp takes no keys; write tcp: {}\n"},
      {"path", pool("health: { http: { path: healthz } }"),
       "2:66: pools.app.health.http.path: expected a path such as /healthz, found 'healthz'\n"},
      {"path", pool("health: { http: { path: '/a b' } }"),
       "2:66: pools.app.health.http.path: expected a path such as /healthz, found '/a b'\n"},
      {"status", pool("health: { http: { status: [200, 2xx] } }"),
       "2:74: pools.app.health.http.status[1]: expected a status from 100 to 599 or a range such as 200-299, found "
       "'2xx'\n"},
      {"host", pool("health: { http: { host: 'a b' } }"),
       "2:66: pools.app.health.http.host: expected a host such as app.internal, found 'a b'\n"},
      {"ratio", pool("health: { panic_below: 0.5 }"),
       "2:65: pools.app.health.panic_below: expected a whole percentage such as 10%, found '0.5'\n"},
      {"retry", pool("retry: { on: [connect, 500] }"),
       "2:65: pools.app.retry.on[1]: expected one of connect, reset, 502, 503, 504, found '500' (did you mean "
       "'502'?)\n"},
      {"retry", pool("retry: { on: [] }"),
       "2:55: pools.app.retry.on: expected at least one value, found an empty list\n"},
  });
}

TEST(Problems, OfBalance) {
  expect_all({
      {"no way", pool("balance: fastest"),
       "2:51: pools.app.balance: expected one of round_robin, least_requests, random_two, peak_ewma, hash, found "
       "'fastest'\n"},
      {"a hash of nothing", pool("balance: hash"),
       "2:51: pools.app.balance: a hash of what? Write balance: { hash: client }, or one of the others\n"},
      {"a hash without what", pool("balance: { method: ring }"), "2:51: pools.app.balance.hash: is required\n"},
      {"a hash of something else", pool("balance: { hash: ip }"),
       "2:59: pools.app.balance.hash: expected client, path, uri, path:NUMBER, header:NAME, cookie:NAME or "
       "query:NAME, found 'ip'\n"},
      {"a hash of a field without a name", pool("balance: { hash: 'cookie:' }"),
       "2:59: pools.app.balance.hash: 'cookie:' lacks the name, as in cookie:NAME\n"},
      {"a hash of no field", pool("balance: { hash: 'header:X User' }"),
       "2:59: pools.app.balance.hash: 'X User' is no name of a header\n"},
      {"max_load", pool("balance: { hash: client, max_load: 1.25 }"),
       "2:77: pools.app.balance.max_load: expected a whole percentage from 100% to 1000%, found '1.25'\n"},
      {"a cookie that connections lack",
       "listeners: { db: { bind: 127.0.0.1:80, protocol: tcp, pool: app } }\n"
       "pools: { app: { backends: [10.0.0.1:80], sticky: { cookie: hg } } }\n",
       "1:61: listeners.db.pool: pool 'app' is sticky, which the connections of a tcp listener cannot be; give them a "
       "pool without, such as one with balance: { hash: client }\n"},
      {"a hash that connections lack",
       "listeners: { db: { bind: 127.0.0.1:80, protocol: tcp, pool: app } }\n"
       "pools: { app: { backends: [10.0.0.1:80], balance: { hash: path } } }\n",
       "1:61: listeners.db.pool: pool 'app' is balanced by a hash of path, which the connections of a tcp listener do "
       "not have; give them a pool with hash: client\n"},
      {"near", pool("balance: round_robbin"),
       "2:51: pools.app.balance: expected one of round_robin, least_requests, random_two, peak_ewma, hash, found "
       "'round_robbin' (did you mean 'round_robin'?)\n"},
  });
}

TEST(Problems, OfMatches) {
  expect_all({
      {"host", match("host: 'a.com:80'"),
       "2:27: routes[0].match.host: expected a host such as example.com or *.example.com, without a port, found "
       "'a.com:80'\n"},
      {"host", match("host: [a.com, a.*.com]"),
       "2:35: routes[0].match.host[1]: expected a host such as example.com or *.example.com, without a port, found "
       "'a.*.com'\n"},
      {"path", match("path: api/"), "2:27: routes[0].match.path: a path begins with '/'\n"},
      {"regex", match("path_regex: '^/(a'"),
       "2:33: routes[0].match.path_regex: not a regular expression: missing ): ^/(a\n"},
      {"method", match("methods: [get]"),
       "2:31: routes[0].match.methods[0]: methods are matched as written: 'get' is not 'GET'\n"},
      {"method", match("methods: 'G T'"),
       "2:30: routes[0].match.methods: expected a method such as GET, found 'G T'\n"},
      {"no method", match("methods: []"),
       "2:30: routes[0].match.methods: expected at least one value, found an empty list\n"},
      {"header", match("header: { 'X Y': 1 }"), "2:38: routes[0].match.header.X Y: 'X Y' is not a field name\n"},
      {"header", match("header: { X: [a] }"), "2:34: routes[0].match.header.X: expected a text, found a list\n"},
      {"query", match("query: { '': a }"), "2:34: routes[0].match.query.: expected the name of a query parameter\n"},
      {"client", match("client: 10.0.0.0/33"),
       "2:29: routes[0].match.client: expected a network such as 10.0.0.0/8 or an address, found '10.0.0.0/33'\n"},
      {"listener", match("listener: [web, wab]"),
       "2:37: routes[0].match.listener[1]: no listener named 'wab' (did you mean 'web'?)\n"},
      {"an unknown one", match("place: eu"),
       "2:21: routes[0].match.place: unknown key; known here: host, path, path_regex, methods, header, query, cookie, "
       "client, "
       "listener, region, tls_client\n"},
  });
}

TEST(Problems, OfOriginsAmongPools) {
  expect_all({
      {"weights", kPool + "routes: [{ pool: { app: 0 } }]\n",
       "3:18: routes[0].pool: gives every pool the weight 0; one at least must be above\n"},
      {"weights", kPool + "routes: [{ pool: { app: 1000001, ap: 1 } }]\n",
       "3:25: routes[0].pool.app: expected a whole number from 0 to 1000000, found '1000001'\n"
       "3:38: routes[0].pool.ap: no pool named 'ap' (did you mean 'app'?)\n"},
      {"weights", kListener + "routes: [{ pool: {} }]\n",
       "2:18: routes[0].pool: expected 1 to 64 pools with their weights, found 0\n"},
      {"a split", kPool + "routes: [{ split: { read: app, pin_after_write: 2h } }]\n",
       "3:19: routes[0].split.write: is required\n"
       "3:49: routes[0].split.pin_after_write: must be from 0s to 1h, is 2h\n"},
      {"a shard", kPool + "routes: [{ shard: { key: 'header:X Y', pools: [] } }]\n",
       "3:26: routes[0].shard.key: 'X Y' is no name of a header\n"
       "3:47: routes[0].shard.pools: expected 1 to 256 pools, found 0\n"},
      {"a shard", kPool + "routes: [{ shard: { key: 'path:33', pools: [app] } }]\n",
       "3:26: routes[0].shard.key: expected path: with the number of a segment from 1 to 32, found '33'\n"},
      {"a shard", kPool + "routes: [{ shard: { key: uri, pools: [app] } }]\n",
       "3:26: routes[0].shard.key: expected client, path:NUMBER, header:NAME, cookie:NAME or query:NAME, found "
       "'uri'\n"},
      {"bounds", kPool + "routes: [{ shard: { key: client, pools: [app, app], method: modulo, bounds: [1] } }]\n",
       "3:19: routes[0].shard: has bounds, which only method: ranges has\n"},
      {"bounds", kPool + "routes: [{ shard: { key: 'path:1', pools: [app, app], method: ranges } }]\n",
       "3:19: routes[0].shard: 2 pools have 1 bounds between them, found 0\n"},
      {"bounds",
       kPool + "routes: [{ shard: { key: 'path:1', pools: [app, app, app], method: ranges, bounds: [2, 2] } }]\n",
       "3:19: routes[0].shard: the bounds must rise\n"},
      {"bounds", kPool + "routes: [{ shard: { key: 'path:1', pools: [app, app, app], bounds: [b, a] } }]\n",
       "3:19: routes[0].shard: the bounds must rise, as texts, byte by byte\n"},
  });
}

TEST(Problems, OfRoutes) {
  expect_all({
      {"a map", kListener + "routes: {}\n", "2:9: routes: expected a list, found a map\n"},
      {"no origin", route("match: { path: / }"),
       "2:10: routes[0]: has no origin; a route has one of pool, split, shard, static, redirect, respond\n"},
      {"two origins", kPool + "routes: [{ pool: app, respond: {} }]\n",
       "3:32: routes[0].respond: a second origin beside pool: a route has one of pool, split, shard, static, redirect, "
       "respond\n"},
      {"not built", route("queue: { url: 'redis://127.0.0.1' }"),
       "2:12: routes[0].queue: unknown key; known here: name, match, pool, split, shard, mirror, static, redirect, "
       "respond, rate_limit, headers, send_home, compress, cache, timeouts\n"},
      {"a pool", kPool + "routes: [{ pool: ap }]\n",
       "3:18: routes[0].pool: no pool named 'ap' (did you mean 'app'?)\n"},
      {"a pool", kPool + "routes: [{ pool: something }]\n", "3:18: routes[0].pool: no pool named 'something'\n"},
      {"a name twice", kListener + "routes:\n- { name: a, respond: {} }\n- { name: a, respond: {} }\n",
       "4:11: routes[1].name: the name 'a' is already that of routes[0].name, in line 3\n"},
      {"a name", route("name: 'routes[1]', respond: {}"),
       "2:18: routes[0].name: names of the form routes[N] are those of routes without a name\n"},
      {"a root", route("static: { root: /none/such }"),
       "2:28: routes[0].static.root: directory /none/such: No such file or directory\n"},
      {"a target", route("redirect: { to: '/\xc3\xa9' }"),
       "2:28: routes[0].redirect.to: expected a target such as https://www.example.com{uri} or /new/, found "
       "'/\xc3\xa9'\n"},
      {"no root", route("static: {}"), "2:20: routes[0].static.root: is required\n"},
      {"an index", route("static: { root: /, index: ../a }"),
       "2:38: routes[0].static.index: expected the name of a file, found '../a'\n"},
      {"a status", route("redirect: { to: /new, status: 200 }"),
       "2:42: routes[0].redirect.status: expected one of 301, 302, 303, 307, 308, found '200'\n"},
      {"a target", route("redirect: { to: www.example.com }"),
       "2:28: routes[0].redirect.to: expected a target such as https://www.example.com{uri} or /new/, found "
       "'www.example.com'\n"},
      {"a target", route("redirect: { to: '/{url}' }"),
       "2:28: routes[0].redirect.to: {url} is not known here (did you mean 'uri'?)\n"},
      {"a split field", route("redirect: { to: \"/a\\r\\nX: y\" }"),
       "2:28: routes[0].redirect.to: expected one line of printable characters\n"},
      {"a body", route("respond: { status: 204, body: x }"), "2:21: routes[0].respond: a 204 has no body\n"},
      {"a status", route("respond: { status: 100 }"),
       "2:31: routes[0].respond.status: expected a whole number from 200 to 599, found '100'\n"},
      {"rate", route("respond: {}, rate_limit: { by: client }"), "2:37: routes[0].rate_limit.rate: is required\n"},
      {"rate", route("respond: {}, rate_limit: { by: ip, rate: 5 }"),
       "2:43: routes[0].rate_limit.by: expected client or header:NAME, found 'ip'\n"
       "2:53: routes[0].rate_limit.rate: expected a rate such as 100/s or 600/m, found '5'\n"},
      {"rate", route("respond: {}, rate_limit: { by: 'header:', rate: 5/s }"),
       "2:43: routes[0].rate_limit.by: '' is not a field name\n"},
  });
}

TEST(Problems, OfCompression) {
  const auto compress = [](const std::string& value) { return route("respond: {}, compress: " + value); };
  expect_all({
      {"an algorithm", compress("[zstd, brotli]"),
       "2:42: routes[0].compress[1]: expected one of zstd, br, gzip, found 'brotli'\n"},
      {"twice", compress("[gzip, br, gzip]"), "2:46: routes[0].compress[2]: stands in the list already\n"},
      {"none", compress("[]"), "2:35: routes[0].compress: expected at least one value, found an empty list\n"},
      {"a type", compress("{ types: [html] }"),
       "2:45: routes[0].compress.types[0]: expected a media type such as text/html, text/* or application/*+json, "
       "found 'html'\n"},
      {"a level", compress("{ level: { zstd: 19 } }"),
       "2:52: routes[0].compress.level.zstd: expected a whole number from 1 to 9, found '19'\n"},
  });
}

TEST(Problems, OfSoManyOrSoLongTypes) {
  const auto types = [](std::size_t count, std::size_t bytes) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i) list += "text/" + std::string(bytes - 5, 'x') + ", ";
    return problems_of(route("respond: {}, compress: { types: [" + list + "] }"));
  };
  EXPECT_EQ(types(199, 8), "");
  EXPECT_NE(types(200, 8).find("more than 199 types"), std::string::npos);
  EXPECT_EQ(types(1, 127), "");
  EXPECT_NE(types(1, 128).find("expected a media type"), std::string::npos);
}

TEST(Problems, OfFieldRules) {
  const auto rules = [](const std::string& keys) { return route("respond: {}, headers: { " + keys + " }"); };
  expect_all({
      {"a split field", rules("request: { set: { X-A: \"a\\nb\" } }"),
       "2:59: routes[0].headers.request.set.X-A: expected one line of printable characters\n"},
      {"a name", rules("request: { set: { 'X A': a } }"),
       "2:61: routes[0].headers.request.set.X A: 'X A' is not a field name\n"},
      {"a placeholder", rules("request: { set: { X-A: '{planet}' } }"),
       "2:59: routes[0].headers.request.set.X-A: {planet} is not known here: there is {client}, {host}, {uri}, {path}, "
       "{query}, "
       "{scheme}, {method}, {route}, {listener}, {request_id}, {region}, {country}, {asn}, {tls_version}, "
       "{tls_cipher}, "
       "{sni}, {tls_client_verified}, {tls_client_subject}, {tls_client_issuer}, {tls_client_serial}, "
       "{tls_client_fingerprint}\n"},
      {"of responses only", rules("request: { add: { X-A: '{backend}' } }"),
       "2:59: routes[0].headers.request.add.X-A: {backend} is not known here: there is {client}, {host}, {uri}, "
       "{path}, {query}, "
       "{scheme}, {method}, {route}, {listener}, {request_id}, {region}, {country}, {asn}, {tls_version}, "
       "{tls_cipher}, "
       "{sni}, {tls_client_verified}, {tls_client_subject}, {tls_client_issuer}, {tls_client_serial}, "
       "{tls_client_fingerprint}\n"},
      {"twice in two cases", rules("response: { set: { X-A: a, x-a: b } }"),
       "2:68: routes[0].headers.response.set.x-a: is set twice, first in line 2: case does not matter\n"},
      {"framing", rules("request: { remove: [Content-Length] }"),
       "2:56: routes[0].headers.request.remove[0]: Content-Length is headgate's own: it follows from the message\n"},
      {"framing", rules("response: { add: { transfer-encoding: chunked } }"),
       "2:74: routes[0].headers.response.add.transfer-encoding: transfer-encoding is headgate's own: it follows from "
       "the message\n"},
      {"Host", rules("request: { remove: Host }"),
       "2:55: routes[0].headers.request.remove: Host can be set, but neither added nor removed: a request has exactly "
       "one\n"},
  });
}

TEST(Problems, OfSettings) {
  expect_all({
      {"level", kListener + "log: { level: verbose }\n",
       "2:15: log.level: expected one of debug, info, warn, error, found 'verbose'\n"},
      {"folder", kListener + "log: { file: /none/such/log }\n",
       "2:14: log.file: directory /none/such: No such file or directory\n"},
      {"format", kListener + "access_log: { format: jsn }\n",
       "2:23: access_log.format: expected json, combined or a text with {fields}, found 'jsn' (did you mean "
       "'json'?)\n"},
      {"field", kListener + "access_log: { format: '{stats}' }\n",
       "2:23: access_log.format: {stats} is not known here (did you mean 'status'?)\n"},
      {"no field", kListener + "access_log: { format: 'GET {' }\n",
       "2:23: access_log.format: expected 1 to 64 {fields}, found 0\n"},
      {"lines", kListener + "access_log: { format: \"{status}\\n\" }\n",
       "2:23: access_log.format: expected one line of printable characters\n"},
      {"sample", kListener + "access_log: { sample: 101% }\n",
       "2:23: access_log.sample: must be from 0% to 100%, is 101%\n"},
      {"folder", kListener + "access_log: { file: /none/such/log }\n",
       "2:21: access_log.file: directory /none/such: No such file or directory\n"},
      {"nothing to open", kListener + "admin: {}\n", "2:8: admin: needs bind, socket or both\n"},
      {"open to others", kListener + "admin: { bind: 0.0.0.0:9900 }\n",
       "2:16: admin.bind: 0.0.0.0:9900 is open to other machines, so admin.token_file is required\n"},
      {"open to others", kListener + "admin: { bind: '[::]:9900' }\n",
       "2:16: admin.bind: [::]:9900 is open to other machines, so admin.token_file is required\n"},
      {"a listener's", kListener + "admin: { bind: 127.0.0.1:80 }\n",
       "2:16: admin.bind: the address '127.0.0.1:80' is already that of listeners.web.bind, in line 1\n"},
      {"a unix path", kListener + "admin: { bind: unix:/tmp/a }\n",
       "2:16: admin.bind: a unix path belongs into admin.socket\n"},
      {"no name servers", kListener + "resolvers: [unix:/run/dns, 10.0.0.53:0, 10.0.0.53]\n",
       "2:13: resolvers[0]: a name server has an address and a port, as 10.0.0.53:53\n"
       "2:28: resolvers[1]: a name server has an address and a port, as 10.0.0.53:53\n"
       "2:41: resolvers[2]: expected an address such as 0.0.0.0:80, [::]:80 or unix:/path, found '10.0.0.53'\n"},
      {"nobody could read", kListener + "admin: { bind: 127.0.0.1:9900, read_without_token: never }\n",
       "2:52: admin.read_without_token: nobody could read over admin.bind, so admin.token_file is required\n"},
      {"a missing secret", kListener + "admin: { bind: 0.0.0.0:9900, token_file: token }\n",
       "2:42: admin.token_file: cannot open /none/token: No such file or directory\n"},
  });
}

TEST(Problems, PortZeroIsNoConflict) {
  EXPECT_EQ(problems_of("listeners: { a: { bind: 127.0.0.1:0 }, b: { bind: 127.0.0.1:0 } }"), "");
}

TEST(Problems, AThousandAreTold) {
  std::string text = kListener;
  for (int i = 0; i < 1003; ++i) text += "x" + std::to_string(i) + ": 1\n";
  const std::variant<Config, Problems> loaded = load_text(text, "hg.yaml", no_environment());
  const Problems& problems = std::get<Problems>(loaded);
  ASSERT_EQ(problems.list.size(), 1001u);
  EXPECT_EQ(to_text("hg.yaml", problems.list.back()), "hg.yaml: 3 more problems are not shown");
}

TEST(Problems, OfAnAliasStandWhereItIsUsed) {
  EXPECT_EQ(problems_of("listeners: { a: { bind: &b here }, b: { bind: *b } }"),
            "/none/hg.yaml:1:25: listeners.a.bind: expected an address such as 0.0.0.0:80, [::]:80 or unix:/path, "
            "found 'here'\n"
            "/none/hg.yaml:1:47: listeners.b.bind: expected an address such as 0.0.0.0:80, [::]:80 or unix:/path, "
            "found 'here'\n");
}

}  // namespace
}  // namespace headgate::config
