"""A backend is drained and enabled under load, seen on the wire: no new request, nothing reset, what ran on it ends."""
import threading
import time

import pytest

from headgate_test.client import Client
from packet_lab.capture import EVERYTHING
from packet_lab.lab import GATE, backend_address
from scenario_parts.api import Api
from scenario_parts.watching import wait_until
from site_in_lab import WEB, gate_yaml
from verdicts import count

SLOW = b"s" * 400_000
SLOW_RATE = "200k"
BACKENDS, DRAINED = 3, 1
DRAINED_SECONDS = 1.5
LOCATIONS = f'location / {{ return 200 "ok"; }}\nlocation = /slow {{ limit_rate {SLOW_RATE}; }}'


def download(lab, results):
    try:
        with lab.client:
            peer = Client.connect((GATE, WEB))
        peer.send(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        results.append(peer.read_response(timeout=30).body == SLOW)
        peer.close()
    except (AssertionError, OSError) as failure:
        results.append(failure)


def requests_to(traffic, address):
    """Times of what clients asked of a backend; its checks ask for another path."""
    return sorted(at for flow in traffic.to(address) for at, payload in flow.requests if payload.startswith(b"GET / "))


def yaml_of(addresses, admin="", drained=None):
    backends = [f'{{ id: b{number}, address: "{address}"{", drain: true" if number == drained else ""} }}'
                for number, address in enumerate(addresses)]
    return gate_yaml(backends, pool="health: { http: { path: /ok }, interval: 200ms, timeout: 1s }", admin=admin)


class ByFile:
    """Drains by the key `drain` and a reload, which is done when every worker follows."""

    def __init__(self, site, addresses, _folder):
        self.gate, self._addresses = site.start(yaml_of(addresses)), addresses

    def drain(self):
        assert self.gate.reload(yaml_of(self._addresses, drained=DRAINED)) == "reloaded"

    def enable(self):
        assert self.gate.reload(yaml_of(self._addresses)) == "reloaded"


class ByOperator:
    """Drains over the admin API. A request that was given to the backend just before may still be on its way there."""

    def __init__(self, site, addresses, folder):
        self.gate = site.start(yaml_of(addresses, admin=f"socket: {folder}/admin.sock"))
        self._api = Api(folder / "admin.sock")

    def drain(self):
        self._api.backend("app", f"b{DRAINED}", "drain", why="packets are counted")
        seen = []

        def has_settled():
            seen.append(self._api.get("/pools/app")["backends"][DRAINED]["requests"])
            return seen[-3:] == [seen[-1]] * 3

        wait_until(has_settled, 30, "requests to the drained backend go on")

    def enable(self):
        self._api.backend("app", f"b{DRAINED}", "enable")


@pytest.mark.parametrize("operate", [ByFile, ByOperator])
def test_drain_and_enable(site, tmp_path, operate):
    backends = [site.backend(number, LOCATIONS) for number in range(BACKENDS)]
    for backend in backends:
        backend.write("slow", SLOW)
    operator = operate(site, [backend.address for backend in backends], tmp_path)
    clients, upstream = site.capture("clients"), site.capture("backends", EVERYTHING)
    load = site.load(connections=4)
    results = []
    downloads = [threading.Thread(target=download, args=(site.lab, results)) for _ in range(2 * BACKENDS)]
    for each in downloads:
        each.start()
    site.wait_served()
    operator.drain()
    drained = time.time_ns()
    time.sleep(DRAINED_SECONDS)
    enabling = time.time_ns()
    operator.enable()
    site.wait_served()
    for each in downloads:
        each.join()
    until = time.time_ns()
    report = load.interrupt()
    clients.stop()
    upstream.stop()
    traffic = upstream.traffic()
    counts = count(clients.traffic(), traffic, until)
    asked = requests_to(traffic, backend_address(DRAINED))
    while_drained = [at for at in asked if drained < at < enabling]
    print(f"\ndrain: {counts}, {report.requests} requests; of the drained backend before, meanwhile, after: "
          f"{sum(at <= drained for at in asked)}, {len(while_drained)}, {sum(at >= enabling for at in asked)}")
    assert report.errors == 0
    assert results == [True] * len(downloads)
    assert counts.are_clean()
    assert asked[0] <= drained and not while_drained and asked[-1] >= enabling
