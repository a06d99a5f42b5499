"""headgate's own log: its level, its file, and that both change while it runs."""
import os
import signal

from headgate_test.daemon import START_TIMEOUT, Headgate
from scenario_parts.watching import wait_until

YAML = ("workers: 1\nlisteners: {{ web: {{ bind: 127.0.0.1:0 }} }}\nroutes: [{{ respond: {{}} }}]\n"
        "log: {{ level: {level}, file: {file} }}\n")


def reloads(gate, yaml, path, count):
    """SIGHUP; waits for the count-th note of it in the file."""
    gate.write(yaml)
    gate.process.send_signal(signal.SIGHUP)
    wait_until(lambda: path.exists() and path.read_text().count("configuration reloaded") == count)


def test_a_file_and_its_reopening(tmp_path):
    path = tmp_path / "headgate.log"
    gate = Headgate(tmp_path, YAML.format(level="info", file=path), wait=False)
    try:
        wait_until(lambda: path.exists() and "ready: 1 worker" in path.read_text(), START_TIMEOUT)
        path.rename(tmp_path / "old.log")
        gate.process.send_signal(signal.SIGUSR1)
        wait_until(lambda: path.exists() and "logs reopened" in path.read_text())
        assert "ready" in (tmp_path / "old.log").read_text() and "ready" not in path.read_text()
        reloads(gate, YAML.format(level="info", file=tmp_path / "second.log"), tmp_path / "second.log", 1)
        assert "reloaded" not in path.read_text()
        gate.stop()
        assert "stopped" in (tmp_path / "second.log").read_text()
        assert gate.lines == [], "nothing goes to stderr"
    finally:
        if not gate._stopped:
            gate.kill()


def test_levels(headgate):
    """At level error a good reload says nothing, and a refused one does."""
    quiet = YAML.format(level="error", file="stderr")
    gate = headgate(YAML.format(level="info", file="stderr"))
    before = len(gate.lines)
    gate.write(quiet)
    gate.process.send_signal(signal.SIGHUP)
    for _ in range(2):
        after = len(gate.lines)
        assert gate.reload("listeners: 1\n") == "refused"
        gate.write(quiet)
        gate.process.send_signal(signal.SIGHUP)
        gate.wait_log("error configuration refused", after=after)
    assert not any("reloaded" in line or " info " in line for line in gate.lines[before:]), gate.log


def test_an_unwritable_place_is_found_at_the_start(tmp_path):
    gate = Headgate(tmp_path, YAML.format(level="info", file=tmp_path / "none" / "a.log"), wait=False)
    assert gate.process.wait(20) == 2
    gate._stopped = True
    assert not os.path.exists(tmp_path / "none")
