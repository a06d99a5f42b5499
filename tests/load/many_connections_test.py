"""15,000 open connections: small, harmless to others, and gone when they go."""
import time

from headgate_test import processes, proxy_yaml

CONNECTIONS = 15000
BYTES_PER_CONNECTION_MAX = 1024
ANSWER_SECONDS_MAX = 1.0
# What an allocator keeps for itself after a crowd has gone; a second crowd must fit in it.
SECOND_CROWD_GROWTH_MAX = 1.10


def wait_descriptors(gate, most, timeout=20):
    deadline = time.monotonic() + timeout
    while (count := processes.descriptors(gate.pid)) > most:
        assert time.monotonic() < deadline, f"{count} descriptors are still open"
        time.sleep(0.1)


def test_many_connections(headgate, nginx, client, crowd):
    backend = nginx('location / { return 200 "ok"; }')
    gate = headgate(proxy_yaml(backend, listener="timeouts: { idle: 300s }"))
    port = gate.port()
    client(port).get()
    few, before = processes.descriptors(gate.pid), processes.anonymous_bytes(gate.pid)

    def peak_of_crowd():
        people = crowd("idle", port, CONNECTIONS)
        people.wait_open()
        started = time.monotonic()
        assert client(port).get().status == 200
        took = time.monotonic() - started
        held = processes.anonymous_bytes(gate.pid)
        assert processes.descriptors(gate.pid) >= CONNECTIONS
        assert people.alive() == CONNECTIONS
        people.close()
        wait_descriptors(gate, few + 50)
        print(f"\n{CONNECTIONS} connections: {(held - before) / CONNECTIONS:.0f} B each, "
              f"a new client was answered in {took * 1e3:.1f} ms, "
              f"{(processes.anonymous_bytes(gate.pid) - before) >> 10} KiB kept after they left")
        assert took < ANSWER_SECONDS_MAX
        return held

    first = peak_of_crowd()
    assert (first - before) / CONNECTIONS <= BYTES_PER_CONNECTION_MAX
    assert peak_of_crowd() <= before + (first - before) * SECOND_CROWD_GROWTH_MAX + (1 << 20)
    assert client(port).get().status == 200
