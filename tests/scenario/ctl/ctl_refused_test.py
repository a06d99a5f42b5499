"""headgate ctl where there is nobody, or somebody else; and what cannot be meant."""
import os
import re
import shutil
import socket

import pytest

from headgate_test import Send, daemon, play
from headgate_test.steps import Close, Expect
from scenario_parts.ctl import ctl

WORDS = ("status", "pools", "backends", "drain", "enable", "disable", "weight", "reload", "config", "connections", "events",
         "log-level", "upgrade", "stop", "top", "explain")
REQUEST = Expect(re.compile(rb"\r\n\r\n"))


def test_no_socket(tmp_path):
    done = ctl("status", "--socket", tmp_path / "none.sock")
    assert done.returncode == 1 and done.stdout == ""
    assert f"there is no socket {tmp_path}/none.sock; is headgate running" in done.stderr


def test_a_socket_that_was_left(tmp_path):
    path = tmp_path / "left.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(os.path.relpath(path, os.getcwd()) if len(str(path)) > 100 else str(path))
    done = ctl("status", "--socket", path)
    assert done.returncode == 1 and f"nobody answers on {path}" in done.stderr


def test_a_stopped_daemon(two):
    two.daemon.stop()
    done = two.ctl("status")
    assert done.returncode == 1 and two.socket in done.stderr


def test_another_user(two):
    """Whoever is neither the owner nor of the group; who is not root cannot become one, and takes its own right away."""
    if os.geteuid() != 0:
        os.chmod(two.socket, 0)
        done = two.ctl("status")
        assert done.returncode == 1 and f"{two.socket}: permission denied; it is open to user" in done.stderr
        return
    os.chmod(two.folder, 0o755)
    # A copy where everybody may run it: the tree may be in a folder that nobody else enters.
    copy = shutil.copy(daemon.binary(), two.folder)
    nobody = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]

    def status():
        return ctl("status", socket=two.socket, before=nobody, program=copy)

    done = status()
    assert done.returncode == 1 and done.stdout == ""
    assert (f"{two.socket}: permission denied; it is open to user root and group root: use sudo, or become a member "
            "(adduser nobody root)") in done.stderr
    locked = os.path.join(two.folder, "locked")
    os.mkdir(locked, 0o700)
    done = ctl("status", "--socket", os.path.join(locked, "admin.sock"), before=nobody, program=copy)
    assert done.returncode == 1 and f"{locked} is open to user root" in done.stderr


@pytest.mark.parametrize("answer, sentence", [
    (b"SSH-2.0-OpenSSH_9.2\r\n", "what answers is no HTTP"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "HTTP 200 OK, but no JSON"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{", "closed"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "malformed"),
    (b"", "closed before the answer was complete"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"[" * 100000, "no JSON"),
])
def test_garbage(origin, answer, sentence):
    peer = origin(play(REQUEST, Send(answer), Close()))
    done = ctl("pools", "--url", f"http://{peer.address}")
    assert done.returncode == 1 and done.stdout == ""
    assert sentence in done.stderr and len(done.stderr.splitlines()) == 1


def test_an_answer_that_does_not_end(origin):
    def handle(connection):
        connection.read_until(b"\r\n\r\n", 10)
        connection.send(b"HTTP/1.1 200 OK\r\n\r\n")
        block = b" " * (1 << 20)
        for _ in range(65):
            connection.send(block)

    def until_gone(connection):
        try:
            handle(connection)
        except OSError:
            pass  # it had enough
        except Exception as failure:
            if "reset" not in type(failure).__name__.lower():
                raise

    peer = origin(until_gone)
    done = ctl("pools", "--url", f"http://{peer.address}")
    assert done.returncode == 1 and "an answer of more than 64MiB" in done.stderr


def test_names_that_a_terminal_would_act_on(origin):
    body = b'{"pools":[{"name":"\\u001b[2J\\u009b31m\\n","balance":"x","backends":[]}]}'
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    peer = origin(play(REQUEST, Send(head + body), Close()))
    done = ctl("pools", "--url", f"http://{peer.address}")
    assert done.returncode == 0
    assert "\\x1b[2J\\x9b31m\\x0a" in done.stdout and "\x1b" not in done.stdout and "\x9b" not in done.stdout


@pytest.mark.parametrize("arguments, sentence", [
    ([], "a word is missing; there are status, pools"),
    (["sttaus"], "no word 'sttaus' (did you mean 'status'?)"),
    (["drain"], "BACKEND is required"),
    (["drain", "a", "b"], "'b' is not known here"),
    (["drain", "a", "--ovr", "3s"], "'--ovr' is not known here (did you mean '--over'?)"),
    (["drain", "a", "--over", "3"], "'3' is no duration"),
    (["drain", "a", "--wait", "soon"], "'soon' is no duration"),
    (["weight", "a", "150"], "'150' is no whole number from 0 to 100"),
    (["weight", "a", "-5"], ""),
    (["weight", "a"], "PERCENT is required"),
    (["log-level", "loud"], "no level 'loud'"),
    (["log-level", "--for", "10m"], "LEVEL"),
    (["connections", "--limit", "0"], "--limit"),
    (["connections", "--limit", "10001"], "--limit"),
    (["status", "--url", "https://127.0.0.1:1"], "plain HTTP"),
    (["status", "--url", "http://127.0.0.1:1", "--socket", "/x"], "not both"),
    (["status", "--token-file", "/x"], "--url"),
    (["status", "--url", "http://127.0.0.1:1", "--token-file", "/none"], "/none"),
    (["top"], "standard output is no terminal"),
    (["top", "--json"], "top --once --json"),
])
def test_wrong_usage_ends_with_2(arguments, sentence):
    done = ctl(*arguments)
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert done.stdout == "" and sentence in done.stderr, done.stderr
    assert len(done.stderr.splitlines()) <= 2


@pytest.mark.parametrize("word", [None, *WORDS])
def test_help_fits_a_terminal_and_describes_every_option(word):
    done = ctl(*([word] if word else []), "--help")
    assert done.returncode == 0 and done.stderr == ""
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 80, max(lines, key=len)
    assert all(line == line.rstrip() for line in lines)
    assert "Usage: headgate ctl" in done.stdout
    for number, line in enumerate(lines):
        if match := re.match(r"  (-\S.*?)(?:  +(\S.*))?$", line):
            assert match[2] or lines[number + 1].startswith("      "), f"no description: {line}"
    for shared in ("--socket PATH", "--url URL", "--token-file FILE", "--json"):
        assert shared in done.stdout


def test_help_names_every_word():
    text = ctl("--help").stdout
    assert all(re.search(rf"^  {word} ", text, re.MULTILINE) for word in WORDS), text
