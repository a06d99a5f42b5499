"""Two data centres, an instance in each: when one's backends die, DNS and HTTP of both move to the other, and come back."""
import os
import signal
import subprocess
import time

import pytest

from deaths import bound_by_checks_ms
from headgate_test import processes
from packet_lab.lab import why_not
from packet_lab.regions import FRONTS, INSIDE, NETWORKS, TwoRegions
from peers import Check
from scenario_parts.watching import wait_until

WEB, NAMES = 8080, 5300
NAME = "www.gslb.example.com"
CHECK = Check(interval_ms=500, timeout_ms=400, fall=2)
SLACK_MS = 2000  # of a machine that does much else
WAIT_SECONDS_MAX = 60
QUERIES_PER_SECOND = 1000


def yaml(region, backends):
    """Of the instance in this region; `backends`: region -> "address:port"."""
    check = (f"http: {{ path: {CHECK.path} }}, interval: {CHECK.interval_ms}ms, timeout: {CHECK.timeout_ms}ms, "
             f"fall: {CHECK.fall}, rise: 1")
    members = "".join(f'      - {{ id: {name}, address: "{address}", region: {name} }}\n' for name, address in backends.items())
    regions = "".join(f"  {name}: {{ addresses: [{FRONTS[name]}], requires: {{ app: 1 }}, rise: 1 }}\n" for name in backends)
    networks = ", ".join(f'"{NETWORKS[name]}": {name}' for name in backends)
    return f"""
listeners:
  web: {{ bind: "{FRONTS[region]}:{WEB}" }}
  names: {{ bind: "{FRONTS[region]}:{NAMES}", protocol: dns, zones: [gslb.example.com] }}
pools:
  app:
    health: {{ {check} }}
    retry: {{ budget: 100% }}
    backends:
{members}
routes: [ {{ pool: app }} ]
geoip: {{ networks: {{ {networks} }} }}
regions:
{regions}
default_region: eu
region: {region}
dns:
  zones:
    gslb.example.com:
      ns: [ns1.gslb.example.com]
      ttl: 30s
      names: {{ www: {{ pool: app }} }}
"""


class World:
    """Both instances, their backends, and a client that asks as people do."""

    def __init__(self, lab, headgate, nginx):
        self.lab, self._nginx = lab, nginx
        self.backends = {name: self.backend(name) for name in FRONTS}
        self.gates = {}
        for name, site in lab.sites.items():
            with site:
                self.gates[name] = headgate(yaml(name, {each: backend.address for each, backend in self.backends.items()}))

    def backend(self, name, port=None):
        with self.lab.sites[name]:
            return self._nginx(f'location / {{ return 200 "{name}"; }}', host=INSIDE[name], port=port)

    def dig(self, server, network):
        """What the instance in `server` answers for clients of the network of `network`, by the region it is of."""
        with self.lab.client:
            done = subprocess.run(["dig", f"@{FRONTS[server]}", "-p", str(NAMES), NAME, "A", "+short", "+tries=1", "+timeout=2",
                                   f"+subnet={NETWORKS[network]}"], capture_output=True, text=True, timeout=30, check=False)
        return [name for name, address in FRONTS.items() if address in done.stdout.split()]

    def curl(self, server):
        """Which region's backend answers a client who comes to `server`."""
        with self.lab.client:
            done = subprocess.run(["curl", "-sS", "--max-time", "5", f"http://{FRONTS[server]}:{WEB}/"], capture_output=True,
                                  text=True, timeout=30, check=False)
        return done.stdout

    def agrees_on(self, home, serving):
        """Whether every instance sends clients of `home` to `serving`, by name and by request."""
        return all(self.dig(server, home) == [serving] for server in FRONTS) and self.curl(home) == serving


@pytest.fixture
def two_regions():
    if reason := why_not():
        pytest.skip(f"no data centres are made here: {reason}")
    with TwoRegions() as made:
        yield made


@pytest.fixture
def world(two_regions, headgate, nginx):
    return World(two_regions, headgate, nginx)


def test_a_region_dies_under_load_and_comes_back(world, wrk, dnsperf):
    for home in FRONTS:
        wait_until(lambda home=home: world.agrees_on(home, home), WAIT_SECONDS_MAX, f"clients of {home} are served there")
    with world.lab.client:
        load = wrk(f"http://{FRONTS['eu']}:{WEB}/", 60, connections=8)
        names = dnsperf(FRONTS["eu"], NAMES, [f"{NAME} A"], 60, QUERIES_PER_SECOND)
    time.sleep(0.5)
    died = time.monotonic()
    for pid in processes.tree(world.backends["eu"].process.pid):
        os.kill(pid, signal.SIGKILL)
    moved = {}
    while time.monotonic() - died < WAIT_SECONDS_MAX and len(moved) < 2:
        if "dig" not in moved and all(world.dig(server, "eu") == ["us"] for server in FRONTS):
            moved["dig"] = (time.monotonic() - died) * 1000
        if "curl" not in moved and world.curl("eu") == "us":
            moved["curl"] = (time.monotonic() - died) * 1000
    print(f"\nchecks every {CHECK.interval_ms} ms, {CHECK.fall} of which must fail: dig moved after {moved['dig']:.0f} ms, curl after "
          f"{moved['curl']:.0f} ms")
    bound_ms = bound_by_checks_ms(CHECK) + SLACK_MS
    assert moved["dig"] < bound_ms and moved["curl"] < bound_ms
    assert world.dig("us", "us") == ["us"] and world.curl("us") == "us", "nobody else has moved"
    load.process.send_signal(signal.SIGINT)
    report = load.report()
    assert report.requests > 0 and report.errors == 0, "requests that found nobody are asked elsewhere"
    told = names.report()
    assert told.answers > 0 and told.errors() == 0, "every query is answered, by whichever region serves"
    world.backend("eu", world.backends["eu"].port)
    wait_until(lambda: world.agrees_on("eu", "eu"), WAIT_SECONDS_MAX, "clients of eu are back")
