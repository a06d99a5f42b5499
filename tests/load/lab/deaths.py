"""How a backend dies, and which requests it was given after that, as the packets tell."""
import dataclasses
import os
import signal
import time

from headgate_test import processes
from packet_lab.lab import GATE_INSIDE

PATH = b"GET / "        # what clients ask for
CHECK_PATH = "/ok"      # what checks ask for, so that the two can be told apart
LOCATION = '\nlocation / { return 200 "ok"; }'
# What a capture needs for it: one packet a request, since what is written at once ends in PSH.
REQUESTS = f"(src host {GATE_INSIDE} and tcp[13] & 8 != 0)"
JITTER = 1.1            # an interval of headgate's is up to a tenth longer


def _signal_all(backend, number):
    for pid in processes.tree(backend.process.pid):
        os.kill(pid, number)


# How it dies, and how it lives again so that it can be ended in order.
KINDS = {
    "killed": (lambda lab, backend: _signal_all(backend, signal.SIGKILL), lambda lab, backend: None),
    "black-holed": (lambda lab, backend: lab.black_hole(backend.host), lambda lab, backend: lab.fill_hole()),
    "stopped": (lambda lab, backend: _signal_all(backend, signal.SIGSTOP),
                lambda lab, backend: _signal_all(backend, signal.SIGCONT)),
}


def bound_by_checks_ms(check):
    """From a death to the end of the check that takes the backend out: the wait for the first one, those between, its
    timeout. docs/behaviour.md has the same."""
    interval = JITTER * check.interval_ms
    return interval + (check.fall - 1) * max(interval, check.timeout_ms) + check.timeout_ms


def bound_by_requests_ms(connect_ms, response_ms):
    """The same where failed requests take it out, and at least as many of them run at once as are needed."""
    return connect_ms + response_ms


@dataclasses.dataclass
class Given:
    before: int          # requests until its death
    after: int
    last_ms: float       # from the death to the last of them; 0 if there was none
    others_last_ms: float  # to the last request that any other backend was given


class Dying:
    """with Dying(...) as death: at its begin the backend dies; at the end it lives again, unless it was killed."""

    def __init__(self, kind, lab, backend):
        self._die, self._revive = KINDS[kind]
        self._lab, self.backend = lab, backend
        self.at = None

    def __enter__(self):
        self._die(self._lab, self.backend)
        self.at = time.time_ns()
        return self

    def __exit__(self, *_):
        self._revive(self._lab, self.backend)

    def given(self, traffic):
        """`traffic`: of the gate's side towards the backends."""
        of_it, of_others = [], [0]
        for flow in traffic.flows:
            times = of_it if flow.acceptor.address == (self.backend.host, self.backend.port) else of_others
            times += [at for at, payload in flow.requests if payload.startswith(PATH)]
        after = [at for at in of_it if at > self.at]
        return Given(before=len(of_it) - len(after), after=len(after),
                     last_ms=(max(after) - self.at) / 1e6 if after else 0.0, others_last_ms=(max(of_others) - self.at) / 1e6)
