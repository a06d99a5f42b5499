"""No descriptor left: accepting pauses, those who are in are served, and it recovers by itself."""
import time

from headgate_test import processes, proxy_yaml

DESCRIPTORS = 64
CLIENTS = 100  # more than can be accepted; the rest wait in the kernel's queue
BUSY_SHARE_MAX = 0.5


def test_exhausted_descriptors(headgate, nginx, client):
    backend = nginx('location / { return 200 "ok"; }')
    gate = headgate(proxy_yaml(backend), before=["prlimit", f"--nofile={DESCRIPTORS}:{DESCRIPTORS}"])
    port = gate.port()
    first = client(port)
    assert first.get().status == 200
    others = [client(port) for _ in range(CLIENTS)]
    time.sleep(0.5)
    assert processes.descriptors(gate.pid) <= DESCRIPTORS

    # Waiting for a descriptor is waiting, not asking again and again.
    cpu = processes.cpu_seconds(gate.pid)
    time.sleep(1)
    assert processes.cpu_seconds(gate.pid) - cpu < BUSY_SHARE_MAX

    for _ in range(10):
        assert first.get().status == 200

    last = others.pop()
    for other in others:
        other.close()
    assert last.get().status == 200, "who waited in the queue is served when there is room again"
    assert client(port).get().status == 200
