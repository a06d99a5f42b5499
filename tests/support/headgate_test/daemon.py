"""The real headgate, started on ports of its own choice and watched through its log."""
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time
import urllib.request

from headgate_test import metrics, processes

ROOT = pathlib.Path(__file__).resolve().parents[3]
LISTENING = re.compile(r"listening on (?P<address>\S+) \(listener (?P<listener>[^)]+)\)")
ADMIN = re.compile(r"admin on (?P<address>\S+)")
READY = re.compile(r"(^|[\s\]])ready(:|\s*$)")
RELOADED = re.compile(r"configuration (?P<outcome>reloaded|refused)")
SANITIZER = re.compile(r"ERROR: (Address|Leak)Sanitizer|runtime error:|WARNING: ThreadSanitizer|Assertion .* failed")
# Sanitized builds are several times slower, and this machine may be busy.
START_TIMEOUT = 30
SANITIZER_OPTIONS = {
    "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "TSAN_OPTIONS": "second_deadlock_stack=1:halt_on_error=0:exitcode=66",
    "ASAN_SYMBOLIZER_PATH": "/usr/lib/llvm-19/bin/llvm-symbolizer",
}


def binary():
    return pathlib.Path(os.environ.get("HEADGATE_BIN", ROOT / "build" / "release" / "headgate"))


class Headgate:
    """Started by the constructor, and ready when it returns. `address` of a listener is (host, port) or a unix path."""

    def __init__(self, folder, yaml, environment=None, before=(), wait=True, pass_fds=()):
        self.file = pathlib.Path(folder) / "headgate.yaml"
        self.write(yaml)
        self.lines = []
        self._changed = threading.Condition()
        # `before` is a command that runs headgate with something changed: ["prlimit", "--nofile=64"].
        self.process = processes.start([*before, binary(), "run", self.file], stderr=subprocess.PIPE,
                                       stdout=open(pathlib.Path(folder) / "headgate.stdout", "wb"),
                                       env={**os.environ, **SANITIZER_OPTIONS, **(environment or {})},
                                       pass_fds=pass_fds)
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        self._stopped = False
        self.predecessors = []
        if wait:
            self.wait_log(READY, START_TIMEOUT)

    @property
    def pid(self):
        return self.process.pid

    def write(self, yaml):
        """Replaces the configuration file. A short drain keeps a forgotten connection from holding up the test's end."""
        if not re.search(r"^drain_timeout:", yaml, re.MULTILINE):
            yaml += "\ndrain_timeout: 1s\n"
        self.file.write_text(yaml)

    def _read_log(self):
        for line in self.process.stderr:
            with self._changed:
                self.lines.append(line.decode(errors="replace").rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    @property
    def log(self):
        return "\n".join(list(self.lines))

    def wait_log(self, pattern, timeout=10, after=0):
        """The first match of `pattern` in the lines from number `after` on."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                for line in self.lines[after:]:
                    if match := re.search(pattern, line):
                        return match
                ended = self.process.poll() is not None and not self._reader.is_alive()
                left = deadline - time.monotonic()
                assert not ended and left > 0, (f"headgate {'ended' if ended else 'did not log'} without "
                                                f"{getattr(pattern, 'pattern', pattern)!r}:\n{self.log}")
                self._changed.wait(min(left, 0.5))

    def _addresses(self, pattern, name=None):
        found = [match for line in list(self.lines) if (match := pattern.search(line))]
        texts = [match["address"] for match in found if name is None or match["listener"] == name]
        assert texts, f"no address of {name or 'admin'} in the log:\n{self.log}"
        return [_address_of(text) for text in texts]

    def addresses(self, listener):
        """Where a listener listens, in the order of the log; after a reload the newest are last."""
        return self._addresses(LISTENING, listener)

    def port(self, listener="web"):
        return self.addresses(listener)[-1][1]

    @property
    def admin_port(self):
        return self._addresses(ADMIN)[-1][1]

    def admin(self, path, timeout=10):
        """The body that the admin listener answers a GET with."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}{path}", timeout=timeout) as response:
            return response.read().decode()

    def status(self):
        return json.loads(self.admin("/status"))

    def metrics(self):
        return metrics.parse(self.admin("/metrics"))

    def reload(self, yaml=None, timeout=START_TIMEOUT):
        """SIGHUP, after replacing the file if one is given; returns "reloaded" or "refused"."""
        if yaml is not None:
            self.write(yaml)
        after = len(self.lines)
        self.process.send_signal(signal.SIGHUP)
        return self.wait_log(RELOADED, timeout, after)["outcome"]

    def upgrade(self, timeout=START_TIMEOUT, ask=None):
        """USR2, or ask(); returns the old process, which drains, once the new one serves. This object then is the new
        one."""
        processes.adopt_orphans()
        after = len(self.lines)
        ask() if ask else self.process.send_signal(signal.SIGUSR2)
        pid = int(self.wait_log(r"upgrade: pid (?P<pid>\d+) has taken over", timeout, after)["pid"])
        self.wait_log(READY, timeout, after)
        old = self.process
        self.predecessors.append(old)
        self.process = processes.Adopted(pid)
        return old

    def rss_bytes(self):
        return processes.rss_bytes(self.pid)

    def stop(self, timeout=20):
        """SIGTERM; it must end by itself, with 0, and nothing from a sanitizer."""
        self._stopped = True
        if self.process.poll() is None:
            self.process.terminate()
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"headgate did not stop in {timeout} s:\n{self.log}") from None
        ends = [old.wait(timeout) for old in self.predecessors]
        self._reader.join(5)
        self.check_log()
        assert status == 0, f"headgate ended with {status}:\n{self.log}"
        assert not any(ends), f"predecessors ended with {ends}:\n{self.log}"

    def kill(self):
        self._stopped = True
        for process in (*self.predecessors, self.process):
            process.kill()
            process.wait()
        self._reader.join(5)

    def check_log(self):
        assert not SANITIZER.search(self.log), f"a sanitizer reports:\n{self.log}"

    def close(self):
        """For the end of a test: stops unless the test did, and checks."""
        if not self._stopped:
            died = self.process.poll()
            assert died is None, f"headgate died during the test with {died}:\n{self.log}"
            self.stop()
        self.check_log()


def _address_of(text):
    if text.startswith("unix:"):
        return text.removeprefix("unix:")
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)
