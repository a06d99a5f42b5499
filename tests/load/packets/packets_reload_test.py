"""Reloads under load, seen on the wire: no reset, nobody refused, while listeners and backends come and go."""
import threading
import time

from headgate_test.client import Client
from packet_lab.lab import GATE
from scenario_parts.watching import wait_until
from site_in_lab import EXTRA, gate_yaml
from verdicts import count

RELOADS, PAUSE_SECONDS = 12, 0.2
CONNECTIONS_MIN = 50  # of clients that open one for each request; else the reloads met no handshakes
COMINGS, STAYS_SECONDS = 4, 0.3


def yaml_of(number, backends):
    chosen = [backends[(number + offset) % len(backends)].address for offset in range(2)]
    return gate_yaml(chosen, listeners=("web", "extra") if number % 2 else ("web",),
                     pool="health: { http: { path: / }, interval: 200ms, timeout: 1s }")


def test_reloads(site):
    backends = [site.backend(number) for number in range(3)]
    gate = site.start(yaml_of(0, backends))
    clients, upstream = site.capture("clients"), site.capture("backends")
    loads = [site.load(), site.load(fresh=True, ipv6=True)]
    site.wait_served()
    for number in range(1, RELOADS + 1):
        assert gate.reload(yaml_of(number, backends)) == "reloaded"
        time.sleep(PAUSE_SECONDS)
    site.wait_served()
    until = time.time_ns()
    reports = [load.interrupt() for load in loads]
    clients.stop()
    upstream.stop()
    counts = count(clients.traffic(), upstream.traffic(), until)
    print(f"\n{RELOADS} reloads: {counts}, {[report.requests for report in reports]} requests")
    assert [report.errors for report in reports] == [0, 0]
    assert counts.are_clean()
    assert counts.connections > CONNECTIONS_MIN


class Knocker:
    """A client that connects to the listener that comes and goes, over and over, in a thread of its own."""

    def __init__(self, lab):
        self.whole = self.refused = 0
        self.broken = []
        self._lab, self._end = lab, threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        with self._lab.client:
            while not self._end.is_set():
                try:
                    peer = Client.connect((GATE, EXTRA))
                except ConnectionRefusedError:
                    self.refused += 1
                    self._end.wait(0.002)  # there is nobody yet; knocking faster says no more
                    continue
                try:
                    assert peer.get(fields=["Connection: close"]).body == b"ok"
                    peer.expect_closed()
                    self.whole += 1
                except (AssertionError, OSError) as failure:
                    self.broken.append(failure)
                finally:
                    peer.close()

    def end(self):
        self._end.set()
        self._thread.join()


def test_a_listener_that_comes_and_goes(site):
    """A SYN is refused only while the listener is not there; who got a SYN-ACK gets its answer and a FIN."""
    backends = [site.backend(0).address]
    gate = site.start(gate_yaml(backends))
    clients = site.capture("clients")
    knocker = Knocker(site.lab)
    wait_until(lambda: knocker.refused)
    absent = []  # from before it is told to go, or the start, until it is surely there
    since = 0
    try:
        for _ in range(COMINGS):
            assert gate.reload(gate_yaml(backends, listeners=("web", "extra"))) == "reloaded"
            absent.append((since, time.time_ns()))
            time.sleep(STAYS_SECONDS)
            since = time.time_ns()
            assert gate.reload(gate_yaml(backends)) == "reloaded"
        absent.append((since, 2 * since))
    finally:
        knocker.end()
    clients.stop()
    flows = clients.traffic().to((GATE, EXTRA))
    refused = [flow for flow in flows if flow.is_refused]
    reset = [flow for flow in flows if flow.acceptor.syns and flow.acceptor.resets]
    early = [flow for flow in refused if not any(start <= flow.acceptor.resets[0] <= end for start, end in absent)]
    print(f"\n{COMINGS} comings: {knocker.whole} whole, {knocker.refused} refused while it was not there, "
          f"{len(knocker.broken)} broken; on the wire {len(flows)} connections, {len(reset)} reset, {len(early)} refused early")
    assert not knocker.broken
    assert not reset
    assert not early
    assert knocker.whole >= COMINGS and refused
