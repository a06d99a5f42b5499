"""headgate beside nginx and HAProxy in a network of its own, by its packets.

    ./dev lab               everything: about 15 minutes
    ./dev lab loss          p50 and p99 while packets between clients and proxy
                            are lost, and what the proxy sent twice
    ./dev lab deaths        from a backend's death to the last request that it
                            was given
    ./dev lab reload        resets and refusals while the configuration is
                            loaded anew, over and over
    ./dev lab --quick       one short round of each: about 4 minutes

Wants root: it makes network namespaces, and touches no other network. The
proxies are measured in turns (A B C, A B C, ...), so that what else the machine
does falls on all alike; figures are medians over the rounds. JSON goes to
build/bench.
"""
import argparse
import contextlib
import dataclasses
import pathlib
import resource
import statistics
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parents[1]
sys.path[:0] = [str(HERE), str(TESTS / "support"), str(TESTS / "bench")]

import deaths  # noqa: E402
import loss  # noqa: E402
import peers  # noqa: E402
import reloads  # noqa: E402
import report  # noqa: E402
from headgate_test.nginx import Nginx  # noqa: E402
from headgate_test.pressure.wrk import Wrk  # noqa: E402
from packet_lab.capture import Capture  # noqa: E402
from packet_lab.lab import GATE, Lab, backend_address, why_not  # noqa: E402

PROXIES = ("headgate", "nginx", "haproxy")
CONNECTIONS = 16
BACKENDS = 3
# Of a site that wants to know soon. Where requests decide, checks are too rare to.
CHECK = peers.Check(deaths.CHECK_PATH, interval_ms=500, timeout_ms=500, fall=3)
RARE_CHECK = peers.Check(deaths.CHECK_PATH, interval_ms=20000, timeout_ms=500, fall=3)
CONNECT_MS, RESPONSE_MS, ERRORS = 500, 1000, 3
DEATH_SECONDS, BEFORE_SECONDS = 6, 1


@contextlib.contextmanager
def stage(arguments, setup_of, proxies):
    """A lab with backends and these proxies, all running: (lab, folder, backends, proxies)."""
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="headgate-lab-")))
        lab = stack.enter_context(Lab(backends=BACKENDS, congestion=arguments.congestion))
        backends = []
        with lab.backends:
            for number in range(BACKENDS):
                backends.append(Nginx(folder / f"backend-{number}", loss.LOCATIONS + deaths.LOCATION, host=backend_address(number)))
                stack.callback(backends[-1].close)
                loss.fill_backend(backends[-1])
        started = []
        with lab.gate:
            for name in proxies:
                proxy = peers.Proxy(name, folder / name, setup_of([backend.address for backend in backends]))
                stack.callback(proxy.stop)
                started.append(proxy)
        yield lab, folder, backends, started


def over_rounds(samples, fields):
    return {field: statistics.median(getattr(sample, field) for sample in samples) for field in fields}


def run_loss(arguments):
    """Three ways to ask, each without and with loss, the proxies in turns."""
    kinds = (("120 B, kept", loss.SMALL, False), ("16 KiB, kept", loss.PAGE, False), ("120 B, fresh", loss.SMALL, True))
    fields = ("requests", "rate", "p50_ms", "p99_ms", "packets", "repeated", "repeated_percent")
    everything = {}
    for title, path, fresh in kinds:
        samples = {}
        with stage(arguments, lambda backends: peers.Setup(backends, host=GATE), arguments.proxies) as (lab, folder, _, proxies):
            for _ in range(arguments.rounds):
                for proxy in proxies:
                    for percent in (0, arguments.percent):
                        sample, _ = loss.measure(lab, folder / "loss.pcap", (GATE, proxy.port), path, percent,
                                                 arguments.seconds, CONNECTIONS, fresh)
                        samples.setdefault((proxy.name, percent), []).append(sample)
        rows = []
        for (name, percent), of_rounds in samples.items():
            one = over_rounds(of_rounds, fields)
            rows.append([f"{name}, {percent:g}% lost", report.text(one["rate"], 0), report.text(one["p50_ms"], 2),
                         report.text(one["p99_ms"], 1), report.text(one["packets"], 0), report.text(one["repeated"], 0),
                         f"{one['repeated_percent']:.2f}%", str(sum(sample.errors for sample in of_rounds))])
            everything[f"{title}: {rows[-1][0]}"] = of_rounds
        columns = ["proxy", "requests/s", "p50 ms", "p99 ms", "packets", "sent twice", "share", "errors"]
        print(f"loss, {title}, {CONNECTIONS} connections:\n{report.aligned(columns, rows)}\n", flush=True)
    report.write_json("lab-loss", {"congestion": arguments.congestion, "rounds": everything})


@dataclasses.dataclass
class Death:
    given: deaths.Given
    failed: int


def one_death(arguments, name, kind, setup_of):
    """Each death has a stage of its own, since a backend dies of it."""
    with stage(arguments, setup_of, [name]) as (lab, folder, backends, proxies):
        url = f"http://{GATE}:{proxies[0].port}/"
        with Capture(lab.gate, "backends", folder / "backends.pcap", deaths.REQUESTS) as capture:
            with lab.client:
                load = Wrk(url, DEATH_SECONDS, CONNECTIONS)
            time.sleep(BEFORE_SECONDS)
            with deaths.Dying(kind, lab, backends[1]) as death:
                failed = load.report().errors
                capture.stop()
        return Death(death.given(capture.traffic()), failed)


def run_deaths(arguments):
    everything = {}
    bounds = {"checks": deaths.bound_by_checks_ms(CHECK), "requests": deaths.bound_by_requests_ms(CONNECT_MS, RESPONSE_MS)}
    for way, check, errors in (("checks", CHECK, 0), ("requests", RARE_CHECK, ERRORS)):
        def setup_of(backends, check=check, errors=errors):
            return peers.Setup(backends, host=GATE, connect_ms=CONNECT_MS, response_ms=RESPONSE_MS, check=check,
                               outlier_errors=errors, failover=True)

        rows = []
        # nginx as Debian ships it checks nothing by itself.
        names = [name for name in arguments.proxies if way == "requests" or name != "nginx"]
        for kind in deaths.KINDS:
            samples = {}
            for _ in range(arguments.rounds):
                for name in names:
                    samples.setdefault(name, []).append(one_death(arguments, name, kind, setup_of))
            for name, of_rounds in samples.items():
                rows.append([f"{kind}: {name}",
                             report.text(statistics.median(death.given.last_ms for death in of_rounds), 0),
                             report.text(max(death.given.last_ms for death in of_rounds), 0),
                             report.text(statistics.median(death.given.after for death in of_rounds), 0),
                             report.text(statistics.median(death.failed for death in of_rounds), 0)])
                everything[f"{way}, {kind}: {name}"] = of_rounds
        columns = ["death: proxy", "last request ms", "longest ms", "requests after", "failed for clients"]
        print(f"deaths, taken out by {way} (headgate's bound {bounds[way]:.0f} ms), {CONNECTIONS} connections, {BACKENDS} "
              f"backends:\n{report.aligned(columns, rows)}\n", flush=True)
    report.write_json("lab-deaths", {"bounds_ms": bounds, "rounds": everything})


def run_reload(arguments):
    """Each alone with its backends, so that every packet there is its own."""
    def setup_of(backends):
        return peers.Setup(backends, host=GATE, reloads=True, check=peers.Check(deaths.CHECK_PATH))

    rows, everything, samples = [], {}, {}
    for _ in range(arguments.rounds):
        for name in arguments.proxies:
            with stage(arguments, setup_of, [name]) as (lab, folder, _, proxies):
                samples.setdefault(name, []).append(reloads.measure(lab, folder, proxies[0], arguments.seconds))
    for name, of_rounds in samples.items():
        total = {field.name: sum(getattr(sample, field.name) for sample in of_rounds)
                 for field in dataclasses.fields(reloads.Sample)}
        rows.append([name, *(report.text(total[key], 0) for key in ("reloads", "connections", "requests", "refused",
                                                                      "reset_clients", "reset_backends", "reset_checks", "failed"))])
        everything[name] = of_rounds
    columns = ["proxy", "reloads", "connections", "requests", "refused", "reset clients", "reset backends", "reset checks", "failed requests"]
    print(f"reload, kept and fresh connections, sums of {arguments.rounds} rounds:\n{report.aligned(columns, rows)}\n",
          flush=True)
    report.write_json("lab-reload", {"rounds": everything})


PARTS = {"loss": run_loss, "deaths": run_deaths, "reload": run_reload}


def parse_arguments():
    parser = argparse.ArgumentParser(prog="./dev lab", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="part", default=[], help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="one round of 2 s")
    parser.add_argument("--rounds", type=int, default=3, choices=range(1, 21), metavar="1-20")
    parser.add_argument("--seconds", type=int, default=5, choices=range(1, 31), metavar="1-30", help="for each run of wrk")
    parser.add_argument("--percent", type=float, default=1, help="of packets lost, in each direction (1)")
    parser.add_argument("--congestion", default="cubic", choices=("cubic", "bbr", "reno"), help="control of all connections (cubic)")
    parser.add_argument("--proxies", type=lambda text: text.split(","), default=list(PROXIES), help=",".join(PROXIES))
    arguments = parser.parse_args()
    for wanted, known in ((arguments.parts, PARTS), (arguments.proxies, PROXIES)):
        if unknown := set(wanted) - set(known):
            parser.error(f"no such name: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    if not 0 < arguments.percent <= 50:
        parser.error("--percent: more than 0 and at most 50")
    arguments.parts = arguments.parts or list(PARTS)
    if arguments.quick:
        arguments.rounds, arguments.seconds = 1, 2
    return arguments


def main():
    arguments = parse_arguments()
    if reason := why_not():
        sys.exit(f"no lab here: {reason}")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    for part in arguments.parts:
        PARTS[part](arguments)


if __name__ == "__main__":
    main()
