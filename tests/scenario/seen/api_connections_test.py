"""The admin API on connections of clients: where they come from, and what each waits for."""
import contextlib
import re

import pytest

from headgate_test import proxy_yaml
from headgate_test.http_message import read_head
from scenario_parts.api import Api, with_admin
from scenario_parts.backends import Gated, respond, serving
from scenario_parts.watching import wait_until

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
REQUEST = b"GET /some/where?x=y HTTP/1.1\r\nHost: a.test\r\n\r\n"


@pytest.fixture
def unix(tmp_path):
    return tmp_path / "admin.sock"


@pytest.mark.threads
def test_connections_and_what_they_wait_for(headgate, origin, unix, client):
    gated = Gated()
    yaml = with_admin(proxy_yaml(origin(gated), route="name: all"), f"socket: {unix}")
    gate, api = headgate(yaml.replace("workers: 1", "workers: 2")), Api(unix)
    idle = client(gate.port())
    idle.send(REQUEST.replace(b"/some", b"/other"))
    wait_until(lambda: gated.waiting == 1)
    busy = client(gate.port())
    busy.send(REQUEST)
    half = client(gate.port())
    half.send(REQUEST[:20])
    wait_until(lambda: gated.waiting == 2)
    wait_until(lambda: [row["phase"] for row in api.get("/connections")["connections"]].count("head") == 1)
    shown = api.get("/connections")
    assert shown["total"] == 3 and shown["truncated"] is False and shown["silent_workers"] == []
    row = next(row for row in shown["connections"] if row["path"] == "/some/where")
    assert row["phase"] == "backend" and row["method"] == "GET" and row["host"] == "a.test" and row["route"] == "all"
    assert row["backend"] and row["client"] == row["peer"] == "127.0.0.1" and row["listener"] == "web"
    assert row["requests"] == 1 and row["received_bytes"] == len(REQUEST) and TIME.fullmatch(row["opened_at"])
    gated.open()
    idle.read_response()
    busy.read_response()
    rows = wait_until(lambda: [row for row in api.get("/connections")["connections"] if row["phase"] == "idle"])
    assert rows[0]["sent_bytes"] > 0 and rows[0]["method"] is None
    shown = api.get("/connections?limit=1")
    assert len(shown["connections"]) == 1 and shown["total"] == 3 and shown["truncated"] is True
    assert api.get("/connections?client=10.0.0.1")["total"] == 0
    assert api.get("/connections?listener=nothing")["total"] == 0
    assert api.get("/connections?listener=web&client=127.0.0.1")["total"] == 3


@pytest.fixture
def watched(headgate, unix):
    """watched(yaml) starts a headgate; returns it and what waits until its connections wait for just these."""
    def make(yaml):
        gate, api = headgate(with_admin(yaml, f"socket: {unix}")), Api(unix)

        def wait_phases(*phases):
            def are_so():
                return sorted(row["phase"] for row in api.get("/connections")["connections"]) == sorted(phases)

            wait_until(are_so, what=f"{phases}: {api.get('/connections')}")

        return gate, wait_phases

    return make


def test_who_waits_in_the_queue(watched, origin, client):
    gated = Gated()
    backend = f'{{ address: "{origin(gated).address}", max_requests: 1 }}'
    gate, wait_phases = watched(proxy_yaml("x:1", pool="queue: { timeout: 30s }").replace('"x:1"', backend))
    peers = [client(gate.port()) for _ in range(2)]
    for peer in peers:
        peer.send(REQUEST)
    wait_phases("backend", "queue")
    gated.open()
    for peer in peers:
        peer.read_response()
    wait_phases("idle", "idle")


def test_who_is_in_a_tunnel(watched, origin, client):
    def switch(connection):
        read_head(connection)
        connection.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n")
        connection.wait_gone()

    gate, wait_phases = watched(proxy_yaml(origin(switch)))
    peer = client(gate.port())
    peer.send(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n")
    read_head(peer)
    wait_phases("tunnel")


def test_whose_answer_is_not_taken(watched, origin, client):
    def answer(connection, _):
        with contextlib.suppress(OSError):
            respond(connection, b"x" * (32 << 20))  # more than sockets hold
        return False

    gate, wait_phases = watched(proxy_yaml(origin(serving(answer))))
    peer = client(gate.port())
    peer.send(REQUEST)
    wait_phases("answer")
    peer.close()
    wait_phases()


def test_whose_proxy_header_is_not_there_and_who_was_refused(watched, origin, client):
    listener = "proxy_protocol: true\ntrusted_proxies: [127.0.0.0/8]"
    gate, wait_phases = watched(proxy_yaml(origin(Gated()), listener=listener))
    peer = client(gate.port())
    wait_phases("proxy header")
    peer.send(b"PROXY TCP4 192.0.2.7 192.0.2.1 1 2\r\nno request\r\n\r\n")
    assert peer.read_response().status == 400
    wait_phases("linger")
