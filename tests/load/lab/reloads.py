"""A proxy that loads its configuration anew, over and over, under wrk: what its packets say."""
import dataclasses
import signal
import time

from deaths import CHECK_PATH, REQUESTS
from headgate_test.pressure.wrk import Wrk
from packet_lab.capture import OPENINGS_AND_ENDS, Capture
from packet_lab.lab import GATE
from verdicts import count

CONNECTIONS = 8
CHECK = f" {CHECK_PATH} ".encode()
INTERVAL_SECONDS = 0.5   # HAProxy starts a process for each, and this leaves it time to
# How each is told.
SIGNALS = {"headgate": signal.SIGHUP, "nginx": signal.SIGHUP, "haproxy": signal.SIGUSR2}


@dataclasses.dataclass
class Sample:
    reloads: int
    connections: int
    requests: int
    refused: int
    reset_clients: int
    reset_backends: int  # on connections of requests
    reset_checks: int    # on those of its own checks: HAProxy ends them so
    failed: int


def measure(lab, folder, proxy, seconds):
    with Capture(lab.gate, "clients", folder / "clients.pcap") as clients, \
         Capture(lab.gate, "backends", folder / "backends.pcap", f"{OPENINGS_AND_ENDS} or {REQUESTS}") as backends:
        url = f"http://{GATE}:{proxy.port}/"
        until = time.time_ns() + seconds * 10**9
        with lab.client:
            loads = [Wrk(url, seconds, CONNECTIONS), Wrk(url, seconds, CONNECTIONS, ["Connection: close"])]
        reloads, end = 0, time.monotonic() + seconds - INTERVAL_SECONDS
        while time.monotonic() < end:
            proxy.process.send_signal(SIGNALS[proxy.name])
            reloads += 1
            time.sleep(INTERVAL_SECONDS)
        reports = [load.report() for load in loads]
    upstream = backends.traffic()
    counts = count(clients.traffic(), upstream, until)
    of_checks = [flow for flow in upstream.flows if flow.requests and CHECK in flow.requests[0][1]]
    resets_of_checks = sum(any(at < until for at in flow.opener.resets) for flow in of_checks)
    return Sample(reloads=reloads, connections=counts.connections, requests=sum(report.requests for report in reports),
                  refused=counts.refused, reset_clients=counts.reset_clients, reset_backends=counts.reset_backends - resets_of_checks, reset_checks=resets_of_checks,
                  failed=sum(report.errors for report in reports))
