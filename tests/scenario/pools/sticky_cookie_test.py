"""Clients that a cookie of headgate's keeps at their backend."""
import json
import os
import re
import secrets
import socket
import subprocess

import pytest
from headgate_test import answering, metrics
from headgate_test.daemon import binary
from scenario_parts.backends import Gated, respond, serving
from scenario_parts.watching import pool_of, wait_state, wait_until

SET_COOKIE = re.compile(r"hg=(?P<value>[A-Za-z0-9_-]{64})(?P<attributes>.*)")


def write_keys(path, *keys):
    path.write_text("".join(f"{key}\n" for key in keys))
    os.chmod(path, 0o640)


def backends_yaml(backends):
    return "".join(f'\n      - {{ id: {name}, address: "{backend.address}"{more} }}'
                   for name, (backend, more) in backends.items())


def sticky_yaml(backends, sticky="cookie: hg", more="", retry="", pools="", routes="  - pool: app\n"):
    """`backends`: id -> origin, or (origin, further keys)."""
    rows = {name: entry if isinstance(entry, tuple) else (entry, "") for name, entry in backends.items()}
    return (f"workers: 2\nlisteners:\n  web: {{ bind: 127.0.0.1:0 }}\npools:\n  app:\n    sticky: {{ {sticky} }}\n"
            f"{retry}    backends:{backends_yaml(rows)}\n{pools}routes:\n{routes}admin: {{ bind: 127.0.0.1:0 }}\n{more}")


class Browser:
    """One client and its cookie; a new connection for each request, which any worker may get."""

    def __init__(self, connect, port):
        self.connect, self.port = connect, port
        self.cookie = None

    def get(self, target="/", others=()):
        pairs = [*others, *([f"hg={self.cookie}"] if self.cookie else [])]
        answer = self.connect(self.port).get(target, fields=[f"Cookie: {'; '.join(pairs)}"] if pairs else [])
        self.said = [value for value in answer.all("Set-Cookie") if value.startswith("hg=")]
        if self.said:
            self.cookie = SET_COOKIE.fullmatch(self.said[-1])["value"]
        return answer


def outcomes(gate, outcome):
    return metrics.total(gate.metrics(), "headgate_pool_sticky_requests_total", pool="app", outcome=outcome)


@pytest.fixture
def named(origin):
    """named("a", "b") -> {"a": an origin that answers "a", ...}"""
    return lambda *names: {name: origin(answering(body=name.encode())) for name in names}


def test_a_client_stays_where_it_came_first(headgate, named, client):
    backends = named("one", "two", "three")
    gate = headgate(sticky_yaml(backends))
    assert "sealed with a key that ends with this process" in gate.log
    browsers = [Browser(client, gate.port()) for _ in range(6)]
    homes = []
    for browser in browsers:
        homes.append(browser.get().body)
        assert SET_COOKIE.fullmatch(browser.said[0])["attributes"] == "; Path=/; HttpOnly; SameSite=Lax"
    assert set(homes) == {b"one", b"two", b"three"}
    assert len({browser.cookie for browser in browsers}) == 6
    for browser, home in zip(browsers, homes):
        for _ in range(3):
            assert browser.get(others=["a=1"]).body == home
            assert browser.said == [], "it has one already"
    seen = [request.get("Cookie") for backend in backends.values() for request in backend.requests]
    assert seen.count("a=1") == 18 and seen.count(None) == 6, "the backend is not told"
    rows = json.loads(gate.admin("/api/v1/pools/app"))
    assert sum(row["sessions"] for row in rows["backends"]) == 6
    assert rows["sticky"] == {"by": "cookie hg", "stayed": 18, "moved": 0, "unheld": 0, "entries": None, "size": None,
                              "kept": None}
    assert metrics.total(gate.metrics(), "headgate_backend_sessions_total", pool="app") == 6


def test_what_was_not_sealed_for_this_pool_is_replaced(headgate, named, client):
    backends = named("one", "two")
    other = f'  other:\n    sticky: {{ cookie: hg }}\n    backends: ["{backends["one"].address}"]\n'
    gate = headgate(sticky_yaml(backends, pools=other, routes="  - { match: { path: /o }, pool: other }\n  - pool: app\n"))
    browser = Browser(client, gate.port())
    browser.get()
    good = browser.cookie
    foreign = Browser(client, gate.port())
    foreign.get("/o")
    for bad in (foreign.cookie, good[:-1] + ("A" if good[-1] != "A" else "B"), good[:40], "x", "A" * 64):
        thief = Browser(client, gate.port())
        thief.cookie = bad
        thief.get()
        assert thief.said and thief.cookie not in (bad, good)
        thief.get()
        assert not thief.said
    browser.get()
    assert not browser.said
    assert outcomes(gate, "unheld") == 5


def test_a_backend_that_is_gone_sends_its_clients_on_for_good(headgate, named, client):
    backends = named("one", "two")
    gate = headgate(sticky_yaml(backends))
    browser = Browser(client, gate.port())
    first = browser.get().body.decode()
    backends[first].stop_listening()
    for connection in backends[first].connections:
        connection.socket.shutdown(socket.SHUT_RDWR)
    second = browser.get().body.decode()
    assert second != first and browser.said, "the cookie follows who answered"
    for _ in range(3):
        assert browser.get().body.decode() == second
        assert not browser.said
    assert outcomes(gate, "moved") == 1


def test_sessions_outlive_draining_and_another_address(headgate, named, origin, client):
    backends = named("one", "two")
    gate = headgate(sticky_yaml(backends))
    browser = Browser(client, gate.port())
    home = browser.get().body.decode()
    rows = {name: (backend, ", drain: true" if name == home else "") for name, backend in backends.items()}
    assert gate.reload(sticky_yaml(rows)) == "reloaded"
    wait_state(gate, home, "draining")
    for _ in range(3):
        assert browser.get().body.decode() == home
        assert Browser(client, gate.port()).get().body.decode() != home, "no new sessions"
    moved = origin(answering(body=b"moved"))
    assert gate.reload(sticky_yaml({**backends, home: moved})) == "reloaded"
    assert browser.get().body == b"moved" and not browser.said, "the id is what it is known by"
    assert gate.reload(sticky_yaml({f"new-{home}": moved, **{n: b for n, b in backends.items() if n != home}})) == "reloaded"
    browser.get()
    assert browser.said, "another id is another backend"


def test_instances_share_sessions_by_their_keys_which_rotate(headgate, named, client, tmp_path):
    backends = named("one", "two", "three")
    keys = tmp_path / "keys"
    old, new = secrets.token_hex(32), secrets.token_hex(32)
    write_keys(keys, old)
    yaml = sticky_yaml(backends, "cookie: { name: hg, max_age: 8h, same_site: strict, path: /, domain: example.com }",
                       f"sticky: {{ keys_file: {keys} }}\n")
    gates = [headgate(yaml) for _ in range(2)]
    browser = Browser(client, gates[0].port())
    home = browser.get().body
    assert browser.said[0].endswith("; Path=/; Domain=example.com; Max-Age=28800; HttpOnly; SameSite=Strict")

    def asked(gate):
        browser.port = gate.port()
        body = browser.get().body
        return body == home, not browser.said

    assert asked(gates[1]) == (True, True)
    write_keys(keys, new, old)
    for gate in gates:
        gate.wait_log("sticky keys: 2 of .* in force, the first is a new one")
    assert asked(gates[1]) == (True, True), "the older key still opens"
    fresh = Browser(client, gates[0].port())
    fresh.get()
    keys.chmod(0o644)
    keys.write_text("nonsense\n")
    gates[0].wait_log("sticky keys: .* is open to every user .*those that were read before stay in force")
    write_keys(keys, new)
    for gate in gates:
        gate.wait_log("sticky keys: 1 of .* in force")
    browser.port = gates[0].port()
    browser.get()
    assert browser.said, "its key is gone"
    fresh.port = gates[1].port()
    fresh.get()
    assert not fresh.said
    explained = explain(gates[0].file, f"hg={fresh.cookie}")
    assert re.search(r"session +stays: the cookie names (one|two|three)", explained), explained
    assert re.search(r"session +refused: the cookie is forged", explain(gates[0].file, "hg=x"))


def explain(file, cookie):
    return subprocess.run([binary(), "explain", file, "http://a/", "--header", f"Cookie: {cookie}"], check=True,
                          capture_output=True, text=True).stdout


def test_a_state_directory_keeps_the_keys(headgate, named, client, tmp_path):
    state = tmp_path / "state"
    yaml = sticky_yaml(named("one", "two"), more=f"state_directory: {state}\n")
    gate = headgate(yaml)
    browser = Browser(client, gate.port())
    home = browser.get().body
    assert (state / "sticky.keys").stat().st_mode & 0o777 == 0o600
    gate.close()
    browser.port = headgate(yaml).port()
    assert browser.get().body == home and not browser.said


def test_a_cache_gives_nobodys_cookie(headgate, origin, client, tmp_path):
    routes = "  - { match: { path: /private }, pool: app, cache: { store: edge } }\n  - { pool: app, cache: { store: edge } }\n"
    app = serving(lambda connection, request: respond(
        connection, fields=["Cache-Control: " + ("private" if request.target == "/private" else "max-age=60")]))
    gate = headgate(sticky_yaml({"one": origin(app), "two": origin(app)}, routes=routes, more="caches:\n  edge: {}\n"))
    browser = Browser(client, gate.port())
    browser.get("/private")
    assert browser.said, "what is not stored is answered for one client"
    for _ in range(3):
        stranger = Browser(client, gate.port())
        answer = stranger.get("/page")
        assert not stranger.said, "what is stored is everybody's"
    assert "hit" in answer.get("Cache-Status")


def test_upgrades_and_http2_have_sessions(headgate, origin, client):
    def upgrade(connection, request):
        if request.get("Upgrade"):
            connection.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\nhello")
            return False
        respond(connection, request.get("Cookie", "none").encode())
        return True

    gate = headgate(sticky_yaml({"one": origin(serving(upgrade))}))
    peer = client(gate.port())
    peer.send(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n")
    head = peer.read_response()
    assert head.status == 101
    cookie = SET_COOKIE.fullmatch(head.get("Set-Cookie"))["value"]
    curl = ["curl", "-sS", "-i", "--http2-prior-knowledge", "-b", f"a=1; hg={cookie}", f"http://127.0.0.1:{gate.port()}/"]
    answered = subprocess.run(curl, check=True, capture_output=True, text=True).stdout
    assert answered.startswith("HTTP/2 200") and answered.endswith("a=1") and "set-cookie" not in answered, answered


def test_a_request_waits_for_its_backend_and_keeps_nobody_from_others(headgate, origin, client):
    busy = Gated(b"busy")
    free = origin(answering(body=b"free"))
    gate = headgate(sticky_yaml({"busy": (origin(busy), ", max_requests: 1"), "free": free}))
    busy.open()
    browser = Browser(client, gate.port())
    while browser.get().body != b"busy":
        browser.cookie = None
    busy.gate.clear()
    request = f"GET / HTTP/1.1\r\nHost: a\r\nCookie: hg={browser.cookie}\r\n\r\n".encode()
    peers = [client(gate.port()) for _ in range(3)]
    for peer in peers:
        peer.send(request)
    wait_until(lambda: pool_of(gate)["waiting"] == 2)
    assert {client(gate.port()).get().body for _ in range(4)} == {b"free"}, "who has no session passes by"
    busy.open()
    assert [peer.read_response().body for peer in peers] == [b"busy"] * 3
