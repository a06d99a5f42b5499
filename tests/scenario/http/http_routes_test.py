"""What a route does besides choosing a pool: redirects, fixed answers, field rules, limits, the exact first match."""
import time

import pytest

from headgate_test import answering

ROUTES = """\
routes:
  - { match: { host: old.example }, redirect: { to: "https://new.example{uri}" } }
  - { match: { path: /moved/ }, redirect: { to: "{scheme}://{host}/to{path}?from={query}", status: 302 } }
  - { match: { path: /ping }, respond: { status: 201, body: "pong\\n", type: text/x-pong } }
  - { match: { path: /none }, respond: { status: 204 } }
  - match: { path: /limited }
    respond: { body: x }
    rate_limit: { by: client, rate: 20/s, burst: 3 }
  - match: { path: /keyed }
    respond: { body: x }
    rate_limit: { by: "header:X-Key", rate: 1/m, burst: 1 }
  - { match: { path: /slow }, pool: app, timeouts: { response: 200ms } }
  - name: ruled
    match: { path: /ruled }
    pool: app
    headers:
      request:
        remove: [X-Secret, Cookie]
        set: { Host: inner.example, X-All: "{method} {host} {path} {query} {client} {route} {listener}", X-Same: new }
        add: { X-More: [a, b] }
      response:
        remove: Server
        set: { X-Backend: "{backend}", Cache-Control: no-store, X-Request-Id: "{request_id}" }
        add: { X-More: c }
  - { match: { host: "*.wild.example", methods: [GET], header: { X-Need: yes } }, respond: { body: wild } }
  - { match: { path: /app }, pool: app }
"""
YAML = {"listener": "trusted_proxies: [127.0.0.1]"}
REPLACED = {"routes:\n  - pool: app\n": ROUTES}


@pytest.fixture
def ask(stage, client):
    stage.play(answering(body=b"app", fields=["Server: secret/1.0", "X-More: z", "Cache-Control: public"]))
    peer = client(stage.gate.port())

    def send(target, *fields, host="a.example", method="GET"):
        peer.send("\r\n".join([f"{method} {target} HTTP/1.1", f"Host: {host}", *fields, "", ""]).encode())
        return peer.read_response(to=method)

    return send


def test_redirects(ask):
    response = ask("/a/b?c=d", host="old.example:8080")
    assert (response.status, response.get("Location")) == (308, "https://new.example/a/b?c=d")
    assert b"https://new.example/a/b?c=d" in response.body
    assert ask("/a", host="OLD.example").status == 308
    assert ask("/moved/x?y").get("Location") == "http://a.example/to/moved/x?from=y"
    secure = ask("/moved/x?y", "X-Forwarded-Proto: https")
    assert (secure.status, secure.get("Location")) == (302, "https://a.example/to/moved/x?from=y")


def test_a_redirect_cannot_be_split(ask):
    """What a client writes into the target stays one line."""
    response = ask("/moved/%0d%0aSet-Cookie:%20a=b?c%0d%0ad")
    assert response.get("Location") == "http://a.example/to/moved/%0D%0ASet-Cookie:%20a=b?from=c%0d%0ad"
    assert response.get("Set-Cookie") is None


def test_fixed_answers(ask):
    response = ask("/ping")
    assert (response.status, response.body, response.get("Content-Type")) == (201, b"pong\n", "text/x-pong")
    head = ask("/ping", method="HEAD")
    assert (head.status, head.get("Content-Length")) == (201, "5")
    empty = ask("/none")
    assert (empty.status, empty.get("Content-Length"), empty.get("Transfer-Encoding")) == (204, None, None)
    assert ask("/ping").body == b"pong\n"


def test_field_rules(ask, stage):
    response = ask("/ruled?q", "X-Secret: s", "Cookie: a=b", "X-Same: old", "X-Same: older", "X-More: 0")
    request = stage.origin.requests[0]
    assert (request.get("X-Secret"), request.get("Cookie")) == (None, None)
    assert request.all("Host") == ["inner.example"]
    assert request.get("X-All") == "GET a.example /ruled q 127.0.0.1 ruled web"
    assert request.all("X-Same") == ["new"]
    assert request.all("X-More") == ["0", "a", "b"]
    assert response.get("Server") is None
    assert response.all("Cache-Control") == ["no-store"]
    assert response.all("X-More") == ["z", "c"]
    assert response.get("X-Backend") == stage.origin.address
    assert response.get("X-Request-Id") == request.get("X-Request-Id")


def test_field_rules_hold_for_an_error_of_the_route(stage, client):
    stage.play(lambda connection: connection.reset())
    peer = client(stage.gate.port())
    response = peer.get("/ruled")
    assert (response.status, response.get("Cache-Control")) == (502, "no-store")


def test_matching(ask):
    assert ask("/x", "X-Need: yes", host="a.wild.example").body == b"wild"
    assert ask("/x", "X-Need: yes", host="a.b.WILD.example").body == b"wild"
    assert ask("/x", "X-Need: no", host="a.wild.example").status == 404
    assert ask("/x", "X-Need: yes", host="wild.example").status == 404
    assert ask("/x", "X-Need: yes", "Content-Length: 0", host="a.wild.example", method="POST").status == 404
    assert ask("/app").body == b"app"
    assert ask("/app/").status == 404
    assert ask("/%61pp").body == b"app"
    assert ask("/x/../app").body == b"app"


def test_a_rate_limit_fills_again(ask):
    statuses = [ask("/limited").status for _ in range(10)]
    assert statuses[:3] == [200] * 3 and 429 in statuses
    refused = ask("/limited")
    if refused.status == 429:
        assert refused.get("Retry-After") == "1"
    time.sleep(0.2)
    assert ask("/limited").status == 200


def test_a_rate_limit_is_each_clients_own(ask):
    """Of whom a trusted proxy speaks."""
    for address in ("192.0.2.1", "192.0.2.2", "2001:db8::1"):
        statuses = [ask("/limited", f"X-Forwarded-For: {address}").status for _ in range(4)]
        assert statuses[:3] == [200] * 3, address
    keyed = [ask("/keyed", f"X-Key: {key}").status for key in ("a", "b", "a", "b", "c")]
    assert keyed == [200, 200, 429, 429, 200]


def test_a_slow_backend(stage, client):
    def slow(connection):
        connection.read_request()
        connection.wait_gone()

    stage.play(slow)
    peer = client(stage.gate.port())
    started = time.monotonic()
    assert peer.get("/slow").status == 504
    assert 0.15 < time.monotonic() - started < 1.5
