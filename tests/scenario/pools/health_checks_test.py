"""Active checks: who is down gets nothing, who is well again comes back, and /status and /metrics say so."""
import datetime
import time

import pytest

from headgate_test import answering, metrics, proxy_yaml
from scenario_parts.backends import respond, serving
from headgate_test.ports import free_port
from scenario_parts.watching import backends_of, states_of, wait_state, wait_until

QUICK = "interval: 50ms, timeout: 300ms, fall: 3, rise: 2"


class Checked:
    """An origin whose answers to /healthz the test decides."""

    def __init__(self, name=b"app"):
        self.name = name
        self.status = 200
        self.body = b"all is ok"
        self.checks = []

    def __call__(self, connection):
        serving(self._answer)(connection)

    def _answer(self, connection, request):
        if request.target == "/healthz":
            self.checks.append((time.monotonic(), request))
            respond(connection, self.body, self.status)
        else:
            respond(connection, self.name)


def pair_yaml(first, second, health, **options):
    return proxy_yaml(first, second, pool=f"health: {{ {health} }}\n" + options.pop("pool", ""), **options)


def test_http_checks_take_out_and_bring_back(headgate, origin, client):
    ill, well = Checked(b"ill"), Checked(b"well")
    first, second = origin(ill), origin(well)
    gate = headgate(pair_yaml(first, second, f"http: {{ path: /healthz }}, {QUICK}"))
    wait_until(lambda: all(row["checks_ok"] > 0 for row in backends_of(gate).values()))
    peer = client(gate.port())
    assert {peer.get().body for _ in range(4)} == {b"ill", b"well"}

    ill.status = 503
    started = time.monotonic()
    row = wait_state(gate, first.address, "down")
    # Three checks at 50 ms and a tenth; the rest is a busy machine.
    assert time.monotonic() - started < 2
    assert "503" in row["why"] and row["checks_failed"] >= 3
    assert {peer.get().body for _ in range(6)} == {b"well"}
    since = datetime.datetime.fromisoformat(row["since"])
    age = datetime.datetime.now(datetime.timezone.utc) - since
    assert datetime.timedelta(0) <= age < datetime.timedelta(seconds=10)

    ill.status = 204
    row = wait_state(gate, first.address, "up")
    assert datetime.datetime.fromisoformat(row["since"]) > since
    assert {peer.get().body for _ in range(4)} == {b"ill", b"well"}
    assert re_logged(gate, first, "down") and re_logged(gate, first, "up")


def re_logged(gate, app, state):
    return gate.wait_log(rf"pool app: backend .* \({app.address}\) is {state}: ")


def test_one_failed_check_is_not_enough(headgate, origin):
    app = Checked()
    served = origin(app)
    gate = headgate(proxy_yaml(served, pool=f"health: {{ http: {{ path: /healthz }}, {QUICK} }}"))
    wait_until(lambda: len(app.checks) >= 2)
    for _ in range(3):
        seen = len(app.checks)
        app.status = 500
        wait_until(lambda: len(app.checks) > seen)
        app.status = 200
        wait_until(lambda: len(app.checks) > seen + 3)
    row = backends_of(gate)[served.address]
    assert row["state"] == "up" and row["checks_failed"] >= 1


def test_the_first_check_decides_at_once(headgate, origin, client):
    ill = Checked()
    ill.status = 500
    served = origin(ill)
    gate = headgate(proxy_yaml(served, pool="health: { http: { path: /healthz }, interval: 10s, fall: 100 }"))
    row = wait_state(gate, served.address, "down", 3)
    assert row["checks_failed"] == 1
    answer = client(gate.port()).get()
    assert answer.status == 503 and answer.get("Retry-After") in ("1", "2")


def test_what_a_check_asks(headgate, origin):
    app = Checked()
    served = origin(app)
    headgate(proxy_yaml(served, pool=f"health: {{ http: {{ path: /healthz, host: app.internal }}, {QUICK} }}"))
    wait_until(lambda: app.checks)
    request = app.checks[0][1]
    assert (request.method, request.target) == ("GET", "/healthz")
    assert request.get("Host") == "app.internal"


def test_checks_keep_their_interval(headgate, origin):
    app = Checked()
    headgate(proxy_yaml(origin(app), pool="health: { http: { path: /healthz }, interval: 200ms }"))
    wait_until(lambda: len(app.checks) >= 7)
    times = [when for when, _ in app.checks]
    mean = (times[-1] - times[1]) / (len(times) - 2)
    assert 0.17 < mean < 0.35, "200 ms, give or take a tenth"
    gaps = {round(after - before, 3) for before, after in zip(times[1:], times[2:])}
    assert len(gaps) > 1, "jitter keeps many instances apart"


@pytest.mark.parametrize("rule, status, body, state", [
    ("status: [200, 204]", 201, b"x", "down"),
    ("status: [200-299, 404]", 404, b"x", "up"),
    ("status: 418", 418, b"x", "up"),
    ("body: 'is ok'", 200, b"all is ok", "up"),
    ("body: 'is ok'", 200, b"all is lost", "down"),
    ("body: 'is ok'", 500, b"all is ok", "down"),
    ("body: far", 200, b"x" * 60_000 + b"far", "up"),
    ("body: far", 200, b"x" * 70_000 + b"far", "down"),
])
def test_what_counts_as_well(headgate, origin, rule, status, body, state):
    app = Checked()
    app.status, app.body = status, body
    served = origin(app)
    gate = headgate(proxy_yaml(served, pool=f"health: {{ http: {{ path: /healthz, {rule} }}, {QUICK} }}"))
    wait_until(lambda: backends_of(gate)[served.address]["last_check"])
    assert states_of(gate)[served.address] == state


def test_a_check_that_gets_no_answer_times_out(headgate, origin):
    served = origin(lambda connection: connection.wait_gone(60))
    gate = headgate(proxy_yaml(served, pool="health: { http: { path: /healthz }, interval: 50ms, timeout: 100ms }"))
    row = wait_state(gate, served.address, "down", 3)
    assert "no answer within 100ms" in row["why"]


def test_tcp_checks(headgate, origin, client):
    port = free_port()
    app = origin(answering(), port=port)
    gate = headgate(proxy_yaml(app, pool=f"health: {{ tcp: {{}}, {QUICK} }}"))
    assert client(gate.port()).get().status == 200
    app.stop_listening()
    row = wait_state(gate, app.address, "down")
    assert "refused" in row["why"].lower()
    assert client(gate.port()).get().status == 503
    origin(answering(), port=port)
    wait_state(gate, app.address, "up")
    assert client(gate.port()).get().status == 200


def test_checks_of_a_real_nginx(headgate, nginx, client):
    app = nginx("location /healthz { return 200 'ok'; } location / { return 200 'nginx'; }")
    gate = headgate(proxy_yaml(app, pool=f"health: {{ http: {{ path: /healthz, body: ok }}, {QUICK} }}"))
    wait_until(lambda: next(iter(backends_of(gate).values()))["checks_ok"] >= 3)
    assert client(gate.port()).get().body == b"nginx"
    app.close()
    wait_state(gate, app.address, "down")


def test_metrics_say_the_same(headgate, origin):
    ill, well = Checked(), Checked()
    first, second = origin(ill), origin(well)
    ill.status = 500
    gate = headgate(pair_yaml(first, second, f"http: {{ path: /healthz }}, {QUICK}"))
    wait_state(gate, first.address, "down")
    samples = gate.metrics()

    def value(name, app, **labels):
        return metrics.total(samples, name, pool="app", backend=app.address, **labels)

    assert (value("headgate_backend_up", first), value("headgate_backend_up", second)) == (0, 1)
    assert value("headgate_backend_state", first, state="down") == 1
    assert value("headgate_backend_state", first, state="up") == 0
    assert value("headgate_backend_state", second, state="up") == 1
    assert value("headgate_backend_checks_total", first, result="failed") >= 1
    assert abs(value("headgate_backend_state_since_seconds", first) - time.time()) < 60


def test_a_failed_pool_panics(headgate, origin, client):
    first, second, third = Checked(b"1"), Checked(b"2"), Checked(b"3")
    apps = [origin(each) for each in (first, second, third)]
    health = f"health: {{ http: {{ path: /healthz }}, {QUICK}, panic_below: 50% }}"
    gate = headgate(proxy_yaml(*apps, pool=health))
    first.status = 500
    wait_state(gate, apps[0].address, "down")
    peer = client(gate.port())
    assert {peer.get().body for _ in range(6)} == {b"2", b"3"}
    second.status = 500
    wait_state(gate, apps[1].address, "down")
    assert {peer.get().body for _ in range(6)} == {b"1", b"2", b"3"}, "a third is under half: all are used"


def test_who_comes_back_starts_slowly(headgate, origin, client):
    back, steady = Checked(b"back"), Checked(b"steady")
    first, second = origin(back), origin(steady)
    gate = headgate(pair_yaml(first, second, f"http: {{ path: /healthz }}, {QUICK}, slow_start: 3s"))
    back.status = 500
    wait_state(gate, first.address, "down")
    back.status = 200
    wait_state(gate, first.address, "up")
    peer = client(gate.port())
    early = sum(peer.get().body == b"back" for _ in range(40))
    percent = backends_of(gate)[first.address]["weight_percent"]
    assert percent < 100
    wait_until(lambda: backends_of(gate)[first.address]["weight_percent"] == 100, 6)
    late = sum(peer.get().body == b"back" for _ in range(40))
    assert early < late == 20
