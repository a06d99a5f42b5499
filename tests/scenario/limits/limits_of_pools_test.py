"""What keeps a pool from being buried: limits, shedding, an adaptive limit; and hedging, for what is slow anyway."""
import contextlib
import json
import threading
import time

import pytest

from headgate_test import Headgate
from headgate_test.client import Client
from headgate_test.metrics import total
from headgate_test.origin import Origin, answering
from headgate_test.stream import ConnectionReset, StreamEnded
from scenario_parts.api import Api
from scenario_parts.backends import Gated, respond, serving
from scenario_parts.http2_origin import CANCEL, answering_http2, http2_origin
from scenario_parts.watching import wait_until


def unhurried(connection, _request):
    time.sleep(0.03)
    respond(connection)


class Silent:
    """Over HTTP/2: takes requests and answers none."""

    def __init__(self):
        self.requests = []

    def __call__(self, peer):
        try:
            while True:
                self.requests.append(peer.wait_request(120))
                peer.wait(lambda: self.requests[-1].reset is not None, 120)
        except (StreamEnded, ConnectionReset):
            pass


class Stage:
    def __init__(self, stack, folder):
        self.gates = {name: Gated(name.encode()) for name in ("slow", "a", "b")}
        self.silent = Silent()
        origins = {"slow": Origin(self.gates["slow"]), "fast": Origin(answering(body=b"fast")),
                   "a": Origin(self.gates["a"]), "b": Origin(self.gates["b"]), "one": Origin(serving(unhurried)),
                   "h2_fast": http2_origin(answering_http2(body=b"fast")), "h2_slow": http2_origin(self.silent)}
        self.origins = {name: stack.enter_context(contextlib.closing(app)) for name, app in origins.items()}
        pools = {
            "hedged": (("slow", "fast"), "hedge: { after: 50ms, budget: 100% }, health: { outlier: { errors: 1 } }"),
            "hedged2": (("h2_slow", "h2_fast"), "protocol: h2c, hedge: { after: 50ms, budget: 100% }"),
            "hedged3": (("h2_slow", "h2_fast"), "protocol: h2c, hedge: { after: 50ms, budget: 100%, methods: idempotent }"),
            "limited": (("a", "b"), "limits: { requests: 2 }, queue: { size: 2 }"),
            "shedding": (("one",), "limits: { connections: 1 }, queue: { shed: 150ms }"),
            "adaptive": (("fast",), "adaptive: { min: 2, max: 50 }"),
        }
        yaml = "workers: 2\nlisteners: { web: { bind: 127.0.0.1:0 } }\npools:\n"
        for pool, (names, more) in pools.items():
            backends = ", ".join(f'{{ id: {name}, address: "{self.origins[name].address}" }}' for name in names)
            yaml += f"  {pool}: {{ backends: [{backends}], {more} }}\n"
        yaml += "routes:\n" + "".join(f"  - {{ match: {{ path: /{pool} }}, pool: {pool} }}\n" for pool in pools)
        yaml += "admin: { bind: 127.0.0.1:0 }\naccess_log: { file: stdout }\n"
        self.gate = Headgate(folder, yaml)
        stack.callback(self.gate.stop)
        self.api = Api(self.gate.admin_port)
        self.stack = stack

    def client(self):
        return self.stack.enter_context(contextlib.closing(Client.connect(("127.0.0.1", self.gate.port()))))

    def pool(self, name):
        return self.api.ask("GET", f"/pools/{name}").body

    def explained(self, path, method="GET"):
        return self.api.ask("POST", "/explain", {"url": f"http://a{path}", "method": method}).body["pool"]

    def log(self, path):
        text = (self.gate.file.parent / "headgate.stdout").read_text()
        return [entry for entry in map(json.loads, text.splitlines()) if entry["path"] == path]


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    with contextlib.ExitStack() as stack:
        yield Stage(stack, tmp_path_factory.mktemp("headgate"))


def test_the_second_backend_answers_for_a_slow_one(stage):
    peer = stage.client()
    answers = [peer.get("/hedged") for _ in range(4)]
    assert [answer.body for answer in answers] == [b"fast"] * 4
    pool = stage.pool("hedged")
    assert pool["protection"]["hedge"] == {"after": "50ms", "asked": 2, "won": 2, "refused": 0}
    rows = {row["id"]: row for row in pool["backends"]}
    assert rows["slow"]["failures"] == 0 and rows["slow"]["state"] == "up", "to be slower is no failure"
    assert rows["slow"]["requests_in_flight"] == 0 and rows["slow"]["connections_open"] == 0
    assert total(stage.gate.metrics(), "headgate_backend_given_up_total", backend="slow") == 2
    wait_until(lambda: len(stage.log("/hedged")) == 4)
    entries = stage.log("/hedged")
    assert sorted(entry.get("hedges", 0) for entry in entries) == [0, 0, 1, 1]
    assert all(entry["backend"] == "fast" and entry["retries"] == 0 for entry in entries)
    assert "a second backend is asked after 50ms" in stage.explained("/hedged")["protection"]["hedge"]


def test_what_is_not_safe_is_asked_of_one(stage):
    assert stage.explained("/hedged", "DELETE")["protection"]["hedge"].startswith("none: this method is not safe")
    peer, slow = stage.client(), stage.gates["slow"]
    given_up = slow.waiting
    peer.send(2 * b"DELETE /hedged HTTP/1.1\r\nHost: a\r\n\r\n")  # one of them meets the slow one
    wait_until(lambda: slow.waiting > given_up)
    time.sleep(0.15)  # three times hedge.after, in which nothing is to happen
    assert stage.pool("hedged")["protection"]["hedge"]["asked"] == 2
    slow.open()
    assert {peer.read_response().body, peer.read_response().body} == {b"slow", b"fast"}


def test_a_stream_that_lost_is_reset(stage):
    peer = stage.client()
    assert [peer.get("/hedged2").body for _ in range(4)] == [b"fast"] * 4
    wait_until(lambda: len(stage.silent.requests) == 2 and all(each.reset for each in stage.silent.requests))
    assert {each.reset for each in stage.silent.requests} == {CANCEL}
    row = {row["id"]: row for row in stage.pool("hedged2")["backends"]}["h2_slow"]
    assert (row["connections_opened"], row["connections_open"], row["failures"]) == (1, 1, 0), "the connection stays"


def test_where_it_is_wished_what_is_idempotent_is_hedged(stage):
    peer, asked = stage.client(), len(stage.silent.requests)
    for _ in range(2):
        peer.send(b"DELETE /hedged3 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert peer.read_response(to="DELETE").body == b"fast"
    assert stage.pool("hedged3")["protection"]["hedge"]["won"] == 1 and len(stage.silent.requests) == asked + 1
    assert stage.explained("/hedged3", "POST")["protection"]["hedge"].startswith("none: this method is not idempotent")


def test_a_limit_is_of_the_whole_pool(stage):
    peers = [stage.client() for _ in range(5)]
    for peer in peers[:4]:
        peer.send(b"GET /limited HTTP/1.1\r\nHost: a\r\n\r\n")
    apps = [stage.gates[name] for name in ("a", "b")]
    wait_until(lambda: stage.pool("limited")["waiting"] == 2 and sum(app.waiting for app in apps) == 2)
    assert stage.pool("limited")["protection"]["requests"] == {"now": 2, "limit": 2}
    explained = stage.explained("/limited")
    assert "it has" not in explained["why"] and "the pool has its 2 requests under way" in explained["why"]
    assert explained["takes"] == []
    samples = stage.gate.metrics()
    assert total(samples, "headgate_pool_limit", pool="limited", of="requests") == 2
    assert total(samples, "headgate_pool_limit_used", pool="limited", of="requests") == 2
    refused = peers[4].get("/limited")
    assert refused.status == 503 and refused.get("Retry-After") in ("1", "2")
    for app in apps:
        app.open()
    assert [peer.read_response().status for peer in peers[:4]] == [200] * 4
    assert stage.pool("limited")["protection"]["requests"] == {"now": 0, "limit": 2}


def test_a_queue_that_is_too_slow_is_not_joined(stage):
    """One connection serves 30 a second, so of 20 that come at once some would wait for longer than 150 ms."""
    refused = []
    ends = threading.Event()

    def ask():
        peer = stage.client()
        while not ends.is_set():
            answer = peer.get("/shedding")
            assert answer.status in (200, 503)
            if answer.status == 503:
                refused.append(answer)
                time.sleep(0.01)

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: len(refused) >= 10, 30)
    finally:
        ends.set()
        for thread in threads:
            thread.join()
    pool = stage.pool("shedding")
    assert pool["protection"]["shed"] >= 10 and pool["queue_timeouts"] == pool["queue_overflows"] == 0
    assert pool["backends"][0]["connections_open"] <= 1, "though two workers take turns"
    assert all(int(answer.get("Retry-After")) >= 1 for answer in refused)
    wait_until(lambda: any("would wait for about" in entry.get("detail", "") for entry in stage.log("/shedding")))
    assert {entry["ending"] for entry in stage.log("/shedding") if entry["status"] == 503} == {"no_backend"}


def test_an_adaptive_limit_goes_by_latency(stage):
    peer = stage.client()
    assert stage.pool("adaptive")["protection"]["requests"] == {"now": 0, "limit": 20}
    assert stage.explained("/adaptive")["protection"]["adaptive"] == "adaptive, 2 to 50"

    def is_known():
        for _ in range(20):
            assert peer.get("/adaptive").status == 200
        return stage.pool("adaptive")["protection"]["adaptive"]["latency_ms"]

    wait_until(is_known, 30)
    samples = stage.gate.metrics()
    lowest = total(samples, "headgate_pool_latency_seconds", pool="adaptive", of="lowest")
    assert 0 < lowest <= total(samples, "headgate_pool_latency_seconds", pool="adaptive", of="now") * 1.0001
    assert "lowest" in stage.explained("/adaptive")["protection"]["adaptive"]
