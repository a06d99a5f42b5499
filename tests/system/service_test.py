"""The daemon as a service: reloads that are waited for, refusals and failures that are told, a watchdog, rotated logs."""
import contextlib
import json
import os
import pathlib
import re

import pytest
from scenario_parts.standing_still import WAIT_ALL, standing_still, threads

PONG = """\
listeners: {{ web: {{ bind: 0.0.0.0:80 }} }}
routes: [{{ respond: {{ body: "{}" }} }}]
access_log: {{ file: /var/log/headgate/access.log }}
admin: {{ socket: /run/headgate/admin.sock }}
"""
SHOP = """\
listeners: { web: { bind: 0.0.0.0:80 }, one: { bind: 127.0.0.1:8081 }, two: { bind: 127.0.0.1:8082 } }
pools: { app: { backends: [127.0.0.1:8081, 127.0.0.1:8082], sticky: { cookie: hg } } }
routes:
  - { match: { listener: one }, respond: { body: one } }
  - { match: { listener: two }, respond: { body: two } }
  - { pool: app }
state_directory: /var/lib/headgate
admin: { socket: /run/headgate/admin.sock }
"""
BAD = "listeners: { web: { bind: 0.0.0.0:80, colour: blue } }\n"
FILE = "/etc/headgate/headgate.yaml"


def worker_of(pid):
    """A thread that serves: not the first, which is the control thread, nor the one that writes the log."""
    def name(thread):
        return pathlib.Path(f"/proc/{pid}/task/{thread}/comm").read_text().strip()

    return next(thread for thread in threads(pid) if thread != pid and name(thread) != "access-log")


def fetched(box):
    return box.run("curl", "-sSf", "http://127.0.0.1/")


def test_reload_waits_for_its_end(box, configured):
    pid = box.main_pid()
    for body in ("one", "two", "three"):
        configured(PONG.format(body))
        assert fetched(box) == body
    assert box.main_pid() == pid


def test_a_refused_reload_is_told_and_changes_nothing(box, configured):
    configured(PONG.format("kept"))
    pid = box.main_pid()
    box.write(FILE, BAD)
    ran = box.try_("systemctl", "reload", "headgate")
    assert ran.returncode != 0
    assert fetched(box) == "kept" and box.main_pid() == pid
    status = box.status()
    assert "active (running)" in status and "a newer one was refused" in status
    assert "colour" in status and "headgate.yaml:1:" in status
    box.write(FILE, PONG.format("mended"))
    box.run("systemctl", "reload", "headgate")
    assert fetched(box) == "mended" and "refused" not in box.property("StatusText")


def test_a_start_that_fails_says_why(box, configured):
    box.write(FILE, BAD)
    assert box.try_("systemctl", "restart", "headgate").returncode != 0
    status = box.status()
    assert "failed" in status and "status=2" in status
    assert "headgate.yaml:1:" in status and "colour" in status
    assert box.property("NRestarts") == "0"  # it would fail again


def test_a_taken_port_is_said(box, configured):
    box.run("systemctl", "stop", "headgate")
    box.run("systemd-run", "--unit=squatter", "systemd-socket-activate", "--accept", "--listen=0.0.0.0:80", "cat")
    box.wait(lambda: box.try_("curl", "-sS", "--max-time", "1", "http://127.0.0.1/").returncode != 7, "the port is taken")
    try:
        assert box.try_("systemctl", "start", "headgate").returncode != 0
        assert re.search(r"0\.0\.0\.0:80.*in use", box.status())
    finally:
        box.run("systemctl", "stop", "squatter")


def test_sessions_outlive_a_restart(box, configured):
    configured(SHOP)
    met = box.run("curl", "-sSf", "-c", "/tmp/jar", "http://127.0.0.1/")
    box.run("systemctl", "restart", "headgate")
    for _ in range(4):
        assert box.run("curl", "-sSf", "-b", "/tmp/jar", "http://127.0.0.1/") == met


def test_the_journal_knows_priorities(box, configured):
    box.write(FILE, BAD)
    box.try_("systemctl", "reload", "headgate")
    entries = [json.loads(line) for line in box.journal("--output=json").splitlines()]
    own = [(entry["PRIORITY"], entry["MESSAGE"]) for entry in entries if entry.get("_COMM") == "headgate"]
    assert any(priority == "3" and "colour" in text for priority, text in own)
    assert any(priority == "6" and "ready:" in text for priority, text in own)
    assert "colour" in box.journal("--priority=err") and "ready:" not in box.journal("--priority=warning")
    assert not any(re.match(r"<\d>|20\d\d-", text) for _, text in own)  # the journal has them already


def test_a_stuck_worker_is_restarted(box, configured):
    configured(PONG.format("here"))
    box.write("/etc/systemd/system/headgate.service.d/watchdog.conf", "[Service]\nWatchdogSec=2\n")
    box.run("systemctl", "daemon-reload")
    box.run("systemctl", "restart", "headgate")
    pid = box.main_pid()
    thread = worker_of(box.outside_pid(pid))

    def is_replaced():
        # A thread that was killed is not gone until who stopped it has looked, and with it its process.
        with contextlib.suppress(ChildProcessError):
            os.waitpid(thread, os.WNOHANG | WAIT_ALL)
        return box.property("NRestarts") == "1" and box.property("ActiveState") == "active"

    with contextlib.suppress(ProcessLookupError), standing_still(thread):
        box.wait(is_replaced, "the restart")
    assert box.main_pid() != pid and fetched(box) == "here"
    assert "watchdog" in box.journal()
    box.run("rm", "/etc/systemd/system/headgate.service.d/watchdog.conf")
    box.run("systemctl", "daemon-reload")


def test_a_crash_is_restarted(box, configured):
    pid = box.main_pid()
    box.run("systemctl", "kill", "--signal=SEGV", "headgate")
    box.wait(lambda: box.main_pid() not in (0, pid) and box.property("ActiveState") == "active", "the restart")
    fetched(box)


def test_the_example_for_a_pair_gives_its_rights(box, configured):
    folder = "/etc/systemd/system/headgate.service.d"
    box.run("install", "-m", "644", "/usr/share/doc/headgate/examples/ha-pair.conf", folder)
    box.run("systemctl", "daemon-reload")
    box.run("systemctl", "restart", "headgate")
    status = box.run("cat", f"/proc/{box.main_pid()}/status")
    rights = 1 << 10 | 1 << 12 | 1 << 13  # CAP_NET_BIND_SERVICE, CAP_NET_ADMIN, CAP_NET_RAW
    assert {int(found, 16) for found in re.findall(r"^Cap(?:Eff|Bnd):\t(\w+)$", status, re.MULTILINE)} == {rights}
    assert "AF_PACKET" in box.property("RestrictAddressFamilies")
    box.run("rm", f"{folder}/ha-pair.conf")
    box.run("systemctl", "daemon-reload")


def test_logs_are_rotated(box, configured):
    configured(PONG.format("logged"))
    log = "/var/log/headgate/access.log"
    box.run("curl", "-sSf", "http://127.0.0.1/before")
    box.wait(lambda: "/before" in box.run("cat", log), "the line")
    box.run("logrotate", "--force", "/etc/logrotate.d/headgate")
    box.wait(lambda: box.try_("test", "-e", log).returncode == 0, "the new file")
    box.run("curl", "-sSf", "http://127.0.0.1/after")
    box.wait(lambda: "/after" in box.run("cat", log), "the line")
    assert "/before" not in box.run("cat", log) and "/before" in box.run("cat", log + ".1")
    assert box.run("stat", "--format", "%A %U %G", log).strip() == "-rw-r----- headgate headgate"


@pytest.mark.parametrize("path", ["/etc/headgate/headgate.yaml", "/usr/share/headgate/www/index.html"])
def test_what_it_reads_may_be_read(box, path):
    box.run("setpriv", "--reuid=headgate", "--regid=headgate", "--clear-groups", "cat", path)
