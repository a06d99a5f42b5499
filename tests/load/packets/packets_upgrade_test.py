"""Upgrades in place under load, seen on the wire: the new process takes over, or cannot start and the old one goes on;
nobody is refused or reset, no request is lost."""
import signal
import time

from site_in_lab import gate_yaml
from verdicts import count

UPGRADES = 3
DRAIN_SECONDS = 20  # the old process has no more connections long before that, since the load goes on
CONNECTIONS_MIN = 50


def test_upgrades(site):
    backends = [site.backend(number) for number in range(2)]
    good = gate_yaml([backend.address for backend in backends],
                     pool="health: { http: { path: / }, interval: 200ms, timeout: 1s }",
                     more=f"drain_timeout: {DRAIN_SECONDS}s\n")
    gate = site.start(good)
    clients, upstream = site.capture("clients"), site.capture("backends")
    loads = [site.load(), site.load(fresh=True, ipv6=True)]
    site.wait_served()

    gate.write("listeners: nonsense\n")
    gate.process.send_signal(signal.SIGUSR2)
    gate.wait_log("upgrade failed, this process goes on", 30)
    gate.write(good)
    site.wait_served()

    pids = [gate.pid]
    for _ in range(UPGRADES):
        old = gate.upgrade()
        assert old.wait(DRAIN_SECONDS) == 0
        pids.append(gate.pid)
        site.wait_served()
    until = time.time_ns()
    reports = [load.interrupt() for load in loads]
    clients.stop()
    upstream.stop()
    counts = count(clients.traffic(), upstream.traffic(), until)
    print(f"\n{UPGRADES} upgrades: {counts}, {[report.requests for report in reports]} requests, processes {pids}")
    assert len(set(pids)) == UPGRADES + 1
    assert [report.errors for report in reports] == [0, 0]
    assert counts.are_clean()
    assert counts.connections > CONNECTIONS_MIN
