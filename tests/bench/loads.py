"""What puts load on a proxy. Each runs for so many seconds and says how much was done, in the scenario's unit."""
import dataclasses
import re
import subprocess

from headgate_test.pressure.wrk import Wrk
from peers import BUILT
from scenarios import STREAMS

EXTRA_SECONDS_MAX = 60


@dataclasses.dataclass
class Done:
    count: int
    rate: float
    errors: int
    p99_ms: float = float("nan")


def _output(command, seconds):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=seconds + EXTRA_SECONDS_MAX, check=False)
    assert done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"
    return done.stdout


def _url(proxy, scenario):
    return f"{'https' if scenario.tls else 'http'}://127.0.0.1:{proxy.port}{scenario.path}"


def wrk(proxy, scenario, seconds, before):
    fields = ["Connection: close"] if scenario.close else []
    fields += [f"Accept-Encoding: {scenario.accept}"] if scenario.accept else []
    report = Wrk(_url(proxy, scenario), seconds, scenario.connections, fields, before).report()
    return Done(report.requests, report.rate, report.errors, report.p99 * 1e3)


def h2load(proxy, scenario, seconds, before):
    return h2load_report(_output([*before, "h2load", "-t1", f"-c{scenario.connections}", f"-m{STREAMS[scenario.name]}",
                                  f"-D{seconds}", _url(proxy, scenario)], seconds))


def h2load_report(text):
    """All that succeeded. What was under way when the time was over counts as neither done nor failed."""
    rate = re.search(r"^finished in [\d.]+\w+, ([\d.]+) req/s", text, re.MULTILINE)
    counts = re.search(r"(\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout", text)
    assert rate and counts, f"not a report of h2load:\n{text}"
    succeeded, failed, _, timeouts = map(int, counts.groups())
    return Done(succeeded, float(rate[1]), failed + timeouts)


def handshakes(proxy, scenario, seconds, before):
    kind = "resumed" if scenario.resumed else "full"
    return handshakes_report(_output([*before, BUILT / "tls_clients", "handshakes", proxy.port, scenario.connections, seconds,
                                      kind], seconds), seconds, scenario.resumed)


def handshakes_report(text, seconds, resumed):
    """A handshake that was resumed and should not have been, or the other way round, is an error."""
    counts = re.search(r"handshakes (\d+) resumed (\d+) errors (\d+)", text)
    assert counts, f"not a report of tls_clients:\n{text}"
    count, as_resumed, errors = map(int, counts.groups())
    return Done(count, count / seconds, errors + (count - as_resumed if resumed else as_resumed))


def websocket(proxy, scenario, seconds, before):
    text = _output([*before, BUILT / "websocket_peers", "load", proxy.port, scenario.connections, seconds, scenario.bytes],
                   seconds)
    count, errors = map(int, re.search(r"messages (\d+) errors (\d+)", text).groups())
    return Done(count, count / seconds, errors)


BY_NAME = {"wrk": wrk, "h2load": h2load, "handshakes": handshakes, "websocket": websocket}
