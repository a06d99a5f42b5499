"""What is compared of name servers: geo answers plain, with EDNS, with client subnets, over TCP; names that are not there."""
import dataclasses
import random
import shutil
import statistics
import subprocess

import dns_messages
import dns_peers
import peers
import report
from headgate_test import processes
from headgate_test.pressure import dnsperf

QUESTIONS = 100_000   # that differ, where they do
OUTSTANDING = 100
SOCKETS = 16
WARM_UP_SECONDS = 1
SEED = 11
NAMES = tuple(dns_peers.KINDS)
WWW = f"www.{dns_peers.ZONE}"


@dataclasses.dataclass(frozen=True)
class DnsScenario:
    name: str
    what: str
    edns: bool = False
    subnets: int = 0         # that differ
    tcp: bool = False
    missing: bool = False    # names that are not there
    static: bool = False     # names that are the same for everybody
    names: int = 1000
    networks: int = 1000     # of the database
    busy: bool = False       # on one processor with dnsperf: there is always something to answer
    small: str = ""          # what it is compared to


SCENARIOS = [
    DnsScenario("dns-plain", "a geo name, without EDNS"),
    DnsScenario("dns-edns", "a geo name, with EDNS", edns=True),
    DnsScenario("dns-subnet", "a geo name, one client subnet", subnets=1),
    DnsScenario("dns-subnets", "a geo name, another client subnet in each query", subnets=QUESTIONS),
    DnsScenario("dns-networks-500000", "the same with 500,000 networks in the database", subnets=QUESTIONS, networks=500_000,
                small="dns-subnets"),
    DnsScenario("dns-busy", "a geo name, on one processor with dnsperf", busy=True),
    DnsScenario("dns-busy-edns", "the same with EDNS", edns=True, busy=True),
    DnsScenario("dns-busy-subnets", "the same, another client subnet in each query", subnets=QUESTIONS, busy=True),
    DnsScenario("dns-tcp", "a geo name over TCP, 16 connections", tcp=True),
    DnsScenario("dns-nxdomain", "names that are not there", missing=True),
    DnsScenario("dns-names-1000", "static names, evenly over 1,000", static=True),
    DnsScenario("dns-names-100000", "static names, evenly over 100,000", static=True, names=100_000, small="dns-names-1000"),
]
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
EXPECTED = {True: "NXDOMAIN", False: "NOERROR"}


@dataclasses.dataclass
class DnsSample:
    rate: float = float("nan")      # answers/s
    cpu_us: float = float("nan")    # CPU time of the server for one answer
    pss_mib: float = float("nan")
    errors: int = 0                 # lost, or answered otherwise


def questions(scenario):
    draw = random.Random(SEED)
    if scenario.missing:
        return [dns_messages.query(f"nobody-{draw.randrange(1 << 30)}.{dns_peers.ZONE}", number=i & 0xffff) for i in range(QUESTIONS)]
    if scenario.static:
        return [dns_messages.query(dns_peers.static_name(draw.randrange(scenario.names)), number=i & 0xffff) for i in range(QUESTIONS)]
    if scenario.subnets:
        subnets = [(draw.randrange(1, 224), draw.randrange(256), draw.randrange(256)) for _ in range(scenario.subnets)]
        return [dns_messages.query(WWW, option=dns_messages.client_subnet((*subnet, 0), 24), number=i & 0xffff)
                for i, subnet in enumerate(subnets)]
    return [dns_messages.query(WWW, edns=scenario.edns)]


def measured(server, scenario, file, seconds, before):
    cpu = processes.cpu_seconds(server.pid)
    words = ["dnsperf", "-s", "127.0.0.1", "-p", server.port, "-B", "-d", file, "-l", seconds, "-c", SOCKETS, "-q", OUTSTANDING,
             "-m", "tcp" if scenario.tcp else "udp"]
    done = subprocess.run([*before, *map(str, words)], check=True, capture_output=True, text=True, timeout=seconds + 60)
    told = dnsperf.parse(done.stdout)
    cpu = processes.cpu_seconds(server.pid) - cpu
    return DnsSample(rate=told.rate, cpu_us=cpu / max(told.answers, 1) * 1e6, pss_mib=processes.pss_bytes(server.pid) / peers.MIB,
                     errors=told.errors(EXPECTED[scenario.missing]))


def beside_gdnsd(samples, name):
    """CPU of an answer by gdnsd's, the median of what each round says: rounds differ by more than the two in a round do."""
    if "gdnsd" not in samples:
        return "-"
    return report.text(statistics.median(one.cpu_us / other.cpu_us for one, other in zip(samples[name], samples["gdnsd"])), 2)


def table(scenario, results, samples):
    rows = [[name, report.text(one["rate"], 0), report.text(one["cpu_us"], 2), report.text(one["pss_mib"], 1), str(one["errors"]),
             beside_gdnsd(samples, name)] for name, one in results.items()]
    columns = ["server", "answers/s", "CPU us/answer", "PSS MiB", "errors", "CPU / gdnsd (to 1.00)"]
    return f"{scenario.name}: {scenario.what}\n{report.aligned(columns, rows)}"


def run(scenario, arguments, folder, cpus):
    server_cpu, load_cpu = cpus
    if scenario.busy:
        load_cpu = server_cpu
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "questions"
    file.write_bytes(dns_messages.stream(questions(scenario)))
    sites = dns_peers.Sites()
    setup = dns_peers.Setup(sites.port, dns_peers.database(folder, scenario.networks), scenario.names)
    servers, samples = [], {}
    try:
        for name in (name for name in arguments.proxies if name in dns_peers.KINDS):
            program = dns_peers.HEADGATE if name == "headgate" else {"gdnsd": "gdnsd", "powerdns": "pdns_server"}[name]
            if not shutil.which(program):
                print(f"  {name}: not built" if name == "headgate" else f"  {name}: not installed")
                continue
            servers.append(dns_peers.Server(name, folder / name, setup, server_cpu))
        for server in servers:
            measured(server, scenario, file, WARM_UP_SECONDS, load_cpu)
        for _ in range(arguments.rounds):
            for server in servers:
                samples.setdefault(server.name, []).append(measured(server, scenario, file, arguments.seconds, load_cpu))
    finally:
        for server in servers:
            server.stop()
        sites.close()
    results = {name: report.median_of(rounds, DnsSample) for name, rounds in samples.items()}
    print(table(scenario, results, samples), flush=True)
    report.write_json(scenario.name, {"scenario": scenario, "rounds": samples, "medians": results})
    return results
