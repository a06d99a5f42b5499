"""headgate ctl top in a real terminal."""
import os
import re
import signal

import pytest

from headgate_test import daemon
from headgate_test.client import Client
from scenario_parts.ctl import ctl
from scenario_parts.watching import wait_until


def words(gate, *arguments):
    return [daemon.binary(), "ctl", "top", *arguments, "--socket", gate.socket]


@pytest.fixture
def shell(terminal, two, tmp_path):
    """shell() runs top between two looks at the terminal's settings, and leaves its exit status on the screen."""
    def make(**options):
        script = tmp_path / "script"
        command = " ".join(map(str, words(two)))
        script.write_text(f"echo before-top; stty -a > {tmp_path}/before; {command}; echo \"ended with $?\"\n"
                          f"stty -a > {tmp_path}/after; exec sleep 600\n")
        return terminal(["sh", script], environment=daemon.SANITIZER_OPTIONS, **options)

    return make


def assert_restored(shown, tmp_path, status):
    screen = shown.wait(f"ended with {status}")
    assert "before-top" in screen and "POOL" not in screen, "the screen from before is back"
    wait_until(lambda: (tmp_path / "after").exists() and (tmp_path / "after").stat().st_size > 0)
    assert (tmp_path / "after").read_text() == (tmp_path / "before").read_text(), "the terminal is as it was"


def chosen(screen):
    found = re.search(r"^> +(\S+)", screen, re.MULTILINE)
    return found and found[1]


def test_shows_what_is_and_drains_by_key(shell, two, tmp_path):
    shown = shell()
    screen = shown.wait("app/app-2")
    lines = screen.splitlines()
    assert lines[0].startswith("headgate ") and "serving for" in lines[0]
    for what in ("requests", "5xx", "p95", "POOL", "2 of 2", "BACKEND", "q quit"):
        assert what in screen, screen
    assert len(lines) == 24 and all(len(line) <= 80 for line in lines)
    assert chosen(screen) == "app/app-1"
    shown.type("Down")
    shown.wait(lambda now: chosen(now) == "app/app-2")
    shown.type("d")
    shown.wait("Drain app/app-2? y or n")
    shown.type("n")
    shown.wait("q quit")
    assert two.backend("app-2")["state"] == "up"
    shown.type("d")
    shown.wait("Drain app/app-2? y or n")
    shown.type("y")
    shown.wait("app/app-2: draining, no new requests")
    shown.wait("1 of 2")
    assert two.backend("app-2")["state"] == "draining"
    shown.type("e")
    shown.wait("Enable app/app-2? y or n")
    shown.type("y")
    shown.wait("2 of 2")
    shown.type("q")
    assert_restored(shown, tmp_path, 0)


def test_rates_move(terminal, two):
    shown = terminal(words(two), columns=200, rows=50, environment=daemon.SANITIZER_OPTIONS)
    shown.wait("app/app-2")
    peer = Client.connect(two.daemon.port())

    def requests_seen(screen):
        peer.get()
        found = re.search(r"^requests +(\S+)/s .*most (\S+)$", screen, re.MULTILINE)
        return found and float(found[2].rstrip("k")) > 0 and any(bar in screen for bar in "▁▂▃▄▅▆▇█")

    screen = shown.wait(requests_seen)
    peer.close()
    assert len(screen.splitlines()) == 50 and "ADDRESS" in screen


def test_pause_sort_help_and_sizes(terminal, two):
    shown = terminal(words(two), environment=daemon.SANITIZER_OPTIONS)
    shown.wait("s sort: configuration")
    shown.type("s")
    shown.wait("s sort: state")
    shown.type("p")
    shown.wait("paused")
    shown.type("p")
    shown.wait(lambda screen: "paused" not in screen)
    shown.type("h")
    shown.wait("Any key goes back.")
    shown.type("x")
    shown.wait("POOL")
    shown.resize(50, 24)
    shown.wait("50x24 is too small: top needs 60x10")
    shown.resize(60, 10)
    shown.wait("app/app-1")
    shown.resize(120, 40)
    shown.wait(lambda screen: "ADDRESS" in screen and len(screen.splitlines()) == 40)


def test_goes_on_over_a_restart(shell, two, tmp_path):
    shown = shell()
    shown.wait("app/app-2")
    two.daemon.kill()
    screen = shown.wait("reconnecting")
    assert two.socket in screen and "app/app-2" in screen, "the last picture stays"
    two.restart()
    shown.wait(lambda now: "reconnecting" not in now and "app/app-2" in now)
    shown.type("C-c")
    assert_restored(shown, tmp_path, 0)


def test_goes_on_over_an_upgrade(terminal, two):
    shown = terminal(words(two), environment=daemon.SANITIZER_OPTIONS)
    shown.wait("app/app-2")
    two.daemon.upgrade()
    shown.type("d")
    shown.wait("Drain app/app-1? y or n")
    shown.type("y")
    shown.wait("1 of 2")
    wait_until(lambda: two.backend("app-1")["state"] == "draining")


def test_suspended_and_continued_by_a_shell(terminal, two):
    shown = terminal(["bash", "--norc", "--noprofile", "-i"], environment={**daemon.SANITIZER_OPTIONS, "PS1": "prompt> "})
    shown.wait("prompt>")
    shown.type(" ".join(map(str, words(two))), "Enter")
    shown.wait("q quit")
    shown.type("C-z")
    screen = shown.wait("Stopped")
    assert "q quit" not in screen
    shown.type("fg", "Enter")
    shown.wait("app/app-2")
    shown.type("q")
    assert "q quit" not in shown.wait(lambda screen: screen.rstrip().endswith("prompt>"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGABRT])
def test_a_signal_leaves_the_terminal_as_it_was(shell, tmp_path, number):
    shown = shell()
    shown.wait("app/app-2")
    children = open(f"/proc/{shown.pid()}/task/{shown.pid()}/children").read().split()
    os.kill(int(children[0]), number)
    assert_restored(shown, tmp_path, 128 + number)


def test_no_color(terminal, two):
    colored = terminal(words(two), environment=daemon.SANITIZER_OPTIONS)
    colored.wait("app/app-2")
    assert "\x1b[" in colored.colors()
    plain = terminal(words(two), environment={**daemon.SANITIZER_OPTIONS, "NO_COLOR": "1"})
    plain.wait("app/app-2")
    assert "\x1b[" not in plain.colors() and chosen(plain.screen())


def test_a_terminal_without_utf8(terminal, two):
    shown = terminal(words(two), environment={**daemon.SANITIZER_OPTIONS, "LANG": "C", "LC_ALL": "C"})
    screen = shown.wait("app/app-2")
    assert screen.isascii(), screen


def test_one_picture_for_a_pipe(two):
    text = two.says("top", "--once")
    assert "\x1b" not in text and "app/app-1" in text and "q quit" not in text
    assert max(map(len, text.splitlines())) <= 80
    assert set(two.json("top", "--once")) == {"status", "pools", "history", "events"}


def test_nobody_there_is_told_without_a_screen(terminal, tmp_path):
    command = f"{daemon.binary()} ctl top --socket {tmp_path}/none; exec sleep 600"
    shown = terminal(["sh", "-c", command], environment=daemon.SANITIZER_OPTIONS)
    screen = shown.wait("is headgate running")
    assert "there is no socket" in screen and "q quit" not in screen
    assert ctl("top", "--once", "--socket", tmp_path / "none").returncode == 1
