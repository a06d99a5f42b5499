"""Regions: whose client this is, from a database that headgate itself has built, and what is made of it."""
import json
import subprocess

import maxminddb
import pytest
from headgate_test import metrics
from headgate_test.command import headgate_says
from scenario_parts.api import Api
from scenario_parts.backends import respond, serving
from scenario_parts.watching import wait_state, wait_until

NETWORKS = """network,country,latitude,longitude,asn,organization,region
203.0.113.0/24,DE,50.11,8.68,64500,"Example, Inc.",
203.0.113.128/25,FR,,,64501,,
198.51.100.0/24,US,40.7,-74,64502,,
192.0.2.0/24,JP,35.68,139.69,,,
100.64.0.0/16,,,,,,eu
2001:db8::/32,CA,,,,,
"""
YAML = """
workers: 1
geoip: {{ database: {database}, networks: {{ 203.0.113.7: us }} }}
regions:
  eu: {{ countries: DE, continents: EU, location: [50.11, 8.68] }}
  us: {{ countries: [US, CA], location: [39.04, -77.49] }}
  ap: {{ location: [1.35, 103.82] }}
default_region: us
listeners:
  web: {{ bind: 127.0.0.1:0, trusted_proxies: [127.0.0.1] }}
  untrusting: {{ bind: 127.0.0.1:0 }}
routes:
  - match: {{ region: [ap], path: / }}
    respond: {{ body: "for ap" }}
  - respond: {{ body: "for others" }}
    headers: {{ response: {{ set: {{ X-Region: "{{region}}", X-Place: "{{country}} {{asn}}" }} }} }}
access_log: {{ file: access.log, format: "{{client}} {{region}} {{country}} {{asn}}" }}
admin: {{ bind: 127.0.0.1:0 }}
"""


@pytest.fixture
def database(tmp_path):
    """networks.mmdb, of NETWORKS."""
    (tmp_path / "networks.csv").write_text(NETWORKS)
    path = tmp_path / "networks.mmdb"
    built = headgate_says("geoip", "build", tmp_path / "networks.csv", path)
    assert built.returncode == 0, built.stderr
    assert f"{path}: 6 networks, 6 records, " in built.stdout
    return path


def test_other_readers_read_what_is_built(database):
    with maxminddb.open_database(database) as reader:
        assert reader.metadata().database_type == "headgate-City" and reader.metadata().ip_version == 6
        german = {"country": {"iso_code": "DE"}, "continent": {"code": "EU"},
                  "location": {"latitude": 50.11, "longitude": 8.68}, "autonomous_system_number": 64500,
                  "autonomous_system_organization": "Example, Inc."}
        assert reader.get_with_prefix_len("203.0.113.1") == (german, 25)
        assert reader.get_with_prefix_len("203.0.113.129")[0]["country"] == {"iso_code": "FR"}
        assert reader.get("100.64.1.2") == {"region": "eu"} and reader.get("100.65.0.1") is None
        assert reader.get("2001:db8::1")["country"] == {"iso_code": "CA"}
        assert reader.get("2002:cb00:7101::1") == reader.get("::ffff:203.0.113.1") == german
    said = subprocess.run(["mmdblookup", "--file", database, "--ip", "203.0.113.1", "location", "latitude"],
                          capture_output=True, text=True, check=True)
    assert "50.11" in said.stdout


def test_mistakes_leave_the_old_database(database, tmp_path):
    before = database.read_bytes()
    (tmp_path / "networks.csv").write_text("network,country\n10.0.0.0/8,D\nten,DE\n10.1.0.0/16,DE,x\n")
    said = headgate_says("geoip", "build", tmp_path / "networks.csv", database)
    file = tmp_path / "networks.csv"
    assert said.returncode == 2 and database.read_bytes() == before
    assert said.stderr.splitlines() == [
        f"{file}:2:12: expected a country of ISO 3166-1 in two upper-case letters, such as DE, found 'D'",
        f"{file}:3:1: expected a network such as 203.0.113.0/24 or 2001:db8::/32 without bits behind its prefix, found 'ten'",
        f"{file}:4:1: has 3 fields, and the first line names 2 columns",
        f"{file}: 3 problems"]
    unwritable = headgate_says("geoip", "build", database.parent / "none.csv", database)
    assert unwritable.returncode == 2 and "No such file" in unwritable.stderr


def test_look_up(database, tmp_path):
    said = headgate_says("geoip", "lookup", "--database", database, "--json", "203.0.113.1", "1.1.1.1")
    first, second = json.loads(said.stdout)
    assert first["network"] == "203.0.113.0/25" and first["country"] == "DE" and first["asn"] == 64500
    assert second["country"] is None and second["region"] is None
    (tmp_path / "gate.yaml").write_text(YAML.format(database=database))
    said = headgate_says("geoip", "lookup", "--config", tmp_path / "gate.yaml", "192.0.2.1", "203.0.113.7")
    assert said.returncode == 0, said.stderr
    assert said.stdout.splitlines() == [
        "192.0.2.1",
        "  network   192.0.2.0/24",
        "  place     JP, AS, 35.6800 139.6900",
        "  region    ap: no region is nearer by great circle: 5314 km to ap",
        "  then      eu, us",
        "203.0.113.7",
        "  network   203.0.113.7/32",
        "  place     DE, EU, 50.1100 8.6800",
        "  system    AS64500 Example, Inc.",
        "  region    us: geoip.networks gives its network to us",
        "  then      eu, ap"]
    assert "'here' is no address" in headgate_says("geoip", "lookup", "--database", database, "here").stderr
    bad = headgate_says("geoip", "lookup", "--database", tmp_path / "networks.csv", "192.0.2.1")
    assert bad.returncode == 2 and "no MaxMind DB" in bad.stderr


def test_requests_by_region(headgate, client, database):
    gate = headgate(YAML.format(database=database))
    peer = client(gate.port("web"))

    def ask(address):
        answer = peer.get(fields=[f"X-Forwarded-For: {address}"])
        return answer.body.decode(), answer.get("X-Region"), answer.get("X-Place")

    assert ask("203.0.113.1") == ("for others", "eu", "DE 64500")
    assert ask("203.0.113.7") == ("for others", "us", "DE 64500")
    assert ask("203.0.113.200") == ("for others", "eu", "FR 64501"), "by its continent"
    assert ask("198.51.100.1")[1] == ask("2001:db8::1")[1] == "us"
    assert ask("100.64.1.1") == ("for others", "eu", "")
    assert ask("192.0.2.1")[0] == "for ap", "by the nearest"
    assert ask("8.8.8.8") == ("for others", "us", ""), "by default"
    liar = client(gate.port("untrusting")).get(fields=["X-Forwarded-For: 203.0.113.1"])
    assert liar.get("X-Region") == "us", "nobody believes it"

    log = gate.file.parent / "access.log"
    wait_until(lambda: log.read_text().count("\n") == 9, what="lines of all requests")
    lines = log.read_text().splitlines()
    assert lines[0] == "203.0.113.1 eu DE 64500" and lines[5] == "100.64.1.1 eu - -" and lines[8] == "127.0.0.1 us - -"
    assert metrics.total(gate.metrics(), "headgate_geoip_lookups_total", reason="nearest") == 1
    assert metrics.total(gate.metrics(), "headgate_geoip_lookups_total", reason="network") == 1

    place = Api(gate.admin_port).ask("POST", "/explain", {"url": f"http://test:{gate.port('web')}/", "from": "127.0.0.1",
                                                          "headers": [["X-Forwarded-For", "192.0.2.9"]]}).body
    assert place["client"]["place"]["region"] == "ap" and place["client"]["place"]["then"] == ["eu", "us"]
    text = headgate_says("explain", gate.file, "http://test/", "--listener", "web", "--from", "203.0.113.1").stdout
    assert "eu: country DE is eu's" in text and "the client's region is eu, not ap" in text


def test_a_database_is_exchanged_and_a_bad_one_is_not(headgate, client, database, tmp_path):
    gate = headgate(YAML.format(database=database))
    peer = client(gate.port("web"))

    def region():
        return peer.get(fields=["X-Forwarded-For: 203.0.113.1"]).get("X-Region")

    assert region() == "eu"
    whole = database.read_bytes()
    database.write_bytes(whole[:100])
    gate.wait_log(r"geoip: .*networks.mmdb: no MaxMind DB, or one that was cut short.*still used")
    assert region() == "eu" and metrics.total(gate.metrics(), "headgate_geoip_database_load_failed") == 1
    status = Api(gate.admin_port).ask("GET", "/status").body["geoip"][0]
    assert status["type"] == "headgate-City" and "cut short" in status["load_error"]
    refused = headgate_says("check", gate.file)
    assert refused.returncode == 2 and "networks.mmdb: no MaxMind DB" in refused.stderr

    (tmp_path / "networks.csv").write_text("network,country\n203.0.113.0/24,US\n")
    assert headgate_says("geoip", "build", tmp_path / "networks.csv", database).returncode == 0
    gate.wait_log(r"geoip: .*networks.mmdb is used: headgate-City of .*, 1 network")
    assert region() == "us" and metrics.total(gate.metrics(), "headgate_geoip_database_load_failed") == 0


def test_a_pool_prefers_the_clients_region(headgate, origin, client):
    well = {"eu": True, "us": True}

    def answers(name):
        def handle(connection, request):
            respond(connection, name.encode(), 200 if well[name] or request.target != "/healthz" else 500)
        return handle

    origins = {name: origin(serving(answers(name))) for name in well}
    backends = ", ".join(f'{{ address: "{each.address}", id: {name}, region: {name} }}' for name, each in origins.items())
    gate = headgate("listeners: { web: { bind: 127.0.0.1:0, trusted_proxies: [127.0.0.1] } }\n"
                    "geoip: { networks: { 10.1.0.0/16: eu, 10.2.0.0/16: us } }\n"
                    "regions: { eu: { location: [50, 8] }, us: { location: [39, -77] } }\n"
                    "region: us\n"
                    f"pools: {{ app: {{ backends: [{backends}],\n"
                    "  health: { http: { path: /healthz }, interval: 50ms, fall: 2, rise: 2 } } }\n"
                    "routes: [{ pool: app }]\nadmin: { bind: 127.0.0.1:0 }\n")
    peer = client(gate.port())

    def asked(address):
        return {peer.get(fields=[f"X-Forwarded-For: {address}"]).body.decode() for _ in range(6)}

    assert asked("10.1.0.1") == {"eu"} and asked("10.2.0.1") == {"us"}
    assert asked("192.0.2.1") == {"us"}, "who has no region gets the instance's"
    explained = Api(gate.admin_port).ask("POST", "/explain", {"url": f"http://test:{gate.port()}/", "from": "10.1.0.1"}).body
    assert explained["pool"]["takes"] == ["eu"]
    levels = [(each["regions"], each["elsewhere"], each["share_percent"]) for each in explained["pool"]["levels"]]
    assert levels == [("eu", False, 100), ("us", True, 0)]
    well["eu"] = False
    wait_state(gate, "eu", "down")
    assert asked("10.1.0.1") == {"us"}
