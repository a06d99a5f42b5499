"""TERM: no new connections, what runs may end, and nobody is reset before drain_timeout."""
import signal
import socket
import threading
import time

import pytest

from headgate_test import ConnectionReset, StreamEnded, curl, proxy_yaml
from scenario_parts.backends import Gated
from scenario_parts.watching import wait_until

REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def ends(gate, timeout=10):
    return gate.process.wait(timeout)


def stop_listening(gate):
    """TERM, and waits until nobody is let in any more."""
    port = gate.port()
    gate.process.terminate()

    def is_refused():
        try:
            socket.create_connection(("127.0.0.1", port), 2).close()
        except ConnectionRefusedError:
            return True
        return False

    wait_until(is_refused, 3, "the listener is closed")
    gate._stopped = True


def healthz(gate):
    return curl(f"http://127.0.0.1:{gate.admin_port}/healthz").status


def test_without_connections_it_stops_soon(headgate, origin):
    gate = headgate(proxy_yaml(origin(Gated())) + "drain_timeout: 60s\n")
    started = time.monotonic()
    gate.stop()
    assert time.monotonic() - started < 3
    gate.wait_log("stopped")


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_long_answer_completes(headgate, origin, client, stop):
    go_on = threading.Event()

    def streaming(connection):
        connection.read_request()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"a" * 500_000)
        go_on.wait(30)
        connection.send(b"b" * 500_000)

    gate = headgate(proxy_yaml(origin(streaming)) + "drain_timeout: 60s\n")
    peer = client(gate.port())
    peer.send(REQUEST)
    peer.read_until(b"\r\n\r\n")
    gate.process.send_signal(stop)
    time.sleep(1)
    assert gate.process.poll() is None
    assert healthz(gate) == 503
    assert gate.status()["draining"] is True
    go_on.set()
    assert peer.read_exactly(1_000_000) == b"a" * 500_000 + b"b" * 500_000
    peer.close()
    assert ends(gate) == 0
    gate._stopped = True


def test_an_answer_that_begins_while_draining_says_close(headgate, origin, client):
    app = Gated()
    gate = headgate(proxy_yaml(origin(app)) + "drain_timeout: 60s\n")
    busy = client(gate.port())
    busy.send(REQUEST)
    wait_until(lambda: app.waiting)
    stop_listening(gate)
    app.open()
    answer = busy.read_response()
    assert (answer.status, answer.get("Connection")) == (200, "close")
    busy.expect_closed()
    assert ends(gate) == 0


def test_an_idle_connection_gets_one_more_answer(headgate, origin, client):
    app = Gated()
    app.open()
    gate = headgate(proxy_yaml(origin(app)) + "drain_timeout: 60s\n")
    idle = client(gate.port())
    assert idle.get().get("Connection") is None
    stop_listening(gate)
    idle.expect_nothing(0.3)
    answer = idle.get()
    assert (answer.status, answer.get("Connection")) == (200, "close")
    idle.expect_closed()
    assert ends(gate) == 0


def test_pipelined_requests_end_with_a_close(headgate, origin, client):
    app = Gated()
    gate = headgate(proxy_yaml(origin(app)) + "drain_timeout: 60s\n")
    peer = client(gate.port())
    peer.send(REQUEST)
    wait_until(lambda: app.waiting)
    stop_listening(gate)
    app.open()
    assert peer.read_response().get("Connection") == "close"
    peer.expect_closed()
    assert ends(gate) == 0


def test_the_timeout_cuts(headgate, origin, client):
    app = Gated()
    gate = headgate(proxy_yaml(origin(app)) + "drain_timeout: 700ms\n")
    busy, idle = client(gate.port()), client(gate.port())
    busy.send(REQUEST)
    wait_until(lambda: app.waiting)
    started = time.monotonic()
    gate.process.terminate()
    assert ends(gate) == 0
    assert 0.6 < time.monotonic() - started < 5
    gate._stopped = True
    for peer in (busy, idle):
        with pytest.raises((StreamEnded, ConnectionReset)):
            peer.read_response()
    app.open()


def test_a_second_signal_stops_at_once(headgate, origin, client):
    app = Gated()
    gate = headgate(proxy_yaml(origin(app)) + "drain_timeout: 60s\n")
    busy = client(gate.port())
    busy.send(REQUEST)
    wait_until(lambda: app.waiting)
    gate.process.terminate()
    gate.wait_log("waiting at most 60 s")
    started = time.monotonic()
    gate.process.terminate()
    assert ends(gate) == 0
    assert time.monotonic() - started < 4
    gate._stopped = True
    app.open()


def test_clients_in_the_queue_are_served(headgate, origin):
    """Whoever was through the handshake when TERM came is answered."""
    app = Gated()
    app.open()
    gate = headgate(proxy_yaml(origin(app)).replace("workers: 1", "workers: 2") + "drain_timeout: 60s\n")
    port = gate.port()
    peers = [socket.create_connection(("127.0.0.1", port), 5) for _ in range(60)]
    gate.process.terminate()
    gate._stopped = True
    time.sleep(0.6)
    for peer in peers:
        peer.sendall(REQUEST)
        assert peer.recv(1000).startswith(b"HTTP/1.1 200")
        peer.close()
    assert ends(gate) == 0


def test_a_reload_while_draining_is_ignored(headgate, origin, client):
    app = Gated()
    gate = headgate(proxy_yaml(origin(app)) + "drain_timeout: 60s\n")
    busy = client(gate.port())
    busy.send(REQUEST)
    wait_until(lambda: app.waiting)
    stop_listening(gate)
    gate.process.send_signal(signal.SIGHUP)
    app.open()
    assert busy.read_response().status == 200
    assert ends(gate) == 0
    assert "reloaded" not in gate.log


def test_a_stop_in_the_middle_of_a_reload(headgate, origin, client):
    """The reload waits for a name server that does not answer; TERM comes meanwhile."""
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind(("127.0.0.1", 0))
    app = Gated()
    app.open()
    gate = headgate(proxy_yaml(origin(app)) + "drain_timeout: 60s\n")
    idle = client(gate.port())
    assert idle.get().status == 200
    yaml = (proxy_yaml("placeholder:1").replace('"placeholder:1"', '{ resolve: "app.internal:80" }') +
            f"resolvers: ['127.0.0.1:{silent.getsockname()[1]}']\n")
    gate.write(yaml)
    gate.process.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    stop_listening(gate)
    assert idle.get().get("Connection") == "close"
    idle.close()
    assert ends(gate) == 0
    assert "configuration reloaded" not in gate.log
    silent.close()


def test_tunnels_are_waited_for(headgate, origin, client):
    def upgrading(connection):
        connection.read_request()
        connection.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n")
        while data := connection.socket.recv(100):
            connection.send(data)

    gate = headgate(proxy_yaml(origin(upgrading)) + "drain_timeout: 60s\n")
    peer = client(gate.port())
    peer.send(b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n")
    peer.read_until(b"\r\n\r\n")
    stop_listening(gate)
    peer.send(b"still here")
    assert peer.read_exactly(10) == b"still here"
    peer.close()
    assert ends(gate) == 0
