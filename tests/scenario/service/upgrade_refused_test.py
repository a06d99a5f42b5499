"""An upgrade that fails changes nothing, says why, and can be tried again."""
import os
import pathlib
import shutil
import signal
import stat

import pytest

from headgate_test import processes, proxy_yaml
from headgate_test.daemon import START_TIMEOUT, binary
from scenario_parts.backends import Gated
from scenario_parts.watching import wait_until


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A binary that the test may replace, as a package does: by another file under its name."""
    path = tmp_path / "bin" / "headgate"
    path.parent.mkdir()
    os.link(binary(), path) if os.stat(binary()).st_dev == os.stat(tmp_path).st_dev else shutil.copy2(binary(), path)
    monkeypatch.setenv("HEADGATE_BIN", str(path))
    return path


def replace(path, text):
    new = path.with_name("new")
    new.write_text(text)
    new.chmod(new.stat().st_mode | stat.S_IXUSR)
    new.rename(path)


def start(headgate, origin, **options):
    app = Gated()
    app.open()
    return headgate(proxy_yaml(origin(app)) + "drain_timeout: 20s\n", **options)


def assert_fails(gate, client, *reasons):
    """And everything goes on in the same process."""
    after = len(gate.lines)
    gate.process.send_signal(signal.SIGUSR2)
    gate.wait_log("upgrade failed, this process goes on", START_TIMEOUT, after)
    wait_until(lambda: all(reason in "\n".join(gate.lines[after:]) for reason in reasons), what=f"{reasons} in {gate.lines[after:]}")
    peer = client(gate.port())
    assert peer.get().get("Connection") is None
    peer.close()  # or the upgrade that succeeds in the end would wait for it
    assert gate.status()["pid"] == gate.pid
    assert gate.status()["draining"] is False
    wait_until(lambda: len(processes.tree(gate.pid)) == 1, what="nothing is left of the new process")


def test_binaries_that_do_not_start(headgate, origin, client, installed):
    gate = start(headgate, origin)
    good = installed.with_name("good")
    installed.rename(good)
    assert_fails(gate, client, f"start {installed}: No such file or directory")
    replace(installed, "#!/bin/sh\necho first line >&2\necho cannot go on >&2\nexit 3\n")
    assert_fails(gate, client, "the new process ended with status 3 before it was ready; it wrote:", "cannot go on")
    replace(installed, "#!/bin/sh\nkill -SEGV $$\n")
    assert_fails(gate, client, "the new process ended by signal 11 (Segmentation fault) before it was ready")
    replace(installed, "not a program\n")
    assert_fails(gate, client, f"start {installed}: Exec format error")
    good.rename(installed)
    old = gate.upgrade()
    assert old.wait(20) == 0


def test_files_that_are_refused(headgate, origin, client, tmp_path):
    gate = start(headgate, origin)
    good = gate.file.read_text()
    gate.write("listeners: { web: { bnd: 1 } }\n")
    assert_fails(gate, client, "headgate.yaml:1:21: listeners.web.bnd", "did you mean 'bind'")
    gate.write(good.replace("admin:", f"access_log: {{ file: {tmp_path}/no/such/folder }}\nadmin:"))
    assert_fails(gate, client, "no/such: No such file or directory")
    gate.write(good)
    old = gate.upgrade()
    assert old.wait(20) == 0


def test_a_second_one_and_a_reload_meanwhile(headgate, origin, client, installed, tmp_path):
    """The second is refused, and what HUP wanted is done by whichever process then serves."""
    gate = start(headgate, origin)
    good = installed.with_name("good")
    installed.rename(good)
    begun, go_on = tmp_path / "begun", tmp_path / "go-on"
    replace(installed, f"#!/bin/sh\ntouch {begun}\nuntil [ -e {go_on} ]; do sleep 0.02; done\nexit 4\n")
    gate.process.send_signal(signal.SIGUSR2)
    wait_until(begun.exists)
    gate.process.send_signal(signal.SIGUSR2)
    gate.wait_log("upgrade refused: an upgrade is under way")
    gate.process.send_signal(signal.SIGHUP)
    go_on.touch()
    gate.wait_log("the new process ended with status 4", START_TIMEOUT)
    gate.wait_log("configuration reloaded", START_TIMEOUT)
    peer = client(gate.port())
    assert peer.get().status == 200
    peer.close()


def test_a_stop_meanwhile(headgate, origin, installed, tmp_path):
    """The old process stops, and the one that was to be new is no more."""
    gate = start(headgate, origin)
    begun = tmp_path / "begun"
    installed.unlink()
    replace(installed, f"#!/bin/sh\necho $$ >{begun}.new\nmv {begun}.new {begun}\nexec sleep 600\n")
    gate.process.send_signal(signal.SIGUSR2)
    wait_until(begun.exists)
    successor = int(begun.read_text())
    gate.stop()
    wait_until(lambda: not pathlib.Path(f"/proc/{successor}").exists() or processes.parent_of(successor) == os.getpid())
    assert "has taken over" not in gate.log


def test_a_draining_one_is_not_upgraded(headgate, origin, client):
    app = Gated()
    gate = headgate(proxy_yaml(origin(app)) + "drain_timeout: 60s\n")
    busy = client(gate.port())
    busy.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    wait_until(lambda: app.waiting == 1)
    gate.process.terminate()
    gate.wait_log("stopping: ")
    gate.process.send_signal(signal.SIGUSR2)
    gate.wait_log("upgrade refused: headgate is stopping")
    app.open()
    assert busy.read_response().status == 200
    assert gate.process.wait(20) == 0
    gate._stopped = True
