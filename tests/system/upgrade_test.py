"""A package is upgraded while it serves: the daemon hands over, and no client notices."""
import re
import signal
import subprocess

import packages
import pytest
from headgate_test import metrics

LARGE_BYTES = 12 << 20
SECONDS_MAX = 120
PAGE = "http://127.0.0.1/"


class Crowd:
    """Kept connections and one connection a request, from construction until errors() is asked for."""

    def __init__(self, box, wrk):
        self._box = box
        before = box.inside(network_only=True)
        self._wrks = [wrk(PAGE, SECONDS_MAX, connections=8, before=before),
                      wrk(PAGE, SECONDS_MAX, connections=8, before=before, fields=["Connection: close"])]

    def errors(self):
        """Of both, once the daemon that runs now has served some of them too."""
        self._box.wait(lambda: served(self._box) > 200, "requests of the crowd")
        for each in self._wrks:
            assert each.process.poll() is None, "the crowd was gone before the daemon had changed"
            each.process.send_signal(signal.SIGINT)  # wrk then ends and reports
        return [each.report().errors for each in self._wrks]


@pytest.fixture
def crowd(box, wrk):
    return lambda: Crowd(box, wrk)


def served(box):
    """Requests that the daemon, which counts from its own start, was sent."""
    shown = box.try_("curl", "-sS", "--unix-socket", "/run/headgate/admin.sock", "http://localhost/metrics")
    return metrics.total(metrics.parse(shown.stdout), "headgate_listener_requests_total") if shown.stdout else 0


def download(box, path, rate):
    """A client that takes its time, and counts what it got."""
    return subprocess.Popen([*box.inside(), "curl", "-sSf", "--limit-rate", rate, "-o", "/dev/null", "-w", "%{size_download}",
                             f"http://127.0.0.1/{path}"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/")


def installed(box, package):
    return box.run("apt-get", "install", "--yes", "--allow-downgrades", package)


def version(box):
    return box.run("dpkg-query", "--show", "--showformat", "${Version}", "headgate")


def run_by(box):
    """The file that the daemon was started from; " (deleted)" is another than the one installed now."""
    return box.run("readlink", f"/proc/{box.main_pid()}/exe").strip()


@pytest.mark.parametrize("package, ending", [(packages.NEXT, "+1"), (packages.FIRST, "")], ids=["upgrade", "downgrade"])
def test_loses_no_connection(box, crowd, package, ending):
    box.run("truncate", "--size", str(LARGE_BYTES), "/usr/share/headgate/www/large")
    old = box.main_pid()
    slow = download(box, "large", "3M")
    clients = crowd()
    said = installed(box, package)
    new = box.main_pid()
    assert clients.errors() == [0, 0]
    assert re.search(rf"upgraded in place: process {new} took over from {old}\b", said), said
    assert old != new and run_by(box) == "/usr/bin/headgate" and version(box).endswith(ending)
    out, error = slow.communicate(timeout=60)
    assert (slow.returncode, out) == (0, str(LARGE_BYTES)), error
    box.wait(lambda: box.try_("test", "-e", f"/proc/{old}").returncode != 0, "the old one leaves")
    assert box.property("ActiveState") == "active" and box.main_pid() == new
    assert "active (running)" in box.status() and box.property("NRestarts") == "0"


def test_reload_and_stop_reach_the_new_one(box):
    box.run("systemctl", "reload", "headgate")
    box.run("curl", "-sSf", "-o", "/dev/null", PAGE)
    box.run("systemctl", "restart", "headgate")
    box.run("curl", "-sSf", "-o", "/dev/null", PAGE)


def test_one_that_cannot_start_leaves_the_old_alone(box, crowd):
    old = box.main_pid()
    clients = crowd()
    said = installed(box, packages.BROKEN)
    assert clients.errors() == [0, 0]
    assert "the running daemon goes on" in said and box.main_pid() == old
    assert run_by(box).endswith("(deleted)")
    installed(box, packages.FIRST)
    assert box.main_pid() != old and run_by(box) == "/usr/bin/headgate"


def test_another_unit_file_takes_a_restart_and_says_so(box):
    old = box.main_pid()
    said = installed(box, packages.OTHER_UNIT)
    assert "restarting headgate.service: its unit file changed" in said
    assert box.main_pid() != old
    assert "HEADGATE_UNIT=other" in box.run("cat", f"/proc/{box.main_pid()}/environ")
    assert box.try_("test", "-e", "/run/headgate.service.before").returncode != 0


def test_a_daemon_that_was_stopped_and_disabled_stays_so(box):
    box.run("systemctl", "disable", "--now", "headgate")
    installed(box, packages.NEXT)
    assert box.property("ActiveState") == "inactive"
    box.run("systemctl", "enable", "--now", "headgate")


def test_needrestart_hands_over_too(box, crowd):
    old = box.main_pid()
    clients = crowd()
    assert "upgraded in place" in box.run("/etc/needrestart/restart.d/headgate.service")
    assert clients.errors() == [0, 0]
    assert box.main_pid() != old


def test_policy_is_heeded(box):
    old = box.main_pid()
    box.write("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", mode="755")
    said = installed(box, packages.FIRST)
    box.run("rm", "/usr/sbin/policy-rc.d")
    assert "policy-rc.d forbids" in said and box.main_pid() == old
