"""headgate beside nginx, HAProxy, h2o, Varnish, gdnsd and PowerDNS: one worker each on one CPU, load and origin on the other.

    ./dev bench                            every scenario, then instructions: about an hour
    ./dev bench --quick                    the same with one short round: about 10 minutes
    ./dev bench keepalive-120 routes-10    only these
    ./dev bench cache                      those of the cache, instructions-cache and instructions-cache-entries (a hit
                                           among 1,000 and among 1,000,000 entries)
    ./dev bench dns                        the name server, beside gdnsd and PowerDNS with its geoip backend, under dnsperf
    ./dev bench instructions               user-space instructions for one request, under callgrind; also over TLS
                                           (instructions-tls), HTTP/2 (instructions-http2) and to a
                                           pool that keeps its clients (instructions-sticky)

The proxies of a scenario run at once and are measured in turns (A B C D, A B C D, ...), so that what else the machine
does falls on all of them alike; the figures are medians over the rounds. JSON goes to build/bench.
"""
import argparse
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "cache"), str(HERE / "dns"), str(HERE.parent / "support")]

import cache_growth  # noqa: E402
import cache_peers  # noqa: E402
import cache_scenarios  # noqa: E402
import dns_peers  # noqa: E402
import dns_scenarios  # noqa: E402
import instructions  # noqa: E402
import measure  # noqa: E402
import peers  # noqa: E402
import report  # noqa: E402
from scenarios import BY_NAME  # noqa: E402

PROXY_CPU, LOAD_CPU = ["taskset", "-c", "0"], ["taskset", "-c", "1"]
ALL = {**BY_NAME, **cache_scenarios.BY_NAME, **dns_scenarios.BY_NAME}
WARM_UP_SECONDS = 1
PROGRAMS = {"requests.c": (), "relay.c": (), "tls_clients.c": ("-lssl", "-lcrypto"), "websocket_peers.c": ("-lcrypto",),
            "cache/cache_origin.c": (), "cache/cache_clients.c": ("-lm",)}
NAMES = tuple(dict.fromkeys(("headgate", "nginx", "haproxy", "h2o", "relay", *cache_peers.NAMES, *dns_scenarios.NAMES)))
ENTRIES = "instructions-cache-entries"
GROUPS = {"cache": [*cache_scenarios.BY_NAME, "instructions-cache", ENTRIES], "dns": [*dns_scenarios.BY_NAME]}


def compile_programs():
    peers.BUILT.mkdir(parents=True, exist_ok=True)
    for name, libraries in PROGRAMS.items():
        subprocess.run(["clang-19", "-O2", "-Wall", "-Wextra", "-Werror", "-o",
                        peers.BUILT / pathlib.Path(name).stem, HERE / name, *libraries], check=True)


def started(names, folder, setup):
    proxies = []
    try:
        for name in names:
            if not peers.is_there(name):
                print(f"  {name}: not built")
                continue
            proxy = peers.Proxy(name, folder / name, setup, PROXY_CPU)
            if proxy.runs:
                proxies.append(proxy)
    except BaseException:
        for proxy in proxies:
            proxy.stop()
        raise
    return proxies


def run_scenario(scenario, arguments, folder):
    if scenario.load == "websocket":
        origin = peers.EchoOrigin(LOAD_CPU)
    else:
        origin = peers.Origin(folder / "origin", scenario.backends, LOAD_CPU)
    proxies = []
    samples = {}
    try:
        setup = peers.Setup(origin.backends, scenario.routes, tls=scenario.tls, mode=scenario.mode,
                            websocket=scenario.load == "websocket", compress="gzip" if scenario.accept else "")
        wanted = [name for name in arguments.proxies if name in peers.KINDS and not (scenario.idle and name == "relay")]
        if "zstd" in scenario.accept:
            wanted = ["headgate+zstd" if name == "headgate" else name for name in wanted]
        proxies = started(wanted, folder, setup)
        if scenario.idle:
            for proxy in proxies:
                samples[proxy.name] = [measure.idle(proxy, scenario)]
        else:
            for proxy in proxies:
                measure.under_load(proxy, scenario, WARM_UP_SECONDS, LOAD_CPU)
            for _ in range(arguments.rounds):
                for proxy in proxies:
                    sample = measure.under_load(proxy, scenario, arguments.seconds, LOAD_CPU)
                    samples.setdefault(proxy.name, []).append(sample)
    finally:
        for proxy in proxies:
            proxy.stop()
        origin.stop()
    results = {name: report.median_of(rounds) for name, rounds in samples.items()}
    print(report.table(scenario, results), flush=True)
    report.write_json(scenario.name, {"scenario": scenario, "rounds": samples, "medians": results})
    return results


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [*ALL] + [f"instructions{kind}" for kind in instructions.KINDS] + [ENTRIES]
    parser.add_argument("scenarios", nargs="*", metavar="scenario", default=[], help=", ".join([*names, *GROUPS]))
    parser.add_argument("--quick", action="store_true", help="one round of 2 s")
    parser.add_argument("--rounds", type=int, default=5, choices=range(1, 21), metavar="1-20")
    parser.add_argument("--seconds", type=int, default=4, choices=range(1, 31), metavar="1-30", help="for each run of wrk")
    parser.add_argument("--proxies", type=lambda text: text.split(","), default=list(NAMES), help=",".join(NAMES))
    arguments = parser.parse_args()
    kinds = [*peers.KINDS, *cache_peers.KINDS, *dns_peers.KINDS]
    for wanted, known in ((arguments.scenarios, [*names, *GROUPS]), (arguments.proxies, kinds)):
        if unknown := set(wanted) - set(known):
            parser.error(f"no such name: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    arguments.scenarios = [one for name in arguments.scenarios or names for one in GROUPS.get(name, [name])]
    if arguments.quick:
        arguments.rounds, arguments.seconds = 1, 2
    return arguments


def main():
    arguments = parse_arguments()
    if (os.cpu_count() or 1) < 2:
        sys.exit("two CPUs are needed: one for the proxy, one for load and origin")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    compile_programs()
    medians = {}
    with tempfile.TemporaryDirectory(prefix="headgate-bench-") as folder:
        for name in arguments.scenarios:
            if name.startswith("instructions"):
                continue
            scenario = ALL[name]
            own = next((each for each in (cache_scenarios, dns_scenarios) if name in each.BY_NAME), None)
            if own:
                medians[name] = own.run(scenario, arguments, pathlib.Path(folder) / name, (PROXY_CPU, LOAD_CPU))
            else:
                medians[name] = run_scenario(scenario, arguments, pathlib.Path(folder) / name)
            if scenario.small in medians:
                print("\n".join([f"  against {scenario.small}:", *report.growth(medians[scenario.small], medians[name])]))
    for kind, how in instructions.KINDS.items():
        if f"instructions{kind}" in arguments.scenarios:
            print(f"instructions{kind}: 120 B answers {how}, under callgrind")
            wanted = [name for name in instructions.names_of(kind)
                      if name in arguments.proxies or (name == "headgate+log" and not kind) or kind == "-sticky"]
            instructions.measure(wanted, peers.BUILT / "callgrind", kind)
    if ENTRIES in arguments.scenarios:
        print(f"{ENTRIES}: hits spread evenly over few and over many entries, under callgrind")
        cache_growth.measure(peers.BUILT / "callgrind" / "entries")


if __name__ == "__main__":
    main()
