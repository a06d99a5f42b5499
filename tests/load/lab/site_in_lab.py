"""A site in the lab: backends in their namespace, headgate in its own, wrk as its clients, a capture on both sides."""
import contextlib
import signal
import time

from packet_lab.capture import OPENINGS_AND_ENDS, Capture
from packet_lab.lab import GATE, GATE6, backend_address
from scenario_parts.watching import wait_until

WEB, EXTRA, ADMIN = 8080, 8081, 9900
OK = 'location / { return 200 "ok"; }'
SECOND = 10**9
LOAD_SECONDS_MAX = 120  # of a load that is interrupted when its test has seen enough


def gate_yaml(backends, workers=2, listeners=("web",), pool="", route="", admin="", more=""):
    """Listeners on both families, one pool `app`; `pool`, `route` and `admin` are members of flow maps, `more` at the top
    level."""
    ports = {"web": WEB, "extra": EXTRA}
    binds = "".join(f'  {name}: {{ bind: ["{GATE}:{ports[name]}", "[{GATE6}]:{ports[name]}"] }}\n' for name in listeners)
    members = ", ".join(each if each.startswith("{") else f'"{each}"' for each in backends)
    return (f"workers: {workers}\nlisteners:\n{binds}pools:\n  app: {{ backends: [{members}]{pool and ', ' + pool} }}\n"
            f"routes:\n  - {{ pool: app{route and ', ' + route} }}\n"
            f"admin: {{ bind: 127.0.0.1:{ADMIN}{admin and ', ' + admin} }}\n{more}")


class Load:
    """A run of wrk; `certain_until` is a time (ns since 1970) before which it surely had not begun to end."""

    def __init__(self, run, seconds):
        self.certain_until = time.time_ns() + seconds * SECOND
        self.run = run
        self.report = None

    def end(self):
        self.report = self.report or self.run.report()
        return self.report

    def interrupt(self):
        """Ends it now."""
        self.certain_until = min(self.certain_until, time.time_ns())
        self.run.process.send_signal(signal.SIGINT)
        return self.end()


class Site:
    def __init__(self, lab, folder, headgate, nginx, wrk):
        self.lab, self.folder = lab, folder
        self._headgate, self._nginx, self._wrk = headgate, nginx, wrk
        self._captures = contextlib.ExitStack()
        self.gate = None

    def backend(self, number, locations=OK):
        with self.lab.backends:
            return self._nginx(locations, host=backend_address(number))

    def start(self, yaml, **options):
        with self.lab.gate:
            self.gate = self._headgate(yaml, **options)
        return self.gate

    def load(self, seconds=LOAD_SECONDS_MAX, connections=8, fresh=False, ipv6=False, path="/", port=WEB):
        """wrk from the client's namespace; `fresh`: a connection for each request."""
        host = f"[{GATE6}]" if ipv6 else GATE
        fields = ["Connection: close"] if fresh else []
        with self.lab.client:
            return Load(self._wrk(f"http://{host}:{port}{path}", seconds, connections=connections, fields=fields), seconds)

    def figure(self, metric):
        """A metric of headgate's, summed over its labels."""
        with self.lab.gate:
            samples = self.gate.metrics()
        return sum(value for (name, _), value in samples.items() if name == metric)

    def wait_served(self, more=1000):
        """Until so many more requests were served: then the load is there, however slow the machine is."""
        served = "headgate_listener_requests_total"
        before = self.figure(served)
        wait_until(lambda: self.figure(served) - before >= more, 60, f"{more} more requests")

    def capture(self, side, which=OPENINGS_AND_ENDS):
        """Until the end of the test or its stop(); `side`: "clients" or "backends"."""
        return self._captures.enter_context(Capture(self.lab.gate, side, self.folder / f"{side}.pcap", which))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._captures.close()
