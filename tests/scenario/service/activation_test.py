"""Sockets that the service manager passes: taken by address or name, shared by workers, never broken over there."""
import contextlib
import os
import pathlib
import socket

from headgate_test import proxy_yaml
from headgate_test.client import Client
from scenario_parts.fake_systemd import activation, listening
from scenario_parts.watching import wait_until

YAML = """
workers: 2
listeners:
  web: {{ bind: {web} }}
  inner: {{ bind: {inner} }}
routes:
  - {{ match: {{ listener: inner }}, respond: {{ status: 202 }} }}
  - respond: {{}}
admin: {{ bind: 127.0.0.1:0 }}
"""


def status_at(address):
    with contextlib.closing(Client.connect(address)) as peer:
        return peer.get(host="localhost").status


def address_text(made):
    return "%s:%d" % made.getsockname()


def test_by_address_and_by_name(headgate, tmp_path):
    """One has the address of its bind and a name of no meaning; the other the name of its listener."""
    web, inner = listening(), listening(str(tmp_path / "inner.sock"))
    gate = headgate(YAML.format(web=address_text(web), inner=f"unix:{tmp_path}/not-opened.sock"),
                    **activation(("headgate.socket", web), ("inner", inner)))
    gate.wait_log(rf"listening on {address_text(web)} \(listener web\), passed by the service manager$")
    gate.wait_log(r"inner.sock \(listener inner\), passed by the service manager in place of unix:.*not-opened.sock")
    assert not (tmp_path / "not-opened.sock").exists()
    assert status_at(web.getsockname()) == 200
    assert status_at(str(tmp_path / "inner.sock")) == 202
    gate.stop()
    assert (tmp_path / "inner.sock").exists(), "the path is systemd's"


def test_a_stop_and_a_start_lose_nobody(headgate):
    """Who connects while no daemon runs waits in systemd's socket, and the stop does not spoil that socket."""
    web = listening()
    yaml = YAML.format(web=address_text(web), inner="127.0.0.1:0")
    headgate(yaml, **activation(("web", web))).stop()
    waiting = [Client.connect(web.getsockname()) for _ in range(20)]
    gate = headgate(yaml, **activation(("web", web)))
    assert [peer.get().status for peer in waiting] == [200] * 20
    for peer in waiting:
        peer.close()
    gate.stop()


def test_what_matches_nothing_is_said_and_closed(headgate):
    web, stray, datagram = listening(), listening(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    gate = headgate(YAML.format(web=address_text(web), inner="127.0.0.1:0"),
                    **activation(("web", web), ("stray", stray), ("datagram", datagram)))
    gate.wait_log(rf"error the socket stray \({address_text(stray)}\) that the service manager passed is closed")
    gate.wait_log(r"descriptor 5 \(datagram\), passed by the service manager, is not a listening stream socket")
    assert "error the socket web" not in gate.log
    held = held_by(gate)
    assert inode_of(stray) not in held and inode_of(datagram) not in held
    assert held.count(inode_of(web)) == 1 + 2  # for the next reload, and one for each worker
    assert status_at(web.getsockname()) == 200


def inode_of(made):
    return os.fstat(made.fileno()).st_ino


def held_by(gate):
    """The inodes of the daemon's descriptors."""
    held = []
    for path in pathlib.Path(f"/proc/{gate.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            held.append(path.stat().st_ino)
    return held


def test_a_listener_that_a_reload_removes_may_come_back(headgate):
    web = listening()
    yaml = YAML.format(web=address_text(web), inner="127.0.0.1:0")
    gate = headgate(yaml, **activation(("web", web)))
    without = yaml.replace(f"  web: {{ bind: {address_text(web)} }}\n", "")
    assert gate.reload(without) == "reloaded"
    wait_until(lambda: held_by(gate).count(inode_of(web)) == 1, what="the workers' duplicates are closed")
    waiting = Client.connect(web.getsockname())
    waiting.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    waiting.expect_nothing(0.5)
    assert gate.reload(yaml) == "reloaded"
    assert waiting.read_response().status == 200
    waiting.close()
    assert [status_at(web.getsockname()) for _ in range(10)] == [200] * 10


def test_admin_sockets(headgate, tmp_path):
    tcp, path = listening(), listening(str(tmp_path / "admin.sock"))
    yaml = YAML.format(web="127.0.0.1:0", inner="127.0.0.1:0")
    yaml = yaml.replace("admin: { bind: 127.0.0.1:0 }", f"admin: {{ bind: {address_text(tcp)}, socket: {tmp_path}/x }}")
    gate = headgate(yaml, **activation(("whatever", tcp), ("admin", path)))
    assert status_at(tcp.getsockname()) == 200
    assert status_at(str(tmp_path / "admin.sock")) == 200
    assert not (tmp_path / "x").exists()
    assert gate.reload(yaml) == "reloaded"
    assert status_at(str(tmp_path / "admin.sock")) == 200


def test_another_processes_sockets_are_not_taken(headgate, origin):
    """LISTEN_PID says whom they are for."""
    gate = headgate(proxy_yaml("127.0.0.1:1"), environment={"LISTEN_FDS": "1", "LISTEN_PID": "1"})
    assert "service manager" not in gate.log


def test_they_stay_over_an_upgrade(headgate):
    """The new process has them marked as systemd's, too: its end spoils nothing."""
    web = listening()
    yaml = YAML.format(web=address_text(web), inner="127.0.0.1:0") + "drain_timeout: 20s\n"
    gate = headgate(yaml, **activation(("web", web)))
    old = gate.upgrade()
    assert old.wait(20) == 0
    gate.wait_log(rf"listening on {address_text(web)} \(listener web\), passed by the service manager")
    assert status_at(web.getsockname()) == 200
    gate.stop()
    waiting = Client.connect(web.getsockname())
    gate = headgate(yaml, **activation(("web", web)))
    assert waiting.get().status == 200
    waiting.close()
