"""5,000 clients that send a byte a second: answered 408 in time, at little memory, while others are served."""
import json

from headgate_test import processes, proxy_yaml

CLIENTS = 5000
HEADER_TIMEOUT_SECONDS = 5
SLOW_SECONDS = 12  # they go on for longer than they are let
BYTES_PER_CLIENT_MAX = 8 * 1024  # a read buffer each at worst, and the session
NORMAL_P99_SECONDS_MAX = 1.0


def test_slow_clients(headgate, nginx, wrk, crowd):
    backend = nginx('location / { return 200 "ok"; }')
    gate = headgate(proxy_yaml(backend, listener=f"timeouts: {{ header: {HEADER_TIMEOUT_SECONDS}s }}"))
    url = f"http://127.0.0.1:{gate.port()}/"
    assert wrk(url, 1, connections=16).report().errors == 0
    before = processes.anonymous_bytes(gate.pid)
    slow = crowd("slow", gate.port(), CLIENTS, SLOW_SECONDS)
    slow.wait_open()
    held = processes.anonymous_bytes(gate.pid)
    normal = wrk(url, SLOW_SECONDS - 4, connections=16).report()
    outcomes = json.loads(slow.read())
    print(f"\n{CLIENTS} slow clients: {outcomes}, {(held - before) / CLIENTS:.0f} B each; meanwhile {normal.requests} "
          f"normal requests, {normal.errors} errors, p99 {normal.p99 * 1e3:.1f} ms")
    assert outcomes == {"408": CLIENTS}
    assert (held - before) / CLIENTS < BYTES_PER_CLIENT_MAX
    assert normal.errors == 0 and normal.requests > 1000
    assert normal.p99 < NORMAL_P99_SECONDS_MAX
