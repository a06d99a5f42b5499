"""What is compared of caches, and how: hits, misses, a working set larger than the cache, a storm."""
import dataclasses
import re
import subprocess

import cache_peers
import loads
import measure
import peers
import report
from headgate_test import processes
from scenarios import Scenario

RUN_SECONDS_MAX = 600
WARM_UP_SECONDS = 1
SEED = 1
QUICK = 10  # of the scenarios that go by number: --quick asks for so many times less


@dataclasses.dataclass(frozen=True)
class CacheScenario(Scenario):
    cache: cache_peers.Cache = cache_peers.Cache()
    objects: int = 0   # asked for by number, behind `path`
    law: str = ""      # of the numbers: each, even, or the exponent of a Zipf law
    fill: int = 0      # requests before those that are measured: of each object once with `even`, by the law otherwise
    requests: int = 0
    fresh: bool = False  # objects that nobody asked for before
    clients: int = 0     # of a storm


def _hits(name, size, what, **options):
    return CacheScenario(name, what, path=f"/s/{size}/hit", unit="hit", cache=cache_peers.Cache(answer_bytes=size), **options)


SCENARIOS = [
    _hits("cache-1k", 1024, "hits of 1 KiB, 64 kept connections"),
    _hits("cache-100k", 100 << 10, "hits of 100 KiB, 64 kept connections"),
    _hits("cache-tls-1k", 1024, "hits of 1 KiB over TLS, 64 kept connections", tls=True),
    _hits("cache-tls-100k", 100 << 10, "hits of 100 KiB over TLS, 64 kept connections", tls=True),
    _hits("cache-http2-1k", 1024, "hits of 1 KiB, HTTP/2 over TLS, 16 connections of 32 streams", load="h2load", connections=16,
          tls=True, http2=True),
    CacheScenario("cache-entries-1000", "hits spread evenly over 1,000 entries of 1 KiB", path="/z/", unit="hit", objects=1000,
                  law="even", fill=1000, requests=300_000, cache=cache_peers.Cache(memory_mib=64)),
    CacheScenario("cache-entries-1000000", "the same over 1,000,000 entries", path="/z/", unit="hit", objects=1_000_000, law="even",
                  fill=1_000_000, requests=300_000, cache=cache_peers.Cache(memory_mib=4095), small="cache-entries-1000"),
    CacheScenario("cache-zipf", "1,000,000 objects of 1 KiB under a Zipf law of 0.9, the cache a tenth of them", path="/z/",
                  objects=1_000_000, law="0.9", fill=1_500_000, requests=1_000_000, cache=cache_peers.Cache(memory_mib=98)),
    CacheScenario("cache-miss", "objects of 1 KiB that nobody asked for before", path="/z/", objects=1 << 40, law="each",
                  fill=100_000, requests=100_000, fresh=True, cache=cache_peers.Cache(memory_mib=32)),
    CacheScenario("cache-storm", "1,000 clients ask at once for one object that takes half a second", path="/d/500/storm-",
                  clients=1000),
    CacheScenario("cache-disk", "hits spread evenly over 4,000 entries of 64 KiB on disk, memory for a sixteenth", path="/s/65536/",
                  unit="hit", objects=4000, law="even", fill=4000, requests=50_000,
                  cache=cache_peers.Cache(memory_mib=16, disk_mib=1024)),
]
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


@dataclasses.dataclass
class CacheSample(measure.Sample):
    fetches: float = float("nan")    # that the origin saw meanwhile
    hit_ratio: float = float("nan")


def clients_report(text):
    found = re.search(r"requests (\d+) errors (\d+) seconds ([\d.]+) p99_us (\d+) bytes (\d+)", text)
    assert found, f"not a report of cache_clients:\n{text}"
    requests, errors, seconds, p99, _ = found.groups()
    return loads.Done(int(requests), int(requests) / float(seconds), int(errors), int(p99) / 1e3)


def _clients(before, *words):
    done = subprocess.run([*before, *map(str, (peers.BUILT / "cache_clients", *words))], capture_output=True, text=True, check=True,
                          timeout=RUN_SECONDS_MAX)
    return clients_report(done.stdout)


def draw(port, connections, requests, path, objects, law, seed, before=()):
    return _clients(before, "draw", port, connections, requests, path, objects, law, seed)


def _draw(proxy, scenario, requests, law, seed, before):
    return draw(proxy.port, scenario.connections, requests, scenario.path, scenario.objects, law, seed, before)


def _counted(proxy, origin, load):
    """The sample of what load() does."""
    fetches, cpu = origin.fetches(), processes.cpu_seconds(proxy.pid)
    done = load()
    cpu, fetches = processes.cpu_seconds(proxy.pid) - cpu, origin.fetches() - fetches
    return CacheSample(rate=done.rate, cpu_us=cpu / max(done.count, 1) * 1e6, p99_ms=done.p99_ms, errors=done.errors,
                       pss_mib=processes.pss_bytes(proxy.pid) / peers.MIB, fetches=fetches,
                       hit_ratio=1 - fetches / max(done.count, 1))


def _by_number(proxy, origin, scenario, rounds, before):
    if scenario.clients:
        return [_counted(proxy, origin, lambda: _clients(before, "storm", proxy.port, scenario.clients, f"{scenario.path}{number}"))
                for number in range(rounds)]
    filling = "each" if scenario.law == "even" else scenario.law
    _draw(proxy, scenario, scenario.fill, filling, 0 if filling == "each" else SEED, before)
    samples = []
    for number in range(rounds):
        seed = scenario.fill + number * scenario.requests if scenario.fresh else SEED + 1 + number
        samples.append(_counted(proxy, origin, lambda: _draw(proxy, scenario, scenario.requests, scenario.law, seed, before)))
    return samples


def smaller(scenario):
    """For --quick: fewer objects in a smaller cache, so that ratios stay what they are."""
    if scenario.requests < 100_000:
        return scenario
    cache = dataclasses.replace(scenario.cache, memory_mib=max(8, scenario.cache.memory_mib // QUICK))
    objects = scenario.objects if scenario.objects <= 1000 or scenario.fresh else scenario.objects // QUICK
    fill = scenario.fill if scenario.objects <= 1000 else scenario.fill // QUICK
    what = f"{scenario.what} (here a {QUICK}th)" if objects < scenario.objects else scenario.what
    return dataclasses.replace(scenario, what=what, objects=objects, fill=fill, requests=scenario.requests // QUICK, cache=cache)


def _in_turns(scenario, names, origin, arguments, folder, cpus):
    setup = peers.Setup(origin.backends, tls=scenario.tls, cache=scenario.cache)
    proxies = cache_peers.started(names, folder, setup, cpus[0])
    samples = {}
    try:
        for proxy in proxies:
            measure.under_load(proxy, scenario, WARM_UP_SECONDS, cpus[1])
        for _ in range(arguments.rounds):
            for proxy in proxies:
                load = loads.BY_NAME[scenario.load]
                sample = _counted(proxy, origin, lambda: load(proxy, scenario, arguments.seconds, cpus[1]))
                samples.setdefault(proxy.name, []).append(sample)
    finally:
        cache_peers.stop(proxies)
    return samples


def _one_by_one(scenario, names, origin, arguments, folder, cpus):
    setup = peers.Setup(origin.backends, cache=scenario.cache)
    samples = {}
    for name in names:
        proxies = cache_peers.started([name], folder, setup, cpus[0])
        try:
            for proxy in proxies:
                samples[name] = _by_number(proxy, origin, scenario, arguments.rounds, cpus[1])
        finally:
            cache_peers.stop(proxies)
    return samples


def run(scenario, arguments, folder, cpus):
    """Measures, prints and returns medians by name. `cpus`: what puts a program on the proxies' CPU, and on the other."""
    scenario = smaller(scenario) if arguments.quick else scenario
    names = [name for name in cache_peers.NAMES if name in arguments.proxies]
    folder.mkdir(parents=True)
    origin = cache_peers.Origin(cpus[1])
    try:
        how = _one_by_one if scenario.objects or scenario.clients else _in_turns
        samples = how(scenario, names, origin, arguments, folder, cpus)
    finally:
        origin.stop()
    results = {name: report.median_of(rounds, CacheSample) for name, rounds in samples.items()}
    print(table(scenario, results), flush=True)
    report.write_json(scenario.name, {"scenario": scenario, "rounds": samples, "medians": results})
    return results


def ratio(results, name, other):
    return results[name]["cpu_us"] / results[other]["cpu_us"] if other in results and results[other]["cpu_us"] else float("nan")


def table(scenario, results):
    best = min((one for one in ("nginx", "haproxy", "varnish") if one in results), key=lambda one: results[one]["cpu_us"], default="")
    columns = ["cache", f"{scenario.unit}s/s", f"CPU us/{scenario.unit}", "p99 ms", "PSS MiB", "hit ratio", "fetches", "errors",
               "CPU / canned", "CPU / best peer"]
    rows = [[name, report.text(one["rate"], 0), report.text(one["cpu_us"], 2), report.text(one["p99_ms"], 2),
             report.text(one["pss_mib"], 1), report.text(one["hit_ratio"], 4), report.text(one["fetches"], 0), str(one["errors"]),
             report.text(ratio(results, name, "canned"), 2), report.text(ratio(results, name, best), 2)]
            for name, one in results.items()]
    return f"{scenario.name}: {scenario.what}\n{report.aligned(columns, rows)}"
