"""A dns listener: what it says over UDP and on connections, to dig, kdig and dnspython, and what it does not."""
import json
import re
import socket
import struct
import subprocess
import threading

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import pytest
from headgate_test import metrics
from scenario_parts.api import Api
from scenario_parts.backends import respond, serving
from scenario_parts.names.dns_client import (Resolver, cookie, framed, option_of, read_framed, records, subnet, wire)
from scenario_parts.watching import named, wait_state, wait_until

YAML = """
workers: 2
geoip: {{ networks: {{ 10.1.0.0/16: eu, 10.1.7.0/24: us, 10.2.0.0/16: us, 127.0.0.1: eu }} }}
regions:
  eu: {{ location: [50, 8], addresses: [192.0.2.1, 192.0.2.2, "2001:db8::1"] }}
  us: {{ location: [39, -77], addresses: [198.51.100.1] }}
listeners:
  names: {{ protocol: dns, bind: 127.0.0.1:0, zones: [gslb.example.com, example.org], timeouts: {{ idle: 20s }} }}
pools:
  web:
    backends: [{backends}]
    health: {{ http: {{ path: /healthz }}, interval: 100ms, fall: 1, rise: 1 }}
dns:
  {dns}
  zones:
    gslb.example.com:
      ns: ns1.gslb.example.com
      ttl: 30s
      failing_ttl: 5s
      names:
        www: {{ pool: web }}
        ns1: {{ a: 192.0.2.53 }}
        "*.wild": {{ txt: "for all" }}
        many: {{ a: [{many}] }}
    example.org:
      ns: ns1.gslb.example.com
      names: {{ "@": {{ a: 192.0.2.99 }} }}
access_log: {{ file: access.log }}
admin: {{ bind: 127.0.0.1:0 }}
"""
MANY = ", ".join(f"192.0.2.{i}" for i in range(100))


class Backends:
    """A backend in each of two regions, whose checks the test lets fail."""

    def __init__(self, origin):
        self.well = {"eu": True, "us": True}
        self.origins = {name: origin(serving(self._answers(name))) for name in self.well}

    def _answers(self, name):
        def handle(connection, request):
            respond(connection, b"", 200 if self.well[name] else 500)
        return handle

    def yaml(self, dns=""):
        lines = ", ".join(f'{{ address: "{each.address}", id: {name}, region: {name} }}'
                          for name, each in self.origins.items())
        return YAML.format(backends=lines, many=MANY, dns=dns)


@pytest.fixture
def backends(origin):
    return Backends(origin)


def lines_of(gate, count):
    log = gate.file.parent / "access.log"
    wait_until(lambda: log.exists() and log.read_text().count("\n") >= count, what="lines of the log")
    return [json.loads(line) for line in log.read_text().splitlines()]


def says(*command):
    return subprocess.run([str(each) for each in command], capture_output=True, text=True, timeout=60, check=False).stdout


def test_a_cookie_is_given_to_who_asks_for_nothing_else(headgate, backends):
    gate = headgate(backends.yaml())
    opt = b"\0\0\x29\4\xd0\0\0\0\0"
    with Resolver(gate.port("names")).udp() as peer:
        peer.send(b"\0\x4e" + bytes(8) + b"\0\1" + opt + b"\0\x0c\0\x0a\0\x08" + b"12345678")
        answer = dns.message.from_wire(peer.recv(4096))
        assert answer.id == 0x4e and answer.rcode() == dns.rcode.NOERROR and not answer.question and not answer.answer
        ours = option_of(answer, dns.edns.OptionType.COOKIE).data
        assert ours[:8] == b"12345678" and len(ours) == 24
        # One that is not in force is said to be so, with one that is.
        peer.send(b"\0\x4f" + bytes(8) + b"\0\1" + opt + b"\0\x1c\0\x0a\0\x18" + b"12345678" + bytes(16))
        answer = dns.message.from_wire(peer.recv(4096))
        assert answer.id == 0x4f and answer.rcode() == dns.rcode.BADCOOKIE
        assert option_of(answer, dns.edns.OptionType.COOKIE).data[:8] == b"12345678"


def test_what_resolvers_are_told(headgate, backends):
    gate = headgate(backends.yaml(dns="version: headgate\n  query_log: true"))
    wait_state(gate, "eu", "up", pool="web")
    wait_state(gate, "us", "up", pool="web")
    port = gate.port("names")
    at = Resolver(port)
    eu, us = ["192.0.2.1", "192.0.2.2"], ["198.51.100.1"]
    www = "www.gslb.example.com"

    # By the network that the query names, or else by where it comes from.
    assert at.addresses(www) == eu
    assert at.addresses(www, "A", subnet("10.2.3.0/24")) == us
    answer = at.ask(www, "A", subnet("10.1.0.0/16"))
    ecs = option_of(answer, dns.edns.OptionType.ECS)
    assert (ecs.address, ecs.srclen, ecs.scopelen) == ("10.1.0.0", 16, 22), "10.1.7.0/24 differs"
    assert at.addresses(www, "AAAA") == ["2001:db8::1"]
    assert {at.ask(www).answer[0][0].to_text() for _ in range(20)} == set(eu), "each is the first in its turn"
    assert at.ask(www).answer[0].ttl == 30 and at.ask(www).flags & dns.flags.AA

    # What dig and kdig make of it.
    dig = ["dig", "@127.0.0.1", "-p", port, "+tries=1", "+timeout=20"]
    said = says(*dig, "+subnet=10.2.3.0/24", www)
    assert "status: NOERROR" in said and "198.51.100.1" in said and "CLIENT-SUBNET: 10.2.3.0/24/16" in said
    assert re.search(r"COOKIE: [0-9a-f]{48} \(good\)", said)
    assert "status: NXDOMAIN" in says(*dig, "nobody.gslb.example.com") and "SOA" in says(*dig, "nobody.gslb.example.com")
    assert "status: BADVERS" in says(*dig, "+edns=1", "+noednsnegotiation", www)
    assert "status: REFUSED" in says(*dig, "example.net")
    assert "status: REFUSED" in says(*dig, "-c", "CH", "-t", "TXT", "hostname.bind")
    assert says(*dig, "+short", "-c", "CH", "-t", "TXT", "version.bind") == '"headgate"\n'
    assert says(*dig, "+short", "-t", "TXT", "any.thing.wild.gslb.example.com") == '"for all"\n'
    assert "RFC8482" in says(*dig, "-t", "ANY", "+notcp", www)
    assert "status: NOTIMP" in says(*dig, "+opcode=2", www)
    assert len(says(*dig, "+short", "many.gslb.example.com").splitlines()) == 100, "it comes again over TCP"
    assert re.search(r"^wWw\.GsLb\.eXample\.com\.\s+30\s+IN\s+A", says(*dig, "wWw.GsLb.eXample.com"), re.MULTILINE)
    assert "192.0.2.99" in says("kdig", "@127.0.0.1", "-p", port, "+tcp", "+keepopen", "example.org", "example.org")

    # A cookie that is ours is given back until it is old.
    client = bytes(range(8))
    ours = option_of(at.ask(www, "A", cookie(client)), dns.edns.OptionType.COOKIE).data
    assert ours[:8] == client and len(ours) == 24
    assert option_of(at.ask(www, "A", cookie(ours)), dns.edns.OptionType.COOKIE).data == ours

    # Rubbish is answered FORMERR, or by nobody.
    with at.udp() as peer:
        for bad in (b"", b"\0" * 11, wire(www)[:2] + b"\x80" + wire(www)[3:]):
            peer.send(bad)
        peer.send(wire(www, number=77)[:-1])
        answer = peer.recv(4096)
        assert answer[:2] == b"\0\x4d" and answer[3] & 15 == dns.rcode.FORMERR

    # The figures and the lines.
    seen = gate.metrics()
    assert metrics.total(seen, "headgate_dns_queries_total", transport="tcp") >= 3
    assert metrics.total(seen, "headgate_dns_answers_total", rcode="NXDOMAIN") == 2
    assert metrics.total(seen, "headgate_dns_answers_total", rcode="BADVERS") == 1
    assert metrics.total(seen, "headgate_dns_geo_answers_total", region="us", reason="network") == 2
    assert metrics.total(seen, "headgate_dns_malformed_total") == 3
    assert metrics.total(seen, "headgate_dns_cookies_total", cookie="valid") == 2, "dig's over TCP, too"
    row = named(Api(gate.admin_port).ask("GET", "/status").body["listeners"], "names")
    assert row["protocol"] == "dns" and row["dns"]["answers"]["NXDOMAIN"] == 2 and row["requests"] > 40
    queries = int(metrics.total(seen, "headgate_dns_queries_total"))
    lines = lines_of(gate, queries - 3)
    assert len(lines) == queries - 3, "one for each query; what is none has none"
    asked = next(each for each in lines if each.get("dns_subnet") == "10.2.3.0/24")
    assert asked["client"] == "127.0.0.1" and asked["host"] == www and asked["listener"] == "names"
    assert asked["protocol"] == "dns/udp" and asked["dns_type"] == "A" and asked["dns_rcode"] == "NOERROR"
    assert asked["region"] == "us" and asked["dns_reason"] == "network" and asked["pool"] == "web"
    assert asked["response_bytes"] > 40 and asked["total_us"] >= 0 and "status" not in asked and "retries" not in asked


def test_connections_carry_many_queries_and_no_rubbish(headgate, backends):
    gate = headgate(backends.yaml().replace("idle: 20s", "idle: 400ms, header: 300ms"))
    at = Resolver(gate.port("names"))
    with at.tcp() as peer, peer.makefile("rb") as stream:
        # All at once, in pieces, and cut in the middle.
        all_of_them = b"".join(framed(wire("many.gslb.example.com" if i % 50 else "ns1.gslb.example.com", number=i))
                               for i in range(400))
        for piece in range(0, len(all_of_them), 999):
            peer.sendall(all_of_them[piece:piece + 999])
        answers = [read_framed(stream) for _ in range(400)]
        assert [each.id for each in answers] == list(range(400)), "in the order of coming"
        assert len(records(answers[1])) == 100 and len(records(answers[50])) == 1
        assert read_framed(stream) is None, "idle for too long"
    with at.tcp() as peer, peer.makefile("rb") as stream:
        peer.sendall(framed(wire("ns1.gslb.example.com")))
        peer.shutdown(socket.SHUT_WR)
        assert records(read_framed(stream)) and read_framed(stream) is None, "who has said all is answered"
    for rubbish in (b"\0\0", b"\0\x0b" + b"x" * 11, struct.pack("!H", 4095) + b"x" * 100, b"GET / HTTP/1.1\r\n\r\n"):
        with at.tcp() as peer:
            peer.sendall(framed(wire("ns1.gslb.example.com")) + rubbish)
            with peer.makefile("rb") as stream:
                assert records(read_framed(stream)) and read_framed(stream) is None
    with at.tcp() as peer:
        peer.sendall(framed(wire("ns1.gslb.example.com"))[:-3])
        assert peer.recv(1) == b"", "a query that does not end"
    kept = at.ask("ns1.gslb.example.com", "A", dns.edns.GenericOption(11, b""), tcp=True)
    assert struct.unpack("!H", option_of(kept, 11).data)[0] == 4, "tenths of a second"

    def ended(ending):
        return metrics.total(gate.metrics(), "headgate_listener_connections_ended_total", listener="names", ending=ending)

    wait_until(lambda: (ended("idle"), ended("bad_message"), ended("query_timeout")) == (1, 4, 1))


def test_regions_that_fail_leave_the_answers(headgate, backends):
    gate = headgate(backends.yaml())
    at = Resolver(gate.port("names"))
    www = "www.gslb.example.com"
    wait_until(lambda: at.addresses(www) == ["192.0.2.1", "192.0.2.2"])
    backends.well["eu"] = False
    wait_until(lambda: at.addresses(www) == ["198.51.100.1"])
    assert at.ask(www).answer[0].ttl == 5
    assert at.ask(www, "A", subnet("10.2.0.0/24")).answer[0].ttl == 30, "to who is at home there all is well"
    assert metrics.total(gate.metrics(), "headgate_dns_geo_answers_total", region="us", reason="failover") > 0
    backends.well["us"] = False
    wait_until(lambda: at.addresses(www) == ["192.0.2.1", "192.0.2.2", "198.51.100.1"])
    gate.wait_log("no region can serve pool web: answered with all addresses")
    backends.well.update(eu=True, us=True)
    wait_until(lambda: at.addresses(www) == ["192.0.2.1", "192.0.2.2"])
    wait_until(lambda: at.ask(www).answer[0].ttl == 30)


def test_who_asks_too_often_is_told_to_prove_who_he_is(headgate, backends):
    gate = headgate(backends.yaml(dns="rate_limit: 5/s\n  slip: 2"))
    at, other = Resolver(gate.port("names"), "127.0.1.1"), Resolver(gate.port("names"), "127.0.2.1")
    message = wire("ns1.gslb.example.com")
    with at.udp() as peer:
        for _ in range(200):
            peer.send(message)
        counted = "headgate_dns_queries_total"
        wait_until(lambda: metrics.total(gate.metrics(), counted) == 200)
        peer.settimeout(0.5)
        truncated = []
        while True:
            try:
                truncated.append(bool(dns.message.from_wire(peer.recv(4096)).flags & dns.flags.TC))
            except TimeoutError:
                break
    assert 5 <= truncated.count(False) <= 30, "the rate, and what came back meanwhile"
    assert 50 < truncated.count(True) < 140, "every other"
    assert metrics.total(gate.metrics(), "headgate_dns_rate_slipped_total") == truncated.count(True)
    assert metrics.total(gate.metrics(), "headgate_dns_rate_limited_total") == 200 - len(truncated)
    assert other.addresses("ns1.gslb.example.com") == ["192.0.2.53"], "another network"
    assert at.addresses("ns1.gslb.example.com", tcp=True) == ["192.0.2.53"]
    ours = option_of(at.ask("ns1.gslb.example.com", "A", cookie(b"12345678"), tcp=True), dns.edns.OptionType.COOKIE)
    for _ in range(30):
        assert at.addresses("ns1.gslb.example.com", "A", cookie(ours.data)) == ["192.0.2.53"]


def can_bind(probe, port):
    try:
        probe.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True


class Asking:
    """Asks over UDP and TCP without a pause, each query once, and notes what is not answered."""

    def __init__(self, port):
        self.answered = {"udp": 0, "tcp": 0}
        self.missing = []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(Resolver(port), each)) for each in ("udp", "udp", "tcp")]
        for each in self._threads:
            each.start()

    def _ask(self, at, kind):
        while not self._over.is_set():
            # Each with a port of its own, so that all workers' sockets are met.
            try:
                if not records(at.ask("ns1.gslb.example.com", tcp=kind == "tcp")):
                    self.missing.append(kind)
            except Exception as error:  # whatever it is, the test tells of it
                self.missing.append(f"{kind}: {error!r}")
                return
            self.answered[kind] += 1

    def wait_more(self):
        before = dict(self.answered)
        wait_until(lambda: self.missing or all(self.answered[each] > before[each] + 20 for each in before))

    def end(self):
        self._over.set()
        for each in self._threads:
            each.join()
        assert self.missing == []


def test_reloads_and_an_upgrade_lose_no_query(headgate, backends):
    yaml = backends.yaml() + "drain_timeout: 20s\n"
    gate = headgate(yaml)
    port = gate.port("names")
    yaml = yaml.replace("bind: 127.0.0.1:0, zones", f"bind: 127.0.0.1:{port}, zones")
    assert gate.reload(yaml) == "reloaded"  # from here on they are the same sockets
    with Resolver(port).tcp() as peer, peer.makefile("rb") as stream:
        asking = Asking(port)
        for i in range(5):
            asking.wait_more()
            assert gate.reload(yaml.replace("192.0.2.99", f"192.0.2.{100 + i}")) == "reloaded"
            assert Resolver(port).addresses("example.org") == [f"192.0.2.{100 + i}"]
        peer.sendall(framed(wire("example.org")))
        assert records(read_framed(stream))[0].to_text() == "192.0.2.104", "an old connection, the newest answers"
    asking.wait_more()
    old = gate.upgrade()
    asking.wait_more()
    assert old.wait(20) == 0
    asking.wait_more()
    asking.end()
    # What a listener that goes away has in its queue is answered, and its port is free for another.
    assert gate.reload(yaml.replace(f"bind: 127.0.0.1:{port}, zones", "bind: 127.0.0.1:0, zones")) == "reloaded"
    wait_until(lambda: Resolver(gate.port("names")).addresses("example.org"))
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            wait_until(lambda probe=probe: can_bind(probe, port), what="a free port")
