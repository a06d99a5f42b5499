"""Backends that are slow, or say how busy they are."""
import base64
import collections
import contextlib
import socket
import struct
import threading
import time

import pytest

from headgate_test import answering, proxy_yaml
from scenario_parts.backends import respond, serving
from scenario_parts.watching import backends_of, wait_state, wait_until

ORCA = {  # each says 0.9, of its processors or as the application sees it
    "text": "Endpoint-Load-Metrics: TEXT cpu_utilization=0.9,mem_utilization=0.1",
    "json": 'Endpoint-Load-Metrics: JSON {"cpu_utilization": 0.2, "application_utilization": 0.9}',
    "bin": "Endpoint-Load-Metrics: BIN " + base64.b64encode(b"\x09" + struct.pack("<d", 0.9)).decode(),
    "bare": "Endpoint-Load-Metrics-Bin: " + base64.b64encode(b"\x49" + struct.pack("<d", 0.9)).decode(),
    "x-load": "X-Load: 90%",
}


def two_named(a, b, pool):
    rows = ", ".join(f'{{ id: {name}, address: "{app.address}" }}' for name, app in (("a", a), ("b", b)))
    return proxy_yaml("x:1", pool=pool).replace('"x:1"', rows)


def shares(peer, count):
    return collections.Counter(peer.get().body.decode() for _ in range(count))


def metric(gate, name, backend):
    lines = gate.admin("/metrics").splitlines()
    found = [line for line in lines if line.startswith(name + "{") and f'backend="{backend}"' in line]
    return float(found[0].rsplit(" ", 1)[1]) if found else None


def test_peak_ewma_leaves_the_slow_alone(headgate, origin, client):
    def slowly(connection, request):
        time.sleep(0.15)
        respond(connection, b"slow")

    gate = headgate(two_named(origin(serving(slowly)), origin(answering(body=b"fast")), "balance: peak_ewma"))
    peer = client(gate.port())
    # Both are tried; after that 150 ms against a few is no choice.
    got = shares(peer, 60)
    assert 1 <= got["slow"] <= 6 and got["fast"] >= 54, got


def test_peak_ewma_takes_failing_quickly_for_no_merit(headgate, origin, client):
    def failing(connection, request):
        respond(connection, b"bad", 503)

    gate = headgate(two_named(origin(serving(failing)), origin(answering(body=b"good")),
                              "balance: peak_ewma\nretry: { attempts: 0 }"))
    got = shares(client(gate.port()), 40)
    assert got["bad"] <= 4, got


@pytest.mark.parametrize("form", ORCA)
def test_weights_follow_the_load_that_answers_tell(headgate, origin, client, form):
    def busy(connection, request):
        respond(connection, b"busy", fields=[ORCA[form]])

    def idle(connection, request):
        respond(connection, b"idle", fields=["X-Load: 0"])

    gate = headgate(two_named(origin(serving(busy)), origin(serving(idle)), "load_feedback: header"))
    peer = client(gate.port())
    answer = peer.get()
    assert not any(name.lower() in ("x-load", "endpoint-load-metrics", "endpoint-load-metrics-bin")
                   for name, _ in answer.fields), answer.fields

    def followed():
        shares(peer, 2)
        return backends_of(gate)["a"]["weight_percent"] == 10

    wait_until(followed)
    got = shares(peer, 44)
    assert got == {"busy": 4, "idle": 40}
    row = backends_of(gate)["a"]
    assert "it reports a load of 90%, which leaves it 10% of its weight" in row["why"], row
    if form == "text":
        assert 0.85 <= metric(gate, "headgate_backend_load", "a") <= 0.95
        assert metric(gate, "headgate_backend_weight_share", "a") == 0.1


def test_without_load_feedback_the_fields_are_the_clients(headgate, origin, client):
    def busy(connection, request):
        respond(connection, b"busy", fields=["X-Load: 90%"])

    gate = headgate(proxy_yaml(origin(serving(busy))))
    assert ("X-Load", "90%") in client(gate.port()).get().fields


class Agent:
    """Says `line` to whoever connects."""

    def __init__(self):
        self.line = b"100%\n"
        self.asked = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self._listening.accept()
                self.asked += 1
                with peer:
                    peer.sendall(self.line)

    def says(self, line):
        self.line = line
        before = self.asked
        wait_until(lambda: self.asked >= before + 2)

    def close(self):
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


def test_an_agent_says_what_a_backend_can_take(headgate, origin, client):
    agent = Agent()
    app = origin(answering(body=b"a"))
    gate = headgate(proxy_yaml(app, pool=f"load_feedback: agent:{agent.port}\nhealth: {{ interval: 100ms }}"))
    name = app.address

    def share():
        return backends_of(gate)[name]["weight_percent"]

    agent.says(b"40%\n")
    wait_until(lambda: share() < 100)  # smoothed: on the way to 40%
    agent.says(b"drain # backup runs\n")
    assert "its agent says drain: backup runs" in wait_state(gate, name, "draining")["why"]
    agent.says(b"up 100%\n")
    assert backends_of(gate)[name]["state"] == "draining", "only ready ends it"
    agent.says(b"ready\n")
    wait_state(gate, name, "up")
    agent.says(b"down disk is full\n")
    assert "its agent says down: disk is full" in wait_state(gate, name, "down")["why"]
    assert client(gate.port()).get().status == 503
    agent.says(b"maint\n")
    wait_state(gate, name, "disabled")
    agent.says(b"ready,up\n")
    wait_state(gate, name, "up")
    assert client(gate.port()).get().body == b"a"
    agent.says(b"who are you\n")
    gate.wait_log("says nothing that counts: no reply of an agent: 'who are you'")
    assert backends_of(gate)[name]["state"] == "up", "what is no reply changes nothing"
    agent.close()
