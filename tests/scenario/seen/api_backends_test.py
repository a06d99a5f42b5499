"""The admin API on pools and backends: what it shows, and an operator's wishes about them."""
import collections
import contextlib

import pytest

from headgate_test import answering, proxy_yaml
from scenario_parts.api import Api, with_admin
from scenario_parts.backends import Gated, respond, serving
from scenario_parts.name_server import NameServer
from scenario_parts.watching import wait_until

REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class Daemon:
    """A headgate with a unix socket, and a way to its API."""

    def __init__(self, headgate, tmp_path, yaml):
        self.socket = tmp_path / "admin.sock"
        self.gate = headgate(self.with_socket(yaml))
        self.api = Api(self.socket)

    def with_socket(self, yaml):
        return with_admin(yaml, f"bind: 127.0.0.1:0, socket: {self.socket}")

    def state(self, backend):
        rows = {row["id"]: row for row in self.api.get("/pools/app")["backends"]}
        return rows[backend]["state"]


@pytest.fixture
def daemon(headgate, tmp_path):
    return lambda yaml: Daemon(headgate, tmp_path, yaml)


def two(a, b, pool="", **more):
    yaml = proxy_yaml("x:1", pool=pool, **more)
    return yaml.replace('"x:1"', f'{{ id: a, address: "{a.address}" }}, {{ id: b, address: "{b.address}" }}')


def shares(client, gate, requests=40):
    asker = client(gate.port())
    return collections.Counter(asker.get().body.decode() for _ in range(requests))


def test_what_is_shown(daemon, origin, client):
    it = daemon(two(origin(answering(body=b"a")), origin(answering(body=b"b"))))
    shares(client, it.gate)
    pools = it.api.get("/pools")["pools"]
    assert [pool["name"] for pool in pools] == ["app"] and pools[0]["requests"] == 40
    assert pools[0]["balance"] == "round_robin"
    rows = it.api.get("/backends")["backends"]
    assert rows == it.api.get("/pools/app")["backends"]
    row = rows[0]
    assert row["id"] == "a" and row["pool"] == "app" and row["state"] == "up" and row["responses"]["2xx"] == 20
    assert row["operator"] == {"mode": "enabled", "weight_percent": 100, "target_percent": 100, "until": None,
                               "why": None, "since": None}
    assert row["latency_ms"]["p50"] > 0


def test_a_drained_backend_gets_no_more_and_comes_back(daemon, origin, client):
    it = daemon(two(origin(answering(body=b"a")), origin(answering(body=b"b"))))
    row = it.api.backend("app", "a", "drain", why="new kernel")
    assert row["state"] == "draining" and row["why"] == "new kernel"
    assert row["operator"]["mode"] == "draining" and row["operator"]["weight_percent"] == 0
    assert shares(client, it.gate) == {"b": 40}
    row = it.api.backend("app", "a", "enable")
    assert row["state"] == "up" and row["why"] == "enabled by an operator"
    assert shares(client, it.gate) == {"a": 20, "b": 20}


def test_what_runs_on_a_drained_backend_ends_by_itself(daemon, origin, client):
    gated = Gated(b"slow")
    it = daemon(two(origin(gated), origin(answering(body=b"b"))))
    it.api.backend("app", "b", "disable")
    peer = client(it.gate.port())
    peer.send(REQUEST)
    wait_until(lambda: gated.waiting)
    it.api.backend("app", "b", "enable")
    row = it.api.backend("app", "a", "drain")
    assert row["requests_in_flight"] == 1
    gated.open()
    assert peer.read_response().body == b"slow"


@pytest.mark.threads
def test_a_drain_over_a_time_goes_down_in_steps(daemon, origin, client):
    it = daemon(two(origin(answering(body=b"a")), origin(answering(body=b"b"))))
    row = it.api.backend("app", "a", "drain", over="2s")
    assert row["state"] == "up" and row["operator"]["mode"] == "draining"
    assert row["operator"]["until"] is not None and row["operator"]["target_percent"] == 0
    seen = set()

    def is_drained():
        now = it.api.get("/pools/app")["backends"][0]
        seen.add((now["state"], now["weight_percent"]))
        return now["state"] == "draining"

    wait_until(is_drained)
    between = [percent for state, percent in seen if state == "up" and 0 < percent < 100]
    assert len(between) >= 3, seen
    assert shares(client, it.gate) == {"b": 40}
    row = it.api.backend("app", "a", "enable", over="1s")
    assert row["state"] == "up" and 1 <= row["weight_percent"] < 100
    wait_until(lambda: it.api.get("/pools/app")["backends"][0]["weight_percent"] == 100)


def test_a_weight_is_a_share_of_the_configured_one(daemon, origin, client):
    it = daemon(two(origin(answering(body=b"a")), origin(answering(body=b"b"))))
    row = it.api.backend("app", "a", "weight", percent=25)
    assert row["weight_percent"] == 25 and row["state"] == "up" and row["weight"] == 1
    assert shares(client, it.gate, 50) == {"a": 10, "b": 40}
    it.api.backend("app", "a", "weight", percent=0)
    assert shares(client, it.gate) == {"b": 40}
    it.api.backend("app", "a", "disable")
    refused = it.api.ask("POST", "/pools/app/backends/a/weight", {"percent": 50})
    assert refused.status == 409 and "enable it first" in refused.body["detail"]


@pytest.mark.threads
def test_a_disabled_backend_loses_its_idle_connections(daemon, origin, client):
    it = daemon(two(origin(answering(body=b"a")), origin(answering(body=b"b"))))
    shares(client, it.gate)
    assert {row["connections_open"] for row in it.api.get("/backends")["backends"]} == {1}
    row = it.api.backend("app", "a", "disable", why="fire")
    assert row["state"] == "disabled" and row["why"] == "fire"
    wait_until(lambda: it.api.get("/backends")["backends"][0]["connections_open"] == 0)
    assert it.api.get("/backends")["backends"][1]["connections_open"] == 1
    assert 'headgate_backend_state{pool="app",backend="a"' in it.gate.admin("/metrics")
    assert 'state="disabled"} 1' in it.gate.admin("/metrics")


def test_a_connection_that_ends_on_a_disabled_backend_is_not_kept(daemon, origin, client):
    gated = Gated(b"slow")
    it = daemon(two(origin(gated), origin(answering(body=b"b"))))
    it.api.backend("app", "b", "drain")
    peer = client(it.gate.port())
    peer.send(REQUEST)
    wait_until(lambda: gated.waiting)
    it.api.backend("app", "a", "disable")
    gated.open()
    assert peer.read_response().body == b"slow"
    wait_until(lambda: it.api.get("/backends")["backends"][0]["connections_open"] == 0)


@pytest.mark.parametrize("wish", ["drain", "disable"])
def test_a_pool_without_backends_answers_503_and_panic_brings_none_back(daemon, origin, client, wish):
    it = daemon(two(origin(answering(body=b"a")), origin(answering(body=b"b")),
                    pool="health: { panic_below: 100%, tcp: {}, interval: 100ms }"))
    for backend in ("a", "b"):
        it.api.backend("app", backend, wish)
    assert client(it.gate.port()).get().status == 503
    it.api.backend("app", "a", "enable")
    assert shares(client, it.gate) == {"a": 40}


def test_wishes_outlive_reloads(daemon, origin, client):
    a, b = origin(answering(body=b"a")), origin(answering(body=b"b"))
    it = daemon(two(a, b))
    it.api.backend("app", "a", "drain", why="new kernel")
    assert it.gate.reload(it.with_socket(two(a, b, pool="balance: least_requests"))) == "reloaded"
    assert it.state("a") == "draining"
    assert shares(client, it.gate) == {"b": 40}
    # Out of the file and back: nobody wishes anything of it any more.
    alone = proxy_yaml("x:1").replace('"x:1"', f'{{ id: b, address: "{b.address}" }}')
    assert it.gate.reload(it.with_socket(alone)) == "reloaded"
    assert it.gate.reload(it.with_socket(two(a, b))) == "reloaded"
    assert it.state("a") == "up"


def test_the_file_and_the_operator_both_have_to_let_it(daemon, origin, client):
    a, b = origin(answering(body=b"a")), origin(answering(body=b"b"))
    drained = two(a, b).replace("id: a,", "id: a, drain: true,")
    it = daemon(drained)
    assert it.state("a") == "draining"
    row = it.api.backend("app", "a", "enable")
    assert row["state"] == "draining" and "drain: true" in row["why"] and row["operator"]["mode"] == "enabled"
    it.api.backend("app", "a", "disable")
    assert it.gate.reload(it.with_socket(two(a, b))) == "reloaded"
    assert it.state("a") == "disabled"
    it.api.backend("app", "a", "enable")
    assert it.state("a") == "up"


def test_several_addresses_under_one_id(daemon):
    with contextlib.closing(NameServer({"app.internal": ["127.0.0.1", "127.0.0.2"]})) as server:
        yaml = proxy_yaml("x:1", more=f"resolvers: ['{server.address}']")
        it = daemon(yaml.replace('"x:1"', '{ id: twin, resolve: "app.internal:9", every: 100ms }'))
        answer = it.api.backend("app", "twin", "drain")
        assert [row["state"] for row in answer["backends"]] == ["draining", "draining"]
        server.table["app.internal"] = ["127.0.0.3"]
        wait_until(lambda: [row["address"] for row in it.api.get("/backends")["backends"]] == ["127.0.0.3:9"])
        assert it.state("twin") == "draining", "it hangs on the id"


@pytest.mark.parametrize("path, status, detail", [
    ("/pools/ap/backends/a/drain", 404, "no pool named 'ap' (did you mean 'app'?)"),
    ("/pools/app/backends/aa/drain", 404, "pool app has no backend 'aa' (did you mean 'a'?)"),
    ("/pools/app/backends/a/drian", 404, "There is no /api/v1/pools/app/backends/a/drian"),
])
def test_what_is_not_there_is_named_with_the_nearest(daemon, origin, path, status, detail):
    it = daemon(two(origin(answering()), origin(answering())))
    answer = it.api.ask("POST", path)
    assert answer.status == status and detail in answer.body["detail"]
    assert answer.fields["content-type"] == "application/problem+json"


@pytest.mark.parametrize("what, body, detail", [
    ("drain", {"over": "25h"}, "over is a duration from 0s to 1d"),
    ("drain", {"over": 60}, "over is a duration"),
    ("drain", {"ovre": "1s"}, "did you mean 'over'?"),
    ("disable", {"over": "1s"}, 'there is no member "over" here'),
    ("weight", {}, "percent is missing"),
    ("weight", {"percent": 101}, "percent is a whole number from 0 to 100, not 101"),
    ("weight", {"percent": 0.5}, "percent is a whole number"),
    ("enable", {"why": "x" * 201}, "why is one line of at most 200 bytes"),
    ("enable", {"why": "a\nb"}, "why is one line"),
])
def test_what_is_wished_wrongly(daemon, origin, what, body, detail):
    it = daemon(two(origin(answering()), origin(answering())))
    answer = it.api.ask("POST", f"/pools/app/backends/a/{what}", body)
    assert answer.status == 400 and detail in answer.body["detail"], answer
    assert it.state("a") == "up"


def test_events_tell_what_happened(daemon, origin):
    stopped = []

    def dying(connection):
        if not stopped:
            serving(lambda peer, _: respond(peer))(connection)

    it = daemon(two(origin(dying), origin(answering()),
                    pool="health: { http: { path: / }, interval: 100ms, fall: 1, rise: 1, timeout: 2s }"))
    assert it.api.get("/events")["events"][0]["kind"] == "reload", "the start"
    it.api.backend("app", "b", "drain", why="new disk")
    stopped.append(True)
    events = wait_until(lambda: [event for event in it.api.get("/events")["events"] if event["to"] == "down"])
    assert events[0]["pool"] == "app" and events[0]["backend"] == "a" and events[0]["from"] == "up"
    everything = it.api.get("/events")["events"]
    assert [event["number"] for event in everything] == list(range(1, len(everything) + 1))
    wish = next(event for event in everything if event["kind"] == "operator")
    assert wish["text"] == "pool app: backend b: drain: new disk" and wish["why"] == "new disk"
    later = it.api.get(f"/events?after={events[0]['number']}")["events"]
    assert all(event["number"] > events[0]["number"] for event in later)
