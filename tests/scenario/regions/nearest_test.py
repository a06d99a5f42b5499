"""By whose region a backend is chosen where no request asks for it by itself: of tcp connections, of copies for a mirror,
of what a cache fetches; and what is left of regions in panic."""
import json
import pathlib
import threading

import pytest

from headgate_test import metrics
from headgate_test.command import headgate_says
from headgate_test.curl import curl
from headgate_test.ports import free_port
from scenario_parts.api import Api
from scenario_parts.backends import respond, serving
from scenario_parts.names.dns_client import Resolver, subnet
from scenario_parts.watching import wait_state, wait_until

REGIONS = """
workers: 1
geoip:
  networks: { 127.0.0.2/32: eu, 127.0.0.3/32: us, 10.1.0.0/16: eu, 10.2.0.0/16: us }
  override: { header: X-Region, from: 127.0.0.1 }
regions:
  eu: { location: [50, 8], addresses: 192.0.2.1 }
  us: { location: [39, -77], addresses: 198.51.100.1 }
region: eu
state_directory: state
admin: { bind: 127.0.0.1:0, socket: admin.sock }
"""
HERE, THERE, NOWHERE = "127.0.0.2", "127.0.0.3", "127.0.0.4"
EU, US, NOBODYS = "10.1.0.1", "10.2.0.1", "192.0.2.1"


def members(**addresses):
    return ", ".join(f'{{ address: "{address}", id: {name}, region: {name.rstrip("0123456789")} }}'
                     for name, address in addresses.items())


def api_of(gate):
    return Api(gate.file.parent / "admin.sock")


# Connections of a tcp listener.

TCP = REGIONS + """
listeners:
  web: { bind: 127.0.0.1:0, protocol: tcp, pool: app }
  behind: { bind: 127.0.0.1:0, protocol: tcp, pool: app, proxy_protocol: true, trusted_proxies: [127.0.0.3] }
pools: { app: { backends: [MEMBERS] } }
access_log: { file: stdout, format: FORMAT }
"""


def naming(name):
    def handle(connection):
        connection.send(name.encode())
        connection.wait_gone()
    return handle


def relaying(headgate, log_format="json", **addresses):
    return headgate(TCP.replace("MEMBERS", members(**addresses)).replace("FORMAT", log_format))


@pytest.fixture
def two(origin):
    return {name: origin(naming(name)).address for name in ("eu", "us")}


def greeted(client, gate, source, listener="web", header=b""):
    """The backend that a connection came to."""
    peer = client(gate.port(listener), source=source)
    if header:
        peer.send(header)
    name = peer.read_exactly(2).decode()
    peer.close()
    return name


def lines(gate, count):
    file = pathlib.Path(gate.file).with_name("headgate.stdout")
    return wait_until(lambda: len(found := file.read_text().splitlines()) >= count and found)


def test_a_connection_goes_to_its_clients_region(headgate, client, two):
    gate = relaying(headgate, '"{client} {region} {backend}"', **two)
    assert [greeted(client, gate, source) for source in (HERE, THERE, NOWHERE)] == ["eu", "us", "eu"]
    assert sorted(lines(gate, 3)) == [f"{HERE} eu eu", f"{THERE} us us", f"{NOWHERE} - eu"]
    found = gate.metrics()
    assert metrics.total(found, "headgate_geoip_lookups_total", reason="network") == 2, "once for a connection"
    assert metrics.total(found, "headgate_geoip_lookups_total", reason="none") == 1
    assert metrics.total(found, "headgate_region_clients_total", region="us") == 1
    assert api_of(gate).ask("POST", "/regions/us/drain", {"why": "power work"}).status == 200
    assert greeted(client, gate, THERE) == "eu", "as for requests"


def test_the_client_is_whom_a_header_that_is_believed_names(headgate, client, two):
    gate = relaying(headgate, **two)

    def behind(source, header):
        return greeted(client, gate, source, "behind", header)

    assert behind(THERE, b"PROXY TCP4 10.1.0.1 198.51.100.1 50000 443\r\n") == "eu"
    assert behind(THERE, b"PROXY TCP4 10.2.0.1 198.51.100.1 50000 443\r\n") == "us"
    assert behind(THERE, b"PROXY UNKNOWN\r\n") == "us", "it names nobody: the client is who connects"
    refused = client(gate.port("behind"), source=HERE)
    refused.send(b"PROXY TCP4 10.2.0.1 198.51.100.1 50000 443\r\n")
    refused.wait_gone()
    told = [json.loads(line) for line in lines(gate, 4)]
    assert sorted((line["client"], line["region"]) for line in told) == [
        ("10.1.0.1", "eu"), ("10.2.0.1", "us"), (HERE, "eu"), (THERE, "us")]


def test_with_nobody_there_it_goes_to_the_next(headgate, client, two):
    gate = relaying(headgate, '"{region} {backend} {retries}"', eu=two["eu"], us=f"127.0.0.1:{free_port()}")
    assert greeted(client, gate, THERE) == "eu"
    assert lines(gate, 1) == ["us eu 1"]


def test_nothing_is_looked_up_where_nothing_asks(headgate, client, two):
    yaml = TCP.replace("MEMBERS", f'"{two["eu"]}"').replace("FORMAT", '"{client}"')
    gate = headgate(yaml)
    assert greeted(client, gate, THERE) == "eu"
    assert lines(gate, 1) == [THERE]
    assert metrics.total(gate.metrics(), "headgate_geoip_lookups_total") == 0


def test_a_connection_keeps_the_regions_that_it_began_with(headgate, client, two):
    gate = relaying(headgate, '"{client} {region} {backend}"', **two)
    peer = client(gate.port("web"), source=THERE)
    assert peer.read_exactly(2) == b"us"
    gate.file.write_text(gate.file.read_text().replace("127.0.0.3/32: us", "127.0.0.3/32: eu"))
    gate.reload()
    assert greeted(client, gate, THERE) == "eu"
    peer.close()
    assert sorted(lines(gate, 2)) == [f"{THERE} eu eu", f"{THERE} us us"]


def test_explain_says_so(headgate, client, two):
    gate = relaying(headgate, **two)
    for source, name in ((HERE, "eu"), (THERE, "us"), (NOWHERE, "")):
        found = api_of(gate).ask("POST", "/explain", {"url": "tcp://web", "from": source}).body
        place = found["connection"]["place"]
        assert (place["region"], found["pool"]["takes"]) == (name, [name or "eu"]), found
        assert greeted(client, gate, source) == (name or "eu")
    file = gate.file
    assert "us: geoip.networks gives its network to us" in headgate_says("explain", file, "tcp://web", "--from", THERE).stdout
    assert api_of(gate).ask("POST", "/regions/us/drain").status == 200
    place = api_of(gate).ask("POST", "/explain", {"url": "tcp://web", "from": THERE}).body["connection"]["place"]
    assert (place["served_by"], place["served_why"]) == ("eu", "us is drained")
    said = headgate_says("ctl", "--socket", gate.file.parent / "admin.sock", "explain", "tcp://web", "--from", THERE).stdout
    assert "served by eu: us is drained" in said
    closed = api_of(gate).ask("POST", "/explain", {"url": "tcp://behind", "from": HERE}).body
    assert closed["connection"]["place"] is None


# Requests that nobody waits for, and those that several do.

HTTP = REGIONS + """
listeners: { web: { bind: 127.0.0.1:0, trusted_proxies: [127.0.0.1] } }
pools:
  app: { backends: [MEMBERS] }
  shadow: { backends: [SHADOWS] }
caches: { edge: { memory: 8MiB } }
routes:
  - { match: { path: /mirrored/ }, pool: app, mirror: { pool: shadow } }
  - { match: { path: /both/ }, pool: app, mirror: { pool: shadow }, cache: { store: edge } }
  - { pool: app, cache: { store: edge } }
"""


class Site:
    """A daemon in eu with a backend of each pool there and in us, which answer with their names."""

    def __init__(self, headgate, origin):
        self.asked = []  # (backend, target, body) in the order of coming
        self.fields = {}  # of the answers at a path
        self.held = threading.Event()
        self.held.set()
        addresses = {pool: {name: origin(serving(self._answers(pool, name))).address for name in ("eu", "us")}
                     for pool in ("app", "shadow")}
        self.gate = headgate(HTTP.replace("MEMBERS", members(**addresses["app"]))
                             .replace("SHADOWS", members(**addresses["shadow"])))

    def _answers(self, pool, name):
        def handle(connection, request):
            self.asked.append((f"{pool} {name}", request.target, request.body))
            self.held.wait(60)
            respond(connection, name.encode(), fields=self.fields.get(request.target, ["Cache-Control: max-age=60"]))
        return handle

    def ask(self, path, client, *more):
        return curl(f"http://127.0.0.1:{self.gate.port()}{path}", "-H", f"X-Forwarded-For: {client}", *more).body.decode()

    def came(self, path, count):
        """Who was asked for it, once so many were."""
        found = lambda: [backend for backend, target, _ in self.asked if target == path]
        wait_until(lambda: len(found()) >= count, what=f"{count} requests for {path}")
        return sorted(found())


@pytest.fixture
def site(headgate, origin):
    return Site(headgate, origin)


def test_a_copy_goes_by_the_region_of_whom_it_copies(site):
    for path, client, region, more in (("/mirrored/eu", EU, "eu", []), ("/mirrored/us", US, "us", []),
                                       ("/mirrored/none", NOBODYS, "eu", []),
                                       ("/mirrored/body", US, "us", ["-d", "a=1"]),
                                       ("/mirrored/claimed", EU, "us", ["-H", "X-Region: us"])):
        assert site.ask(path, client, *more) == region
        assert site.came(path, 2) == [f"app {region}", f"shadow {region}"], path
    assert [body for _, path, body in site.asked if path == "/mirrored/body"] == [b"a=1"] * 2


def test_a_fetch_goes_by_the_region_of_whom_began_it(site):
    assert [site.ask("/of-us", US), site.ask("/of-us", EU)] == ["us", "us"], "it is the same for everybody"
    assert [site.ask("/of-eu", EU), site.ask("/of-eu", US)] == ["eu", "eu"]
    assert site.ask("/of-nobody", NOBODYS) == "eu"
    assert site.ask("/claimed", EU, "-H", "X-Region: us") == "us"
    assert site.came("/of-us", 1) == ["app us"] and site.came("/of-eu", 1) == ["app eu"]
    assert site.ask("/both/a", US) == "us"
    assert site.came("/both/a", 2) == ["app us", "shadow us"], "and so does its copy"
    found = api_of(site.gate).ask("POST", "/explain", {
        "url": f"http://a:{site.gate.port()}/new", "from": "127.0.0.1", "headers": [["X-Forwarded-For", US]]}).body
    assert found["pool"]["takes"] == ["us"], "an explanation says the same"


def test_what_may_not_be_shared_is_everyones_own(site):
    site.fields["/own"] = ["Cache-Control: private"]
    assert [site.ask("/own", client) for client in (US, EU, US)] == ["us", "eu", "us"]


def test_who_waits_for_the_same_gets_the_same(site):
    site.held.clear()
    got = {}
    threads = [threading.Thread(target=lambda client=client: got.update({client: site.ask("/held", client)}))
               for client in (US, EU)]
    threads[0].start()
    site.came("/held", 1)
    threads[1].start()
    wait_until(lambda: len(api_of(site.gate).get("/connections")["connections"]) == 2, what="both wait")
    site.held.set()
    for thread in threads:
        thread.join()
    assert got == {US: "us", EU: "us"} and site.came("/held", 1) == ["app us"]


def test_a_refresh_goes_by_the_region_of_who_found_it_stale(site):
    path = "/stale"
    site.fields[path] = ["Cache-Control: max-age=60, stale-while-revalidate=60", "Age: 70"]
    assert site.ask(path, EU) == "eu"
    site.fields[path] = ["Cache-Control: max-age=60"]
    assert site.ask(path, US) == "eu", "it is stale, and given"
    assert site.came(path, 2) == ["app eu", "app us"]
    wait_until(lambda: site.ask(path, EU) == "us", what="what came of it")


# Panic.

PANIC = REGIONS + """
listeners:
  web: { bind: 127.0.0.1:0, trusted_proxies: [127.0.0.1] }
  names: { protocol: dns, bind: 127.0.0.1:0, zones: example.com }
pools:
  app:
    backends: [MEMBERS]
    health: { http: { path: /healthz }, interval: 50ms, fall: 1, rise: 1, panic_below: 30% }
    retry: { attempts: 0 }
dns: { zones: { example.com: { ns: ns1.example.com, names: { www: { pool: app }, ns1: { a: 192.0.2.53 } } } } }
routes: [{ pool: app }]
"""


def test_in_panic_neither_dns_nor_http_looks_at_health(headgate, origin):
    well = {name: True for name in ("eu1", "eu2", "us1", "us2")}

    def answers(name):
        def handle(connection, request):
            respond(connection, name.encode(), 200 if well[name] or request.target != "/healthz" else 503)
        return serving(handle)

    gate = headgate(PANIC.replace("MEMBERS", members(**{name: origin(answers(name)).address for name in well})))

    def set_well(*names):
        for name in well:
            well[name] = name in names
        for name in well:
            wait_state(gate, name, "up" if name in names else "down")

    def told(client):
        """Whom DNS names, and all whom HTTP asks."""
        address = Resolver(gate.port("names")).addresses("www.example.com", "A", subnet(f"{client}/32"))
        region = {"192.0.2.1": "eu", "198.51.100.1": "us"}[",".join(address)]
        asked = {curl(f"http://127.0.0.1:{gate.port()}/", "-H", f"X-Forwarded-For: {client}").body.decode()
                 for _ in range(12)}
        return region, sorted(asked)

    set_well("eu1", "eu2", "us1", "us2")
    assert told(EU) == ("eu", ["eu1", "eu2"]) and told(US) == ("us", ["us1", "us2"])
    set_well("us1", "us2")
    assert told(EU) == ("us", ["us1", "us2"]), "they carry everything: no panic"
    set_well("us1")
    assert told(EU) == ("eu", sorted(well)) and told(US) == ("us", sorted(well)), "one of four, and 30% are wanted"
    said = headgate_says("ctl", "--socket", gate.file.parent / "admin.sock", "explain", "DNS", "www.example.com",
                         "--from", EU).stdout
    assert "0 of 2 backends of pool app healthy, which is not looked at (panic_below)" in " ".join(said.split()), said
    assert "pool app is in panic" in " ".join(said.split())
    assert api_of(gate).ask("POST", "/regions/eu/drain").status == 200
    wait_until(lambda: told(EU) == ("us", ["us1"]), what="of those that are left half are up: no panic")
    set_well()
    assert told(EU) == ("us", ["us1", "us2"]), "what somebody wishes holds in panic too"
