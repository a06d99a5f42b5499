"""What only several workers can get wrong; these run with the daemon built for ThreadSanitizer too."""
import pathlib
import signal
import socket
import threading
import time

import pytest

from headgate_test import answering, proxy_yaml
from scenario_parts.backends import respond, serving
from headgate_test.client import Client
from headgate_test.ports import free_port
from scenario_parts.watching import pool_of

pytestmark = pytest.mark.threads

SECONDS = 4


class Traffic:
    """Clients on threads of their own, some of which connect anew for each request."""

    def __init__(self, port, clients=6, allowed=(200,)):
        self.failures = []
        self.answered = 0
        self._port, self._allowed = port, allowed
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number % 2 == 0,)) for number in range(clients)]
        for thread in self._threads:
            thread.start()

    def _run(self, keep):
        peer = None
        try:
            while not self._stop.is_set():
                peer = peer or Client.connect(self._port, timeout=30)
                answer = peer.get(fields=[] if keep else ["Connection: close"])
                if answer.status not in self._allowed:
                    self.failures.append(answer.start)
                self.answered += 1
                if not keep or answer.get("Connection") == "close":
                    peer.close()
                    peer = None
        except (AssertionError, OSError) as failure:
            self.failures.append(repr(failure))

    def end(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(40)
        assert self.failures == []
        assert self.answered > 20
        return self.answered


def for_a_while(step, pause=0.05):
    end = time.monotonic() + SECONDS
    number = 0
    while time.monotonic() < end:
        step(number)
        number += 1
        time.sleep(pause)


def test_reloads_under_traffic(headgate, origin):
    apps = [origin(answering(body=b"x" * 2000)) for _ in range(3)]
    extra = free_port()

    def yaml(number):
        some = [app for place, app in enumerate(apps) if place == 0 or (number >> place) & 1]
        text = proxy_yaml(*some, route=f"name: round-{number % 3}\nrate_limit: {{ by: client, rate: 100000/s }}",
                          pool="balance: " + ("round_robin", "least_requests", "random_two")[number % 3])
        if number % 2:
            text = text.replace("pools:", f"  extra: {{ bind: 127.0.0.1:{extra} }}\npools:")
        return text.replace("workers: 1", "workers: 4")

    gate = headgate(yaml(0))
    traffic = Traffic(gate.port())
    for_a_while(lambda number: gate.reload(yaml(number)))
    traffic.end()
    assert gate.status()["configuration"]["refused"] == 0


def test_health_flaps_under_traffic(headgate, origin):
    well = [True, True]

    def flapping(index):
        def answer(connection, request):
            respond(connection, status=200 if request.target != "/healthz" or well[index] else 500)
        return answer

    apps = [origin(serving(flapping(index))) for index in range(2)]
    health = "health: { http: { path: /healthz }, interval: 20ms, fall: 1, rise: 1, slow_start: 100ms }"
    gate = headgate(proxy_yaml(*apps, pool=health).replace("workers: 1", "workers: 4"))
    traffic = Traffic(gate.port())

    def flap(number):
        well[number % 2] = not well[number % 2] or not well[1 - number % 2]
        gate.metrics()
        gate.status()

    for_a_while(flap)
    traffic.end()


def test_ejections_under_traffic(headgate, origin):
    def sometimes(connection, request):
        if connection.number % 3 == 0:
            connection.reset()
            return False
        return respond(connection)

    apps = [origin(serving(sometimes)), origin(answering())]
    pool = "health: { outlier: { errors: 2, eject: 100ms } }\nretry: { budget: 100%, attempts: 5 }"
    gate = headgate(proxy_yaml(*apps, pool=pool).replace("workers: 1", "workers: 4"))
    traffic = Traffic(gate.port(), allowed=(200, 502))
    for_a_while(lambda number: gate.status())
    traffic.end()


def test_queues_of_many_workers(headgate, origin):
    def slow(connection, request):
        time.sleep(0.002)
        respond(connection)

    app = origin(serving(slow))
    yaml = proxy_yaml(app, pool="queue: { timeout: 30s }").replace(
        f'"{app.address}"', f'{{ address: "{app.address}", max_requests: 2 }}').replace("workers: 1", "workers: 4")
    gate = headgate(yaml)
    traffic = Traffic(gate.port(), clients=12)
    for_a_while(lambda number: pool_of(gate))
    traffic.end()
    row = pool_of(gate)
    assert row["waiting"] == 0 and row["queue_timeouts"] == 0


def test_logs_are_reopened_under_traffic(headgate, origin, tmp_path):
    path = pathlib.Path(tmp_path) / "access.log"
    settings = f"access_log: {{ file: {path}, format: '{{uri}} {{status}}' }}"
    gate = headgate(proxy_yaml(origin(answering()), more=settings).replace("workers: 1", "workers: 4"))
    traffic = Traffic(gate.port())
    pieces = []

    def rotate(number):
        if path.exists():
            pieces.append(path.rename(tmp_path / f"access.log.{number}"))
        gate.process.send_signal(signal.SIGUSR1)

    for_a_while(rotate)
    answered = traffic.end()
    gate.stop()
    lines = [line for piece in {*pieces, path} for line in piece.read_text().splitlines()]
    assert len(lines) == answered and set(lines) == {"/ 200"}


def test_a_stop_under_traffic(headgate, origin):
    """Who had a connection gets an answer, or an end between two answers; nobody is reset in the middle."""
    app = origin(answering())
    gate = headgate(proxy_yaml(app).replace("workers: 1", "workers: 4") + "drain_timeout: 20s\n")
    port = gate.port()
    cut = []

    def run():
        while True:
            try:
                peer = Client.connect(port, timeout=20)
            except ConnectionRefusedError:
                return
            except OSError as failure:
                cut.append(repr(failure))
                return
            try:
                while peer.get().get("Connection") != "close":
                    pass
            except (AssertionError, OSError) as failure:
                cut.append(repr(failure))
                return
            finally:
                peer.close()

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    gate.stop(40)
    for thread in threads:
        thread.join(30)
    assert cut == []
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
