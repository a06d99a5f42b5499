"""USR2: a new process takes the sockets over, the old one drains; nobody outside notices."""
import contextlib
import os
import pathlib
import re
import signal
import socket
import threading

import pytest

from headgate_test import curl, processes, proxy_yaml
from headgate_test.client import Client
from headgate_test.ports import free_port, listening_on
from scenario_parts.backends import Gated
from scenario_parts.watching import backends_of, wait_state, wait_until

REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def served(origin):
    app = Gated()
    app.open()
    return origin(app)


def with_workers(yaml, count):
    return yaml.replace("workers: 1", f"workers: {count}")


@pytest.mark.threads
@pytest.mark.parametrize("fields", [[], ["Connection: close"]], ids=["kept", "fresh"])
def test_under_load_nothing_fails(headgate, nginx, wrk, fields):
    """Twice in a row, while wrk runs."""
    backend = nginx('location / { return 200 "ok"; }')
    gate = headgate(with_workers(proxy_yaml(backend.address), 2) + "drain_timeout: 20s\n")
    load = wrk(f"http://127.0.0.1:{gate.port()}/", 5, connections=16, fields=fields)
    first = gate.pid
    for _ in range(2):
        old = gate.upgrade()
        assert old.wait(30) == 0
    report = load.report()
    assert gate.pid != first
    assert (report.failed, sum(report.socket_errors.values())) == (0, 0), report
    assert report.requests > 200
    gate.stop()


def test_who_is_who(headgate, origin, tmp_path):
    """The new process is a child of init's stand-in, has no descriptor that is not its own, and the old one ends."""
    path = tmp_path / "web.sock"
    yaml = (with_workers(proxy_yaml(served(origin)), 2)
            .replace("bind: 127.0.0.1:0\n", f"bind: [127.0.0.1:0, 'unix:{path}']\n", 1)
            .replace("admin: { bind: 127.0.0.1:0 }", f"admin: {{ bind: 127.0.0.1:0, socket: {tmp_path}/admin.sock }}")
            + f"access_log: {{ file: {tmp_path}/access.log, format: json }}\n")
    gate = headgate(yaml)
    before = kinds(gate.pid)
    port, admin_port = gate.addresses("web")[0][1], gate.admin_port
    old = gate.upgrade()
    assert processes.parent_of(gate.pid) == os.getpid()
    assert old.wait(20) == 0
    assert (gate.addresses("web")[-2][1], gate.admin_port) == (port, admin_port)
    assert gate.status()["pid"] == gate.pid
    # As many of each kind as a process that was started has, and the channel.
    wait_until(lambda: kinds(gate.pid) == sorted(before + ["socket"]), what=f"{kinds(gate.pid)} as {before}")
    for address in (("127.0.0.1", port), str(path)):
        peer = Client.connect(address)
        assert peer.get().status == 200
        peer.close()
    assert path.exists() and (tmp_path / "admin.sock").exists()
    gate.stop()
    assert not path.exists() and not (tmp_path / "admin.sock").exists()


def kinds(pid):
    """What the descriptors of a process are, without the numbers of sockets and pipes."""
    found = []
    for path in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            found.append(re.sub(r":\[\d+\]$", "", os.readlink(path)))
    return sorted(found)


def test_a_long_answer_and_a_tunnel_go_on(headgate, origin, client):
    go_on = threading.Event()

    def peer_of(connection):
        request = connection.read_request()
        if request.get("Upgrade"):
            connection.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n")
            while data := connection.socket.recv(100):
                connection.send(data)
            return
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"a" * 500_000)
        go_on.wait(60)
        connection.send(b"b" * 500_000)

    gate = headgate(proxy_yaml(origin(peer_of)) + "drain_timeout: 60s\n")
    download, tunnel = client(gate.port()), client(gate.port())
    download.send(REQUEST)
    download.read_until(b"\r\n\r\n")
    tunnel.send(b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n")
    tunnel.read_until(b"\r\n\r\n")
    old = gate.upgrade()
    tunnel.send(b"still here")
    assert tunnel.read_exactly(10) == b"still here"
    assert old.poll() is None
    go_on.set()
    assert download.read_exactly(1_000_000) == b"a" * 500_000 + b"b" * 500_000
    tunnel.close()
    download.close()
    assert old.wait(20) == 0


def test_the_queue_of_the_old_one_is_served_by_the_new(headgate, origin, client):
    """At its limit of connections the old process accepts nobody; who waits in the queue is taken by the new one."""
    app = Gated()
    gate = headgate(proxy_yaml(origin(app), listener="limits: { connections: 1 }") + "drain_timeout: 60s\n")
    busy = client(gate.port())
    busy.send(REQUEST)
    wait_until(lambda: app.waiting == 1)
    waiting = client(gate.port())
    waiting.send(REQUEST)
    waiting.expect_nothing(0.3)
    old = gate.upgrade()
    wait_until(lambda: app.waiting == 2, what="the new process has accepted who waited")
    app.open()
    assert waiting.read_response().status == 200 and busy.read_response().status == 200
    waiting.close()
    assert old.wait(20) == 0


@pytest.mark.parametrize("before, after", [(1, 3), (3, 1), (3, 2)])
def test_more_or_fewer_workers(headgate, origin, before, after):
    """Whoever is connected when it happens is answered, whichever queue it is in."""
    yaml = proxy_yaml(served(origin))
    gate = headgate(with_workers(yaml, before) + "drain_timeout: 20s\n")
    port = gate.port()
    gate.write(with_workers(yaml, after) + "drain_timeout: 20s\n")
    peers = [socket.create_connection(("127.0.0.1", port), 20) for _ in range(40)]
    old = gate.upgrade()
    peers += [socket.create_connection(("127.0.0.1", port), 20) for _ in range(40)]
    for peer in peers:
        peer.sendall(REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert peer.recv(1000).startswith(b"HTTP/1.1 200")
        peer.close()
    assert old.wait(20) == 0
    assert len(gate.status()["workers"]) == after
    assert listening_on(port) == max(before, after)


def test_binds_that_go_and_come(headgate, origin, tmp_path):
    """A bind that the new file has no more is the old process's to retire: who waits there is served by it."""
    ports = [free_port() for _ in range(3)]
    path = tmp_path / "gone.sock"
    yaml = proxy_yaml(served(origin)) + "drain_timeout: 20s\n"

    def binding(*binds):
        return with_workers(yaml, 2).replace("bind: 127.0.0.1:0\n", f"bind: [{', '.join(binds)}]\n", 1)

    stays, goes, comes = (f"127.0.0.1:{port}" for port in ports)
    gate = headgate(binding(stays, goes, f"'unix:{path}'"))
    gate.write(binding(stays, comes))
    waiting = [socket.create_connection(("127.0.0.1", ports[1]), 20) for _ in range(20)]
    old = gate.upgrade()
    for peer in waiting:
        peer.sendall(REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert peer.recv(1000).startswith(b"HTTP/1.1 200")
        peer.close()
    assert old.wait(20) == 0
    assert not path.exists()
    assert curl(f"http://{stays}/").status == 200 and curl(f"http://{comes}/").status == 200
    wait_until(lambda: listening_on(ports[1]) == 0)


def test_the_logs_are_written_on_by_both(headgate, origin, client, tmp_path):
    """No line is lost, and USR1 to the new process reaches the old one too."""
    log = tmp_path / "access.log"
    app = Gated()
    gate = headgate(proxy_yaml(origin(app), route="name: all") + "drain_timeout: 60s\n"
                    f"access_log: {{ file: {log}, format: '{{path}}' }}\n")
    slow, other = client(gate.port()), client(gate.port())
    slow.send(REQUEST.replace(b"/ ", b"/old "))
    wait_until(lambda: app.waiting == 1)
    old = gate.upgrade()
    log.rename(tmp_path / "rotated.log")
    after = len(gate.lines)
    gate.process.send_signal(signal.SIGUSR1)
    wait_until(lambda: "\n".join(gate.lines[after:]).count("logs reopened") == 2)
    # The thread that writes the lines follows in its own time.
    wait_until(lambda: not any(processes.has_open(pid, tmp_path / "rotated.log") for pid in (old.pid, gate.pid)))
    app.open()
    assert slow.read_response().status == 200
    slow.close()
    other.close()
    fresh = client(gate.port())
    assert fresh.get("/new").status == 200
    fresh.close()
    assert old.wait(20) == 0
    gate.stop()
    assert sorted(log.read_text().split()) == ["/new", "/old"]
    assert (tmp_path / "rotated.log").read_text() == ""


def test_the_pid_file_names_who_serves(tmp_path, headgate, origin):
    path = tmp_path / "headgate.pid"
    wrapper = tmp_path / "with-pid-file"
    wrapper.write_text(f'#!/bin/sh\nbinary=$1; shift\nexec "$binary" "$@" --pid-file {path}\n')
    wrapper.chmod(0o755)
    gate = headgate(proxy_yaml(served(origin)) + "drain_timeout: 20s\n", before=[wrapper])
    wait_until(lambda: path.exists() and int(path.read_text()) == gate.pid)
    old = gate.upgrade()
    wait_until(lambda: int(path.read_text()) == gate.pid)
    assert old.wait(20) == 0
    assert int(path.read_text()) == gate.pid
    good = gate.file.read_text()
    gate.write("listeners: 1\n")
    gate.process.send_signal(signal.SIGUSR2)
    gate.wait_log("upgrade failed")
    assert int(path.read_text()) == gate.pid
    gate.write(good)
    gate.stop()
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith("headgate.pid")] == []


def test_a_pid_file_that_cannot_be_written(tmp_path, headgate):
    wrapper = tmp_path / "with-pid-file"
    wrapper.write_text('#!/bin/sh\nbinary=$1; shift\nexec "$binary" "$@" --pid-file /no/such/folder/x\n')
    wrapper.chmod(0o755)
    gate = headgate(proxy_yaml("127.0.0.1:1"), before=[wrapper], wait=False)
    assert gate.process.wait(20) == 1
    gate._stopped = True
    gate.wait_log("headgate: --pid-file /no/such/folder/x: No such file or directory")


def test_a_bind_that_a_reload_has_just_removed_comes_back(headgate, origin):
    port = free_port()
    yaml = proxy_yaml(served(origin)) + "drain_timeout: 20s\n"
    both = yaml.replace("bind: 127.0.0.1:0\n", f"bind: [127.0.0.1:0, '127.0.0.1:{port}']\n", 1)
    gate = headgate(both)
    assert gate.reload(yaml) == "reloaded"
    gate.write(both)
    old = gate.upgrade()
    assert old.wait(20) == 0
    assert curl(f"http://127.0.0.1:{port}/").status == 200


def test_what_health_knew_and_operators_wished_stays(headgate, origin, client, tmp_path):
    """A new process would take every backend for up until its first check."""
    kept, drained, dead = served(origin), served(origin), f"127.0.0.1:{free_port()}"
    path = tmp_path / "admin.sock"
    yaml = proxy_yaml(kept, drained, dead, pool="health: { http: { path: / }, interval: 60s, fall: 1, rise: 1 }")
    gate = headgate(yaml.replace("admin: {", f"admin: {{ socket: {path},") + "drain_timeout: 20s\n")
    wait_state(gate, dead, "down")
    operator = client(str(path))
    body = b'{"why": "a new kernel"}'
    operator.send(b"POST /api/v1/pools/app/backends/%s/drain HTTP/1.1\r\nHost: localhost\r\n"
                  b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                  % (drained.address.encode().replace(b":", b"%3A"), len(body), body))
    assert operator.read_response().status == 200
    operator.close()
    wait_until(lambda: backends_of(gate)[kept.address]["checks_ok"] == 1)
    before = backends_of(gate)
    assert before[drained.address]["state"] == "draining"
    for _ in range(2):
        old = gate.upgrade()
        after = backends_of(gate)
        for backend in before:
            assert [after[backend][key] for key in ("state", "since", "why")] == \
                   [before[backend][key] for key in ("state", "since", "why")]
        assert old.wait(20) == 0
    assert "not taken over" not in gate.log
