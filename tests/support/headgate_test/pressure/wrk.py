"""wrk, run in the background, and its report read."""
import dataclasses
import re
import subprocess

from headgate_test import processes

UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclasses.dataclass
class Report:
    requests: int
    seconds: float
    p50: float       # seconds
    p99: float
    failed: int      # answers that were neither 2xx nor 3xx
    socket_errors: dict  # connect, read, write, timeout

    @property
    def rate(self):
        return self.requests / self.seconds

    @property
    def errors(self):
        return self.failed + sum(self.socket_errors.values())


def _percentile(text, which):
    match = re.search(rf"^\s+{which}%\s+([\d.]+)(us|ms|s|m|h)\s*$", text, re.MULTILINE)
    assert match, f"no {which}% in the report:\n{text}"
    return float(match[1]) * UNITS[match[2]]


def parse(text):
    count = re.search(r"(\d+) requests in ([\d.]+)(us|ms|s|m)", text)
    assert count, f"not a report of wrk:\n{text}"
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    kinds = ("connect", "read", "write", "timeout")
    return Report(requests=int(count[1]), seconds=float(count[2]) * UNITS[count[3]], p50=_percentile(text, 50),
                  p99=_percentile(text, 99), failed=int(failed[1]) if failed else 0,
                  socket_errors=dict(zip(kinds, map(int, errors.groups()) if errors else (0, 0, 0, 0))))


class Wrk:
    """Runs from construction on; report() waits for its end."""

    def __init__(self, url, seconds, connections=32, fields=(), before=(), timeout=10):
        self.seconds = seconds
        command = [*before, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", f"--timeout={timeout}s", "--latency"]
        for field in fields:
            command += ["-H", field]
        self.process = processes.start([*command, url], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def report(self):
        text, _ = self.process.communicate(timeout=self.seconds + 30)
        return parse(text)

    def close(self):
        processes.stop(self.process)
