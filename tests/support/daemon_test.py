"""The harness around headgate, tried on a script that speaks and dies as headgate might."""
import textwrap

import pytest

from headgate_test import metrics
from headgate_test.daemon import Headgate

SCRIPT = """\
#!/usr/bin/python3
import os, signal, sys, time
def say(text): print("2030-01-01T00:00:00.000Z info " + text, file=sys.stderr, flush=True)
text = open(sys.argv[2]).read()
def reload(*_): say("configuration " + ("refused: bad" if "bad" in open(sys.argv[2]).read() else "reloaded"))
signal.signal(signal.SIGHUP, reload)
def end(*_):
    if "leak" in text: print("==1==ERROR: LeakSanitizer: detected memory leaks", file=sys.stderr, flush=True)
    os._exit(3 if "status" in text else 0)
signal.signal(signal.SIGTERM, end)
if "silent" in text: sys.exit(2)
say("listening on 127.0.0.1:4321 (listener web)")
say("listening on [::1]:4322 (listener web)")
say("listening on unix:/run/x.sock (listener local)")
say("admin on 127.0.0.1:9900")
say("ready")
if "crash" in text: sys.exit(1)
while True: time.sleep(0.05)
"""


@pytest.fixture
def pretended(tmp_path, monkeypatch):
    script = tmp_path / "headgate"
    script.write_text(textwrap.dedent(SCRIPT))
    script.chmod(0o755)
    monkeypatch.setenv("HEADGATE_BIN", str(script))
    return lambda yaml="": Headgate(tmp_path, yaml)


def test_learns_addresses_from_the_log(pretended):
    gate = pretended()
    assert gate.addresses("web") == [("127.0.0.1", 4321), ("::1", 4322)]
    assert gate.addresses("local") == ["/run/x.sock"]
    assert gate.admin_port == 9900
    gate.close()


def test_reload_tells_the_outcome(pretended):
    gate = pretended()
    assert gate.reload("good: 1") == "reloaded"
    assert gate.reload("bad: 1") == "refused"
    assert gate.reload("good: 2") == "reloaded"
    assert "drain_timeout" in gate.file.read_text()
    gate.close()


def test_a_start_that_fails_shows_the_log(pretended):
    with pytest.raises(AssertionError, match="ended without"):
        pretended("silent: 1")


@pytest.mark.parametrize("yaml, what", [("leak: 1", "sanitizer"), ("status: 1", "ended with 3")])
def test_a_bad_end_fails_the_test(pretended, yaml, what):
    gate = pretended(yaml)
    with pytest.raises(AssertionError, match=what):
        gate.close()


def test_a_death_during_the_test_fails_it(pretended):
    gate = pretended("crash: 1")
    gate.process.wait(5)
    with pytest.raises(AssertionError, match="died during the test with 1"):
        gate.close()


def test_metrics_are_read():
    samples = metrics.parse('# TYPE a counter\na{x="1",y="q\\"}"} 2\na{x="2"} 3\nb 1.5e3\n')
    assert metrics.total(samples, "a") == 5
    assert metrics.total(samples, "a", x="2") == 3
    assert metrics.total(samples, "b") == 1500
    with pytest.raises(AssertionError):
        metrics.parse("not a sample at all")
