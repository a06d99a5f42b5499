"""Backends that fail real requests are ejected for a while, but never too many of them."""
import time

from headgate_test import answering, metrics, proxy_yaml
from scenario_parts.backends import respond, serving
from scenario_parts.watching import backends_of, states_of, wait_state, wait_until

OUTLIER = "health: { outlier: { errors: 3, window: 10s, eject: 600ms, max_ejected: 50% } }\nretry: { attempts: 0 }"


class Failing:
    def __init__(self, name=b"failing"):
        self.name = name
        self.fails = True
        self.how = "reset"

    def __call__(self, connection):
        serving(self._answer)(connection)

    def _answer(self, connection, request):
        if not self.fails:
            respond(connection, self.name)
        elif self.how == "reset":
            connection.reset()
            return False
        else:
            respond(connection, b"", self.how)


def eject(gate, client, bad):
    """Sends requests until the backend is ejected."""
    peer = client(gate.port())
    for _ in range(20):
        peer.get()
    return wait_state(gate, bad.address, "ejected", 2)


def test_resets_eject_and_time_brings_back(headgate, origin, client):
    failing = Failing()
    bad, good = origin(failing), origin(answering(body=b"good"))
    gate = headgate(proxy_yaml(bad, good, pool=OUTLIER))
    row = eject(gate, client, bad)
    assert row["ejections"] == 1 and row["why"]
    peer = client(gate.port())
    assert {peer.get().body for _ in range(6)} == {b"good"}
    assert metrics.total(gate.metrics(), "headgate_backend_ejections_total", backend=bad.address) == 1
    failing.fails = False
    wait_state(gate, bad.address, "up", 3)
    assert {peer.get().body for _ in range(6)} == {b"good", b"failing"}


def test_statuses_count_as_failures(headgate, origin, client):
    failing = Failing()
    failing.how = 503
    bad, good = origin(failing), origin(answering(body=b"good"))
    gate = headgate(proxy_yaml(bad, good, pool=OUTLIER))
    eject(gate, client, bad)


def test_ordinary_errors_do_not(headgate, origin, client):
    failing = Failing()
    failing.how = 500
    bad, good = origin(failing), origin(answering(body=b"good"))
    gate = headgate(proxy_yaml(bad, good, pool=OUTLIER))
    peer = client(gate.port())
    for _ in range(20):
        peer.get()
    time.sleep(0.2)
    assert set(states_of(gate).values()) == {"up"}


def test_too_few_errors_do_not(headgate, origin, client):
    failing = Failing()
    bad, good = origin(failing), origin(answering(body=b"good"))
    gate = headgate(proxy_yaml(bad, good, pool=OUTLIER))
    peer = client(gate.port())
    for _ in range(4):
        peer.get()
    failing.fails = False
    time.sleep(0.2)
    assert set(states_of(gate).values()) == {"up"}


def test_each_ejection_lasts_longer(headgate, origin, client):
    failing = Failing()
    bad, good = origin(failing), origin(answering(body=b"good"))
    gate = headgate(proxy_yaml(bad, good, pool=OUTLIER))
    lasted = []
    for _ in range(2):
        started = time.monotonic()
        eject(gate, client, bad)
        wait_state(gate, bad.address, "up", 5)
        lasted.append(time.monotonic() - started)
    assert 0.5 < lasted[0] < 2 and lasted[1] > 1.1, lasted
    assert backends_of(gate)[bad.address]["ejections"] == 2


def test_never_more_than_the_cap(headgate, origin, client):
    apps = [origin(Failing(b"%d" % number)) for number in range(4)]
    gate = headgate(proxy_yaml(*apps, pool=OUTLIER.replace("600ms", "30s")))
    peer = client(gate.port())
    for _ in range(60):
        peer.get()
    wait_until(lambda: list(states_of(gate).values()).count("ejected") == 2)
    for _ in range(20):
        peer.get()
    assert sorted(states_of(gate).values()) == ["ejected", "ejected", "up", "up"]


def test_a_client_that_goes_away_is_no_failure(headgate, origin, client):
    def slow(connection, request):
        time.sleep(0.2)
        respond(connection)

    app = origin(serving(slow))
    gate = headgate(proxy_yaml(app, pool=OUTLIER))
    for _ in range(8):
        peer = client(gate.port())
        peer.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(0.02)
        peer.close()
    wait_until(lambda: backends_of(gate)[app.address]["requests_in_flight"] == 0)
    assert states_of(gate)[app.address] == "up"
    assert backends_of(gate)[app.address]["failures"] == 0
