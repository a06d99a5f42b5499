"""50 reloads in 10 s, while wrk runs, that add and remove routes, backends and a listener: nothing fails."""
import pathlib
import time

import pytest

from headgate_test import metrics
from headgate_test.ports import free_port

RELOADS = 50
SECONDS = 10
REQUESTS_MIN = 1000  # else the storm met no traffic


def storm_yaml(number, port, extra_port, backends):
    """The configuration of reload `number`: two of the three backends, 1 to 7 more routes, every other time a listener."""
    chosen = [backends[(number + i) % len(backends)].address for i in range(2)]
    extra = f"  extra: {{ bind: 127.0.0.1:{extra_port} }}\n" if number % 2 else ""
    routes = "".join(f"  - match: {{ path: /r{number}-{i}/ }}\n    respond: {{ status: 404, body: gone }}\n"
                     for i in range(1 + number % 7))
    return (f"workers: 2\ndrain_timeout: 5s\nlisteners:\n  web: {{ bind: 127.0.0.1:{port} }}\n{extra}"
            f"pools:\n  app:\n    backends: [{', '.join(chosen)}]\n"
            f"    health: {{ http: {{ path: /ok }}, interval: 500ms, timeout: 400ms }}\n"
            f"routes:\n{routes}  - pool: app\nadmin: {{ bind: 127.0.0.1:0 }}\n")


def resets_sent():
    """Of the whole machine, so only to be printed."""
    names, values = [line.split() for line in pathlib.Path("/proc/net/snmp").read_text().splitlines()
                     if line.startswith("Tcp:")]
    return int(values[names.index("OutRsts")])


@pytest.mark.parametrize("kind, fields", [("keep-alive", []), ("close", ["Connection: close"])])
def test_reload_storm(headgate, nginx, wrk, kind, fields):
    backends = [nginx('location / { return 200 "ok"; }') for _ in range(3)]
    port, extra_port = free_port(), free_port()
    gate = headgate(storm_yaml(0, port, extra_port, backends))
    resets = resets_sent()
    load = wrk(f"http://127.0.0.1:{port}/", SECONDS + 1, connections=32, fields=fields)
    started = time.monotonic()
    outcomes = []
    for number in range(1, RELOADS + 1):
        outcomes.append(gate.reload(storm_yaml(number, port, extra_port, backends)))
        time.sleep(max(0.0, started + number * SECONDS / RELOADS - time.monotonic()))
    took = time.monotonic() - started
    report = load.report()
    samples = gate.metrics()
    print(f"\n{kind}: {report.requests} requests, {report.failed} failed, socket errors {report.socket_errors}, "
          f"p99 {report.p99 * 1e3:.1f} ms, {len(outcomes)} reloads in {took:.1f} s, "
          f"{resets_sent() - resets} resets sent on this machine, {len(samples)} metrics")
    assert outcomes == ["reloaded"] * RELOADS
    assert took < SECONDS * 1.5, "the reloads themselves are slow"
    assert report.requests > REQUESTS_MIN
    assert report.failed == 0
    assert sum(report.socket_errors.values()) == 0
    assert not [name for name, value in samples.items() if _is_server_error(name) and value]


def _is_server_error(sample):
    """Whether a sample counts answers with a 5xx status, by whichever label says so."""
    labels = dict(sample[1])
    return any(str(labels.get(key, "")).startswith("5") for key in ("status", "code", "class"))


def test_server_errors_are_recognised():
    samples = metrics.parse('r{route="a",status="502"} 1\nr{route="a",status="200"} 2\nr{code="5xx"} 3\n')
    assert sum(value for name, value in samples.items() if _is_server_error(name)) == 4
