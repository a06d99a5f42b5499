"""A run of wrk over a network that loses packets, and what the proxy had to send twice."""
import dataclasses

from headgate_test.pressure.wrk import Wrk
from packet_lab.capture import EVERYTHING, Capture

SMALL, PAGE = "/small", "/page"
SMALL_BYTES, PAGE_BYTES = 120, 16 << 10
LOCATIONS = f'location = {SMALL} {{ return 200 "{"x" * SMALL_BYTES}"; }}\nlocation = {PAGE} {{ }}'


def fill_backend(backend):
    backend.write(PAGE.strip("/"), b"x" * PAGE_BYTES)


@dataclasses.dataclass
class Sample:
    percent: float      # of packets lost, in each direction
    requests: int
    errors: int
    rate: float
    p50_ms: float
    p99_ms: float
    lost: int           # packets of both sides
    packets: int        # with payload, sent by the proxy
    repeated: int       # of those, sent before
    repeated_by_clients: int

    @property
    def repeated_percent(self):
        return 100 * self.repeated / max(self.packets, 1)


def measure(lab, file, address, path, percent, seconds, connections, fresh=False):
    """`address`: (host, port) of the proxy. Returns the Sample and the traffic."""
    lab.lose_percent(percent)
    fields = ["Connection: close"] if fresh else []
    host, port = address
    with Capture(lab.gate, "clients", file, EVERYTHING) as capture, lab.client:
        report = Wrk(f"http://{host}:{port}{path}", seconds, connections, fields, timeout=30).report()
    lost = sum(lab.dropped(space, "loss") for space in (lab.client, lab.gate)) if percent else 0
    lab.lose_percent(0)
    traffic = capture.traffic()
    flows = traffic.to(address)
    return Sample(percent=percent, requests=report.requests, errors=report.errors, rate=report.rate,
                  p50_ms=report.p50 * 1e3, p99_ms=report.p99 * 1e3, lost=lost,
                  packets=sum(flow.acceptor.packets for flow in flows),
                  repeated=sum(flow.acceptor.repeated_packets for flow in flows),
                  repeated_by_clients=sum(flow.opener.repeated_packets for flow in flows)), traffic
