"""One measurement of one proxy: a run of load, or a crowd of idle connections."""
import dataclasses
import socket
import subprocess
import time

import loads
from headgate_test import processes
from peers import BUILT

SETTLE_SECONDS = 1.0
IDLE_WAIT_SECONDS = 2.0


@dataclasses.dataclass
class Sample:
    rate: float = float("nan")            # requests/s
    cpu_us: float = float("nan")          # CPU time of the process tree for one request, handshake or message
    p99_ms: float = float("nan")
    pss_mib: float = float("nan")
    errors: int = 0
    idle_bytes: float = float("nan")      # process memory for one idle connection


def under_load(proxy, scenario, seconds, before):
    cpu = processes.cpu_seconds(proxy.pid)
    done = loads.BY_NAME[scenario.load](proxy, scenario, seconds, before)
    cpu = processes.cpu_seconds(proxy.pid) - cpu
    return Sample(rate=done.rate, cpu_us=cpu / max(done.count, 1) * 1e6, p99_ms=done.p99_ms,
                  pss_mib=processes.pss_bytes(proxy.pid) / (1 << 20), errors=done.errors)


def _ask(port, request):
    """A connection that was used once."""
    peer = socket.create_connection(("127.0.0.1", port), 10)
    peer.sendall(request)
    head = b""
    while b"\r\n\r\n" not in head or len(head) < head.index(b"\r\n\r\n") + 4 + 120:
        got = peer.recv(4096)
        assert got, f"closed after {head!r}"
        head += got
    assert b" 200 " in head[:16], head[:200]
    return peer


def _idle_over_tls(proxy, scenario):
    """The connections are those of a program in C: a client's of Python's would be larger than what is measured."""
    def hold(count):
        return processes.start([BUILT / "tls_clients", "idle", proxy.port, count, "h2" if scenario.http2 else "http/1.1"],
                               stdout=subprocess.PIPE, text=True)

    before = None
    for count in (1, scenario.idle):  # what the first one makes grow is not the others'
        crowd = hold(count)
        try:
            assert crowd.stdout.readline() == "ready\n", "a connection failed"
            time.sleep(SETTLE_SECONDS if before is None else IDLE_WAIT_SECONDS)
            after = processes.pss_bytes(proxy.pid)
            assert crowd.poll() is None
        finally:
            processes.stop(crowd)
            crowd.stdout.close()
        before = after if before is None else before
    return Sample(pss_mib=after / (1 << 20), idle_bytes=(after - before) / scenario.idle)


def idle(proxy, scenario):
    if scenario.tls:
        return _idle_over_tls(proxy, scenario)
    request = b"GET /120 HTTP/1.1\r\nHost: a\r\n\r\n"
    peers = [_ask(proxy.port, request)]
    time.sleep(SETTLE_SECONDS)
    before = processes.pss_bytes(proxy.pid)
    try:
        for _ in range(scenario.idle):
            peers.append(_ask(proxy.port, request))
        time.sleep(IDLE_WAIT_SECONDS)
        after = processes.pss_bytes(proxy.pid)
        # All of them are still there: what was closed would cost nothing.
        for peer in peers:
            peer.setblocking(False)
            try:
                assert peer.recv(1), "an idle connection was closed"
            except BlockingIOError:
                pass
    finally:
        for peer in peers:
            peer.close()
    return Sample(pss_mib=after / (1 << 20), idle_bytes=(after - before) / scenario.idle)
