"""Where stderr is the journal, lines carry their priority and no time; elsewhere they do not."""
import os
import socket
import threading

from headgate_test.daemon import SANITIZER_OPTIONS, START_TIMEOUT, binary
from headgate_test import processes
from scenario_parts.watching import wait_until

YAML = "workers: 1\nlisteners: { web: { bind: 127.0.0.1:0 } }\nroutes: [{ respond: {} }]\ndrain_timeout: 1s\n"


class Journal:
    """A stream of the journal, as systemd connects stderr to it."""

    def __init__(self):
        self.ours, self.theirs = socket.socketpair()
        self.text = b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        while data := self.ours.recv(65536):
            self.text += data

    @property
    def name(self):
        stat = os.fstat(self.theirs.fileno())
        return f"{stat.st_dev}:{stat.st_ino}"

    def lines(self):
        """All that was written; no more comes."""
        self.theirs.close()
        self._reader.join(START_TIMEOUT)
        self.ours.close()
        return self.text.decode().splitlines()


def run(tmp_path, yaml, stream=None):
    journal = Journal()
    (tmp_path / "headgate.yaml").write_text(yaml)
    process = processes.start([binary(), "run", tmp_path / "headgate.yaml"], stderr=journal.theirs,
                              env={**os.environ, **SANITIZER_OPTIONS, "JOURNAL_STREAM": stream or journal.name})
    return journal, process


def wait_ready(journal):
    wait_until(lambda: b"ready: " in journal.text, START_TIMEOUT)


def test_priorities(tmp_path):
    journal, process = run(tmp_path, YAML)
    wait_ready(journal)
    (tmp_path / "headgate.yaml").write_text("workers: 0\nlisteners: 1\n")
    process.send_signal(1)
    wait_until(lambda: b"listeners" in journal.text)
    assert processes.stop(process) == 0
    lines = journal.lines()
    assert lines[0].startswith("<6>listening on ")
    assert all(line[:3] in ("<3>", "<4>", "<6>") for line in lines), lines
    refused = [line for line in lines if line.startswith("<3>")]
    assert refused[0] == "<3>configuration refused, the running one stays:"
    assert len(refused) >= 3 and all("headgate.yaml:" in line for line in refused[1:] if not line.startswith("<3> "))


def test_a_refused_start(tmp_path):
    journal, process = run(tmp_path, "workers: 0\nlisteners: 1\n")
    assert process.wait(START_TIMEOUT) == 2
    lines = journal.lines()
    assert lines and all(line.startswith("<3>") for line in lines), lines


def test_a_stream_that_was_redirected(tmp_path):
    journal, process = run(tmp_path, YAML, stream="8:12345")
    wait_ready(journal)
    assert processes.stop(process) == 0
    assert all(line.startswith("20") and " info " in line for line in journal.lines())
