"""TERM under load, seen on the wire: what was accepted is answered and closed by FIN, and only then is anybody refused."""
import signal
import threading
import time

from headgate_test.client import Client
from packet_lab.lab import GATE, GATE6
from scenario_parts.watching import wait_until
from site_in_lab import WEB, gate_yaml
from verdicts import count

SLOW = b"s" * 300_000
ADDRESSES = ((GATE, WEB), (GATE6, WEB))
DRAIN_SECONDS = 5  # longer than the download


class Download(threading.Thread):
    """A client whose answer takes longer than the stop of everything else."""

    def __init__(self, lab):
        super().__init__()
        with lab.client:
            self.peer = Client.connect((GATE, WEB))
        self.peer.send(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        self.peer.read_until(b"\r\n\r\n")
        self.body = self.failure = None
        self.start()

    def run(self):
        try:
            self.body = self.peer.read_exactly(len(SLOW), timeout=30)
            self.peer.close()
        except (AssertionError, OSError) as failure:
            self.failure = failure


def is_refused(lab, address):
    with lab.client:
        try:
            Client.connect(address).close()
        except ConnectionRefusedError:
            return True
    return False


def test_stop(site):
    backend = site.backend(0, 'location / { return 200 "ok"; }\nlocation = /slow { limit_rate 200k; }')
    backend.write("slow", SLOW)
    gate = site.start(gate_yaml([backend.address], more=f"drain_timeout: {DRAIN_SECONDS}s\n"))
    clients, upstream = site.capture("clients"), site.capture("backends")
    with site.lab.client:
        idle = Client.connect((GATE, WEB))
    assert idle.get().status == 200
    kept, fresh = site.load(), site.load(fresh=True, ipv6=True)
    download = Download(site.lab)
    site.wait_served()
    told = time.time_ns()
    gate.process.send_signal(signal.SIGTERM)
    # The download and the idle one are left; whoever comes now is refused, and wrk would do that over and over.
    wait_until(lambda: site.figure("headgate_listener_connections_open") <= 2, DRAIN_SECONDS, "the others have ended")
    until = time.time_ns()
    reports = [load.interrupt() for load in (kept, fresh)]
    for address in ADDRESSES:
        wait_until(lambda address=address: is_refused(site.lab, address), 10, "late ones are refused")
    assert gate.process.wait(40) == 0  # not gate.stop(): a second signal would cut what is left
    gate._stopped = True
    download.join()
    idle.expect_closed()
    clients.stop()
    upstream.stop()
    traffic = clients.traffic()
    counts = count(traffic, upstream.traffic(), until)
    print(f"\nstop: {counts}, {[report.requests for report in reports]} requests")
    assert download.failure is None and download.body == SLOW
    assert (counts.reset_clients, counts.reset_backends, counts.icmp_errors) == (0, 0, 0)
    # wrk counts who is refused under `write`; whoever was let in got all of its answer.
    assert sum(report.socket_errors["connect"] + report.socket_errors["write"] for report in reports) <= counts.refused
    for report in reports:
        assert report.requests > 0
        assert (report.failed, report.socket_errors["read"], report.socket_errors["timeout"]) == (0, 0, 0)
    for address in ADDRESSES:
        check_ends(traffic.to(address), told)


def check_ends(flows, told):
    """Accepted ones end by FIN; the listening sockets take nobody after they have refused somebody."""
    accepted = [flow for flow in flows if flow.acceptor.syns]
    refused = [flow.acceptor.resets[0] for flow in flows if flow.is_refused]
    assert accepted and not [flow for flow in accepted if flow.acceptor.fin_at is None]
    assert refused and max(flow.established_at for flow in accepted) < min(refused)
    # A handshake that begins while the sockets retire is as lost as in a busy network.
    assert not [flow for flow in flows if flow.is_unanswered and flow.syn_at < told]
