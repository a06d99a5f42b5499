"""The name servers side by side: what each is configured as, started with one thread of its own for questions.

All have the zone bench.example with www, whose address is that of the client's region, eu or us, among those that are up; and
static names. gdnsd checks the addresses by TCP, headgate by HTTP, both every two seconds. PowerDNS' geoip backend has no checks.
"""
import dataclasses
import http.server
import pathlib
import random
import socket
import subprocess
import threading
import time

import dns_messages
import peers
from headgate_test import processes
from headgate_test.ports import free_port

ZONE = "bench.example"
REGIONS = {"eu": "127.0.1.10", "us": "127.0.2.10"}
HEADGATE = peers.ROOT / "build" / "release" / "headgate"
COUNTRIES = {"eu": ("DE", "FR", "PL", "SE"), "us": ("US", "CA", "MX", "BR")}
CONTINENTS = {"eu": ("EU", "AF"), "us": ("NA", "SA")}
START_SECONDS_MAX = 60
SEED = 7


@dataclasses.dataclass(frozen=True)
class Setup:
    port: int              # where the regions' addresses are checked
    database: pathlib.Path
    names: int             # static names beside www


def database(folder, networks, builder=HEADGATE):
    """A database of so many networks, each in the country of one region or the other."""
    draw = random.Random(SEED)
    rows = ["network,country"]
    seen = set()
    while len(seen) < networks:
        bits = draw.choice((16, 20, 22, 24, 24, 24))
        address = draw.randrange(1 << 24, 224 << 24) >> (32 - bits) << (32 - bits)
        if (address, bits) in seen:
            continue
        seen.add((address, bits))
        text = ".".join(str(address >> shift & 255) for shift in (24, 16, 8, 0))
        rows.append(f"{text}/{bits},{draw.choice(draw.choice(list(COUNTRIES.values())))}")
    # The load comes from there, unless it names a subnet.
    rows.append("127.0.0.0/8,DE")
    table, made = folder / f"networks-{networks}.csv", folder / f"networks-{networks}.mmdb"
    table.write_text("\n".join(rows) + "\n")
    subprocess.run([builder, "geoip", "build", "--type", "GeoIP2-City", table, made], check=True, capture_output=True)
    return made


def static_name(number):
    return f"host-{number}.{ZONE}"


def static_address(number):
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def headgate(folder, port, setup):
    names = ["www: { pool: app }"]
    names += [f"host-{number}: {{ a: [{static_address(number)}] }}" for number in range(setup.names)]
    regions = "\n".join(f"  {name}: {{ continents: [{', '.join(CONTINENTS[name])}], addresses: [{address}] }}"
                        for name, address in REGIONS.items())
    backends = "\n".join(f"      - {{ id: {name}, address: \"{address}:{setup.port}\", region: {name} }}"
                         for name, address in REGIONS.items())
    file = folder / "headgate.yaml"
    file.write_text(f"""workers: 1
listeners:
  names: {{ bind: 127.0.0.1:{port}, protocol: dns, zones: [{ZONE}] }}
pools:
  app:
    health: {{ http: {{ path: / }}, interval: 2s }}
    backends:
{backends}
geoip: {{ database: {setup.database} }}
regions:
{regions}
default_region: eu
dns:
  zones:
    {ZONE}:
      ns: [ns1.{ZONE}, ns2.{ZONE}]
      admin: hostmaster.{ZONE}
      ttl: 30s
      names:
{peers.lines(8, names)}
""")
    return [HEADGATE, "run", file]


def gdnsd(folder, port, setup):
    for name in ("zones", "geoip", "run", "state"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    continents = " ".join(f"{continent} => [{', '.join([name, *(other for other in REGIONS if other != name)])}],"
                          for name, codes in CONTINENTS.items() for continent in codes)
    (folder / "config").write_text(f"""options => {{
  listen => {{ 127.0.0.1:{port} => {{ udp_threads = 1, tcp_threads = 1 }} }}
  run_dir = {folder}/run
  state_dir = {folder}/state
  edns_client_subnet = true
}}
service_types => {{ web => {{ plugin => tcp_connect, port = {setup.port}, interval = 2, timeout = 1 }} }}
plugins => {{ geoip => {{
  maps => {{ world => {{ geoip2_db => {setup.database}, datacenters => [{', '.join(REGIONS)}], map => {{ {continents} }} }} }}
  resources => {{ www => {{ map => world, service_types => web, dcmap => {{ {', '.join(f"{name} => {address}" for name, address in REGIONS.items())} }} }} }}
}} }}
""")
    statics = "\n".join(f"host-{number} 30 A {static_address(number)}" for number in range(setup.names))
    (folder / "zones" / ZONE).write_text(f"""@ 30 SOA ns1 hostmaster ( 1 3600 600 1209600 30 )
@ 30 NS ns1
@ 30 NS ns2
ns1 30 A 192.0.2.1
ns2 30 A 192.0.2.2
www 30 DYNA geoip!www
{statics}
""")
    return ["gdnsd", "-c", folder, "start"]


def powerdns(folder, port, setup):
    records = "\n".join(f"""      {name}.region.{ZONE}:
        - a: {{ content: "{address}", ttl: 30 }}""" for name, address in REGIONS.items())
    statics = "\n".join(f"""      {static_name(number)}:
        - a: {{ content: "{static_address(number)}", ttl: 30 }}""" for number in range(setup.names))
    mapped = "\n".join(f"    {code.lower()}: {name}" for name, codes in CONTINENTS.items() for code in codes)
    (folder / "zones.yaml").write_text(f"""domains:
  - domain: {ZONE}
    ttl: 30
    records:
      {ZONE}:
        - soa: ns1.{ZONE} hostmaster.{ZONE} 1 3600 600 1209600 30
        - ns: {{ content: ns1.{ZONE}, ttl: 30 }}
{records}
{statics}
    services:
      www.{ZONE}: ["%mp.region.{ZONE}", "eu.region.{ZONE}"]
mapping_lookup_formats: ["%cn"]
custom_mapping:
{mapped}
""")
    (folder / "pdns.conf").write_text(f"""launch=geoip
geoip-database-files=mmdb:{setup.database}
geoip-zones-file={folder}/zones.yaml
local-address=127.0.0.1
local-port={port}
socket-dir={folder}
receiver-threads=1
distributor-threads=1
edns-subnet-processing=yes
max-tcp-connections=100
guardian=no
daemon=no
disable-syslog=yes
loglevel=3
zone-cache-refresh-interval=0
""")
    return ["pdns_server", f"--config-dir={folder}"]


KINDS = {"headgate": headgate, "gdnsd": gdnsd, "powerdns": powerdns}


class Sites:
    """What the regions' addresses are asked, all on one port: it says that they are well."""

    class _Well(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    def __init__(self):
        self.port = free_port()
        self._servers = [http.server.ThreadingHTTPServer((address, self.port), self._Well) for address in REGIONS.values()]
        for server in self._servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()

    def close(self):
        for server in self._servers:
            server.shutdown()
            server.server_close()


class Server:
    """A running name server; `before` is a command that runs it: taskset, valgrind."""

    def __init__(self, name, folder, setup, before=()):
        folder.mkdir(parents=True, exist_ok=True)
        self.name, self.port = name, free_port()
        self.errors = folder / "stderr"
        with self.errors.open("wb") as errors:
            self.process = processes.start([*before, *KINDS[name](folder, self.port, setup)], stdout=errors, stderr=errors)
        self.pid = self.process.pid
        try:
            self._await_answer()
        except BaseException:
            self.stop()
            raise

    def _await_answer(self):
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            if dns_messages.addresses(self.ask(f"www.{ZONE}")) == [REGIONS["eu"]]:
                return
            time.sleep(0.1)
        raise RuntimeError(f"{self.name} gives no answer:\n{self.errors.read_text(errors='replace')[-2000:]}")

    def ask(self, name):
        """The answer, or nothing."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(1)
            client.connect(("127.0.0.1", self.port))
            client.send(dns_messages.query(name))
            try:
                return client.recv(4096)
            except (TimeoutError, ConnectionRefusedError):
                return b""

    def stop(self):
        processes.stop(self.process)
