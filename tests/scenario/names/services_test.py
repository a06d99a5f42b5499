"""Backends that are found by the SRV records of a real name server."""
import collections
import threading

import pytest

from headgate_test import answering, proxy_yaml
from headgate_test.client import Client
from scenario_parts.api import Api
from scenario_parts.ctl import Gate
from scenario_parts.name_server import SERVICE, Dnsmasq
from scenario_parts.watching import wait_until

HOSTS = {"a.app.internal": "127.0.0.1", "b.app.internal": "127.0.0.2", "c.app.internal": "127.0.0.3"}


@pytest.fixture
def dns(tmp_path):
    server = Dnsmasq(tmp_path)
    yield server
    server.stop()


class Traffic:
    """Clients that ask one request after the other, and what came of it."""

    def __init__(self, port, clients=4):
        self.bodies, self.failures = collections.Counter(), []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(port,)) for _ in range(clients)]
        for thread in self._threads:
            thread.start()

    def _run(self, port):
        try:
            peer = Client.connect(port, timeout=30)
            while not self._stop.is_set():
                answer = peer.get()
                if answer.status != 200:
                    self.failures.append(answer.start)
                self.bodies[answer.body.decode()] += 1
        except (AssertionError, OSError) as failure:
            self.failures.append(repr(failure))

    def end(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(40)
        assert self.failures == []
        return self.bodies


def addresses(api):
    return sorted(row["address"] for row in api.get("/pools/app")["backends"])


def test_a_service_changes_under_traffic(headgate, origin, client, dns):
    first = origin(answering(body=b"a"), host="127.0.0.1")
    port = first.port
    for host, name in (("127.0.0.2", b"b"), ("127.0.0.3", b"c")):
        origin(answering(body=name), host=host, port=port)
    dns.serve([(10, 3, port, "a.app.internal"), (10, 1, port, "b.app.internal"), (20, 0, port, "c.app.internal")], HOSTS)
    yaml = proxy_yaml("placeholder:1", more=f"resolvers: ['{dns.address}']")
    # Its retries are off: nothing that goes wrong is hidden.
    gate = Gate(headgate, yaml.replace('["placeholder:1"]', f"[{{ resolve: {SERVICE}, every: 1m }}]\n"
                                                            "    retry: { attempts: 0 }"))
    api = Api(gate.socket)
    peer = client(gate.daemon.port())
    assert collections.Counter(peer.get().body for _ in range(40)) == {b"a": 30, b"b": 10}, "by weight; c is for later"
    pool = api.get("/pools/app")
    rows = {row["discovered"]["target"]: row for row in pool["backends"]}
    assert {name: (row["priority"], row["weight"]) for name, row in rows.items()} == {
        "a.app.internal": (0, 3), "b.app.internal": (0, 1), "c.app.internal": (1, 1)}
    assert rows["c.app.internal"]["discovered"] == {
        "name": SERVICE, "target": "c.app.internal", "priority": 20, "weight": 0}
    (name,) = pool["names"]
    assert (name["name"], name["service"], name["addresses"], name["problem"]) == (SERVICE, True, 3, None)
    assert name["ttl_seconds"] in (0, 1)
    assert f"app is found by {SERVICE}: 3 addresses" in " ".join(gate.says("pools").split())
    explained = gate.says("explain", "http://x/")
    assert f"a.app.internal, by {SERVICE} (priority 10, weight 3)" in " ".join(explained.split())

    traffic = Traffic(gate.daemon.port())
    wait_until(lambda: len(traffic.bodies) == 2)
    known = rows["b.app.internal"]["requests"]
    # dnsmasq is away for a moment, and comes back with another set: `every` is a minute, the records' TTL a second.
    dns.serve([(0, 1, port, "b.app.internal"), (0, 1, port, "c.app.internal")], HOSTS)
    wait_until(lambda: addresses(api) == [f"127.0.0.2:{port}", f"127.0.0.3:{port}"], 20)
    wait_until(lambda: traffic.bodies["c"] > 10)
    dns.stop()
    gate.daemon.wait_log(rf"resolve {SERVICE}: .*; 2 known addresses stay", 20)
    problem = api.get("/pools/app")["names"][0]["problem"]
    assert problem.startswith(f"resolve {SERVICE}: ")
    asked = sum(traffic.bodies.values())
    wait_until(lambda: sum(traffic.bodies.values()) > asked + 20)
    bodies = traffic.end()
    assert min(bodies["a"], bodies["b"], bodies["c"]) > 0
    row = next(row for row in api.get("/pools/app")["backends"] if row["address"] == f"127.0.0.2:{port}")
    assert row["requests"] > known, "who stays keeps its counts"
    assert "; the last look-up failed: resolve" in " ".join(gate.says("pools").split())

    dns.serve(None, {})
    gate.daemon.wait_log("the service is not to be had there", 20)
    wait_until(lambda: peer.get().status == 503, what="workers know it too")
    assert addresses(api) == []
