"""Listeners come and go by reload, without dropping a client."""
import socket
import time

import pytest

from headgate_test import answering, curl, proxy_yaml
from headgate_test.client import Client
from headgate_test.ports import free_port
from headgate_test.stream import ConnectionReset, StreamEnded
from scenario_parts.watching import named, wait_until

REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def listeners_yaml(*binds, body="ok", workers=1, more=""):
    lines = "".join(f"  l{number}: {{ bind: {bind} }}\n" for number, bind in enumerate(binds))
    return (f"workers: {workers}\nlisteners:\n{lines}routes:\n  - respond: {{ body: '{body}' }}\n"
            f"admin: {{ bind: 127.0.0.1:0 }}\n{more}")


def is_refused(port):
    try:
        socket.create_connection(("127.0.0.1", port), 2).close()
    except ConnectionRefusedError:
        return True
    return False


def test_two_listeners_may_both_ask_for_any_port(headgate, client):
    gate = headgate(listeners_yaml("127.0.0.1:0", "127.0.0.1:0"))
    first, second = gate.port("l0"), gate.port("l1")
    assert first != second
    assert client(first).get().status == client(second).get().status == 200
    assert [row["bind"] for row in gate.status()["listeners"]] == [[f"127.0.0.1:{first}"], [f"127.0.0.1:{second}"]]


def test_a_listener_is_added(headgate, client):
    port = free_port()
    gate = headgate(listeners_yaml("127.0.0.1:0"))
    kept = client(gate.port("l0"))
    kept.get()
    assert gate.reload(listeners_yaml("127.0.0.1:0", f"127.0.0.1:{port}")) == "reloaded"
    assert gate.port("l1") == port
    assert client(port).get().status == 200
    assert kept.get().status == 200


@pytest.mark.parametrize("workers", [1, 3])
def test_a_listener_is_removed(headgate, client, workers):
    port = free_port()
    gate = headgate(listeners_yaml("127.0.0.1:0", f"127.0.0.1:{port}", workers=workers))
    kept = client(port)
    assert kept.get().status == 200
    assert gate.reload(listeners_yaml("127.0.0.1:0", workers=workers)) == "reloaded"
    wait_until(lambda: is_refused(port), 3)
    answer = kept.get()
    assert answer.status == 200 and answer.get("Connection") == "close"
    kept.expect_closed()
    assert [row["name"] for row in gate.status()["listeners"]] == ["l0"]


def test_clients_in_the_queue_of_a_removed_listener_are_served(headgate):
    """100 clients connect while the listener goes: whoever got through the handshake gets an answer, no reset."""
    port = free_port()
    gate = headgate(listeners_yaml("127.0.0.1:0", f"127.0.0.1:{port}", workers=2))
    for _ in range(3):
        peers = []
        after = len(gate.lines)
        gate.write(listeners_yaml("127.0.0.1:0", workers=2))
        for number in range(100):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(("127.0.0.1", port))
            peers.append(sock)
            if number == 50:
                gate.process.send_signal(1)
        gate.wait_log("configuration reloaded", after=after)
        time.sleep(0.4)
        outcomes = [outcome_of(sock) for sock in peers]
        assert "reset" not in outcomes and outcomes[:50] == ["served"] * 50, outcomes
        assert gate.reload(listeners_yaml("127.0.0.1:0", f"127.0.0.1:{port}", workers=2)) == "reloaded"


def outcome_of(sock):
    sock.settimeout(3)
    error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if error:
        return "refused"
    try:
        sock.getpeername()
    except OSError:
        sock.close()
        return "never connected"
    peer = Client(sock)
    try:
        peer.send(REQUEST)
        return "served" if peer.read_response().status == 200 else "failed"
    except (ConnectionReset, BrokenPipeError, ConnectionResetError):
        return "reset"
    except StreamEnded:
        return "closed"
    finally:
        peer.close()


def test_a_listener_comes_back_at_once(headgate, client):
    """Its old socket still takes what was in its queue when the new one is wanted."""
    port = free_port()
    with_it, without = listeners_yaml("127.0.0.1:0", f"127.0.0.1:{port}"), listeners_yaml("127.0.0.1:0")
    gate = headgate(with_it)
    for _ in range(5):
        assert gate.reload(without) == "reloaded"
        assert gate.reload(with_it) == "reloaded"
        assert client(port).get().status == 200


def test_a_unix_listener_comes_and_goes(headgate, client, tmp_path):
    path = tmp_path / "gate.sock"
    with_it, without = listeners_yaml("127.0.0.1:0", f"'unix:{path}'", workers=2), listeners_yaml("127.0.0.1:0", workers=2)
    gate = headgate(without)
    for _ in range(3):
        assert gate.reload(with_it) == "reloaded"
        assert client(str(path)).get().status == 200
        assert gate.reload(without) == "reloaded"
        wait_until(lambda: not path.exists(), 3)


def test_an_address_becomes_narrower_and_wider(headgate, client):
    """0.0.0.0:PORT and 127.0.0.1:PORT exclude each other in the kernel; our own socket must not be in our way."""
    port = free_port("0.0.0.0")
    gate = headgate(listeners_yaml(f"0.0.0.0:{port}"))
    for bind in (f"127.0.0.1:{port}", f"0.0.0.0:{port}", f"[127.0.0.1:{port}, 127.0.0.2:{port}]"):
        assert gate.reload(listeners_yaml(bind)) == "reloaded"
        time.sleep(0.3)
        assert client(port).get().status == 200
    assert client(("127.0.0.2", port)).get().status == 200


def test_a_bind_moves_to_another_listener(headgate, origin, client):
    port = free_port()
    yaml = listeners_yaml(f"127.0.0.1:{port}")
    gate = headgate(yaml)
    kept = client(port)
    assert kept.get().status == 200
    assert gate.reload(yaml.replace("l0:", "renamed:")) == "reloaded"
    assert client(port).get().status == 200
    assert named(gate.status()["listeners"], "renamed")["connections"] == 1
    assert kept.get().status == 200


def test_limits_of_a_listener_change(headgate, client):
    app = "limits: { header: 64KiB }"
    yaml = listeners_yaml("127.0.0.1:0").replace("bind: 127.0.0.1:0 }\nroutes", f"bind: 127.0.0.1:0, {app} }}\nroutes")
    gate = headgate(yaml)
    long = "X-Long: " + "x" * 2000
    assert client(gate.port("l0")).get(fields=[long]).status == 200
    assert gate.reload(yaml.replace("64KiB", "1KiB")) == "reloaded"
    assert client(gate.port("l0")).get(fields=[long]).status == 431


def test_the_admin_address_and_token_change(headgate, tmp_path):
    (tmp_path / "token").touch(0o600)
    (tmp_path / "token").write_text("letmein\n")
    plain = listeners_yaml("127.0.0.1:0")
    gate = headgate(plain)
    old = gate.admin_port
    port = free_port()
    moved = plain.replace("admin: { bind: 127.0.0.1:0 }", f"admin: {{ bind: 127.0.0.1:{port} }}")
    assert gate.reload(moved) == "reloaded"
    assert gate.admin_port == port
    assert gate.status()["configuration"]["accepted"] == 2
    wait_until(lambda: is_refused(old), 3)
    guarded = moved.replace(f":{port} }}", f":{port}, token_file: {tmp_path}/token, read_without_token: never }}")
    assert gate.reload(guarded) == "reloaded"
    url = f"http://127.0.0.1:{port}/status"
    assert curl(url).status == 401
    assert curl(url, "-H", "Authorization: Bearer letmein").status == 200
    (tmp_path / "token").write_text("changed\n")
    assert gate.reload() == "reloaded"
    assert curl(url, "-H", "Authorization: Bearer letmein").status == 401
    assert curl(url, "-H", "Authorization: Bearer changed").status == 200


def test_admin_may_go_and_come(headgate):
    plain = listeners_yaml("127.0.0.1:0")
    gate = headgate(plain)
    old = gate.admin_port
    assert gate.reload(plain.replace("admin: { bind: 127.0.0.1:0 }\n", "")) == "reloaded"
    wait_until(lambda: is_refused(old), 3)
    assert gate.reload(plain) == "reloaded"
    assert gate.status()["configuration"]["accepted"] == 3


def test_proxied_clients_hold_through_all_of_it(headgate, origin, client):
    app = origin(answering())
    gate = headgate(proxy_yaml(app))
    peer = client(gate.port())
    for number in range(6):
        yaml = proxy_yaml(app)
        if number % 2:
            yaml = yaml.replace("pools:", f"  extra:\n    bind: 127.0.0.1:{free_port()}\npools:")
        assert gate.reload(yaml) == "reloaded"
        assert peer.get().status == 200
    assert len(app.connections) == 1
