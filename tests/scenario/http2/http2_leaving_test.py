"""GOAWAY when the listener drains: nobody's stream is lost, under load and idle."""
import re
import signal
import subprocess
import threading

import pytest

from headgate_test import Headgate, Origin
from http2_peer.frames import (
    END_HEADERS, GOAWAY, NO_ERROR, PING, FrameClient, request_fields)

YAML = """
workers: 1
drain_timeout: 30s
listeners:
{listeners}
pools: {{ app: {{ backends: ["127.0.0.1:{port}"] }} }}
routes:
  - match: {{ path: /fixed }}
    respond: {{ status: 200, body: "fixed" }}
  - pool: app
admin: {{ bind: 127.0.0.1:0 }}
"""
WEB = "  web: { bind: 127.0.0.1:0 }"
OTHER = "  other: { bind: 127.0.0.1:0 }"


@pytest.fixture
def slow_origin():
    """Answers when the test says so."""
    release = threading.Event()

    def handle(connection):
        while True:
            connection.read_request()
            release.wait(30)
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow")

    origin = Origin(handle)
    origin.release = release
    yield origin
    release.set()
    origin.failures.clear()
    origin.close()


def test_a_reload_without_the_listener_and_a_stop(tmp_path, slow_origin):
    gate = Headgate(tmp_path, YAML.format(listeners=f"{WEB}\n{OTHER}", port=slow_origin.port))
    try:
        client, idle = FrameClient(gate.port()), FrameClient(gate.port())
        client.request(1, path="/slow")
        idle.request(1, path="/fixed")
        assert idle.answer(1).status == 200
        slow_origin.wait_requests(1)
        assert gate.reload(YAML.format(listeners=OTHER, port=slow_origin.port)) == "reloaded"

        # First: no more streams, please; those that have been opened meanwhile are served.
        client.acknowledges = False
        client.read_until(lambda me: me.goaway)
        assert (client.goaway.error, client.goaway.payload[:4]) == (NO_ERROR, b"\x7f\xff\xff\xff")
        client.request(3, path="/fixed")
        assert client.answer(3).body == b"fixed"
        # Then, after the round trip: which was the last.
        ping = next(f for f in client.frames if f.kind == PING and not f.flags & 1)
        client.frame(PING, 1, 0, ping.payload)
        client.read_until(lambda me: sum(f.kind == GOAWAY for f in me.frames) == 2)
        assert (client.goaway.error, client.goaway.payload[:4]) == (NO_ERROR, b"\0\0\0\3")
        slow_origin.release.set()
        assert client.answer(1).body == b"slow"
        client.read_until(lambda me: me.closed)
        # Without a stream nothing holds the connection.
        idle.read_until(lambda me: me.closed)
        assert idle.goaway.error == NO_ERROR
        assert all(f.error == NO_ERROR for f in idle.frames if f.kind == GOAWAY)

        last = FrameClient(gate.port("other"))
        last.request(1, path="/fixed")
        assert last.answer(1).status == 200
        gate.process.send_signal(signal.SIGTERM)
        last.read_until(lambda me: me.closed)
        assert last.goaway.error == NO_ERROR
    finally:
        gate.close()


def test_no_stream_is_lost_under_load(tmp_path):
    """h2load while the listener is reloaded away: what was sent before the last GOAWAY is answered, every one of it."""
    gate = Headgate(tmp_path, YAML.format(listeners=f"{WEB}\n{OTHER}", port=1))
    try:
        load = subprocess.Popen(["h2load", "-c", "8", "-m", "16", "-D", "3", f"http://127.0.0.1:{gate.port()}/fixed"],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        gate_lines = len(gate.lines)
        wait_requests(gate, 200)
        assert gate.reload(YAML.format(listeners=OTHER, port=1)) == "reloaded"
        text = load.communicate(timeout=60)[0]
        served = int(re.search(r"status codes: (\d+) 2xx", text)[1])
        assert re.search(r"status codes: \d+ 2xx, 0 3xx, 0 4xx, 0 5xx", text), text
        # What h2load calls errored are requests above the last number, which were never looked at: none was cut.
        assert served >= 200
        assert "errored" in text and gate_lines
        counted = sum(value for (name, labels), value in gate.metrics().items()
                      if name == "headgate_route_responses_total" and ("class", "2xx") in labels)
        assert counted == served, text
    finally:
        gate.close()


def wait_requests(gate, count):
    while True:
        served = sum(value for (name, _), value in gate.metrics().items() if name == "headgate_route_requests_total")
        if served >= count:
            return
