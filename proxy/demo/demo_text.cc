#include "proxy/demo/demo_text.h"

#include <fmt/core.h>

namespace headgate::proxy::demo {

std::string configuration_text(const std::vector<base::Endpoint>& origins, const DemoFolder& folder) {
  return fmt::format(R"(drain_timeout: 1s
log: {{ level: warn }}
admin:
  bind: 127.0.0.1:9900
  token_file: {}    # all three are the demo's own
  socket: {}
sticky: {{ keys_file: {} }}

listeners:
  web: {{ bind: 127.0.0.1:8080 }}

pools:
  app:
    backends:
      - {{ id: one, address: "{}" }}
      - {{ id: two, address: "{}" }}          # every fifth answer takes a second
      - {{ id: three, address: "{}" }}
    balance: round_robin
    health: {{ http: {{ path: /healthz }}, interval: 500ms, fall: 2, rise: 2 }}
    retry: {{ attempts: 2, on: [connect, reset] }}
  shop:
    backends:
      - {{ id: shop-one, address: "{}" }}
      - {{ id: shop-two, address: "{}" }}
      - {{ id: shop-three, address: "{}" }}
    sticky: {{ cookie: hg }}         # a client stays with the origin that it met first
    health: {{ http: {{ path: /healthz }}, interval: 500ms, fall: 2, rise: 2 }}

caches:
  edge: {{ memory: 16MiB }}

routes:
  - name: old
    match: {{ path: /old/ }}
    redirect: {{ to: "http://127.0.0.1:8080/new{{uri}}", status: 308 }}
  - name: ping
    match: {{ path: /ping }}
    respond: {{ body: "pong\n" }}
  - name: limited
    match: {{ path: /limited }}
    pool: app
    rate_limit: {{ by: client, rate: 1/s, burst: 2 }}
  - name: news
    match: {{ path: /news/ }}
    pool: app
    cache: {{ store: edge, ttl: 10s, stale: {{ while_revalidate: 10s, if_error: 1h }} }}
  - name: shop
    match: {{ path: /shop/ }}
    pool: shop
  - name: site
    pool: app
    headers:
      request: {{ set: {{ X-Route: "{{route}}" }} }}
      response: {{ set: {{ X-Backend: "{{backend}}" }} }}
)",
                     folder.token_file(), folder.socket(), folder.sticky_keys_file(), origins.at(0).text(),
                     origins.at(1).text(), origins.at(2).text(), origins.at(0).text(), origins.at(1).text(),
                     origins.at(2).text());
}

std::string greeting_text(const std::string& yaml, const DemoFolder& folder, const std::string& program) {
  return "# headgate demo: this configuration runs now; copy it to a file of your own to change it\n\n" + yaml + R"(
# ------------------------------------------------------------------------------
# Eight things to try, each in another terminal:
#
# 1. Load balancing: three origins take turns, and say who they are.
#      curl -s '127.0.0.1:8080/?[1-4]'
#
# 2. What a backend is told: who the client is, by which route it came.
#      curl -s 127.0.0.1:8080/headers
#
# 3. Health: make an origin fail its checks, and see the pool go on without it.
#      curl -s 127.0.0.1:8080/fail; sleep 2; curl -s '127.0.0.1:8080/?[1-4]'
#    (/recover, asked of that origin itself, brings it back: 127.0.0.1:8081 to 8083)
#
# 4. Rate limits: the third request within a second is told when to come back.
#      curl -si '127.0.0.1:8080/limited?[1-3]'
#
# 5. The cache: an answer holds for ten seconds, and Cache-Status says what happened and why.
#      curl -s -D - '127.0.0.1:8080/news/?[1-2]' '127.0.0.1:8080/news/?[1-2]'
#    (then it is given once more, stale, while it is asked for again)
#
# 6. Sessions: a sealed cookie takes a client back to the origin that it met first.
#      curl -s -b '' '127.0.0.1:8080/shop/?[1-3]'
#    (without -b '' curl keeps no cookies, and the origins take turns)
#
# 7. What headgate knows of it all, health and why: http://127.0.0.1:9900 in a browser, or
#      curl -s 127.0.0.1:9900/status 127.0.0.1:9900/metrics | less
#
# 8. Operating it: take an origin out, and bring it back; `ctl top` is a live screen.
)" +
         fmt::format(R"(#      export HEADGATE_SOCKET={0}
#      {2} ctl drain one --why 'a try'
#      {2} ctl backends
#      {2} ctl enable one
#    The dashboard can do so too: sign in with the word in {1}
#
# Traffic: http://127.0.0.1:8080   Dashboard: http://127.0.0.1:9900   Stop: Ctrl-C
)",
                     folder.socket(), folder.token_file(), program);
}

}  // namespace headgate::proxy::demo
