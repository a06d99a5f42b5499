"""Which region serves a client: by health, by an operator's wish, by a cookie or header; and who is sent to another one."""
import subprocess

import pytest
from headgate_test import daemon, metrics
from headgate_test.command import headgate_says
from headgate_test.curl import curl
from scenario_parts.api import Api
from scenario_parts.backends import respond, serving
from scenario_parts.watching import wait_until

YAML = """
listeners: {{ web: {{ bind: 127.0.0.1:0, trusted_proxies: [127.0.0.1, 127.0.0.2] }} }}
geoip:
  networks: {{ 10.1.0.0/16: eu, 10.2.0.0/16: us }}
  override: {{ header: X-Region, from: 127.0.0.2 }}
  pin: {{ cookie: hg_region, from_header: X-Pin-Region, max_age: 1h }}
regions:
  eu: {{ location: [50, 8], host: eu.example.com, requires: {{ app: 1 }}, rise: 1, addresses: 203.0.113.10 }}
  us: {{ location: [39, -77], host: us.example.com, requires: {{ app: 100% }}, rise: 1 }}
region: eu
pools:
  app: {{ backends: [{backends}], health: {{ http: {{ path: /healthz }}, interval: 50ms, fall: 1, rise: 1 }} }}
routes:
  - {{ match: {{ path: /at-home/ }}, pool: app, send_home: true }}
  - pool: app
    headers: {{ response: {{ set: {{ X-Where: "{{region}}" }} }} }}
state_directory: state
admin: {{ bind: 127.0.0.1:0, socket: admin.sock }}
"""


class Two:
    """A daemon in eu, whose pool has a backend there and one in us."""

    def __init__(self, headgate, origin):
        self.well = {"eu": True, "us": True}
        origins = {name: origin(serving(self.handler(name))) for name in self.well}
        backends = ", ".join(f'{{ address: "{app.address}", id: {name}, region: {name} }}'
                             for name, app in origins.items())
        self.gate = headgate(YAML.format(backends=backends))
        self.api = Api(str(self.gate.file.parent / "admin.sock"))

    def handler(self, name):
        def handle(connection, request):
            seen = request.get("X-Region") or "-"
            pin = [f"X-Pin-Region: {request.target[5:]}"] if request.target.startswith("/pin/") else []
            status = 200 if self.well[name] or request.target != "/healthz" else 503
            respond(connection, f"{name} saw {seen}".encode(), status, pin)
        return handle

    def ask(self, path, client, *more):
        answer = curl(f"http://127.0.0.1:{self.gate.port()}{path}", "-H", f"X-Forwarded-For: {client}", *more)
        answer.fields = {line.split(": ")[0].lower(): line.split(": ", 1)[1]
                         for line in answer.head.splitlines() if ": " in line}
        return answer

    def region(self, name):
        return next(each for each in self.api.get("/regions")["regions"] if each["name"] == name)

    def ctl(self, *words):
        return subprocess.run([daemon.binary(), "ctl", *words, "--socket", self.gate.file.parent / "admin.sock"],
                              capture_output=True, text=True, timeout=30, check=False)


EU, US = "10.1.0.1", "10.2.0.1"


@pytest.fixture
def two(headgate, origin):
    return Two(headgate, origin)


def test_claims(two):
    first = two.ask("/pin/us", EU)
    assert first.fields["x-where"] == "eu" and "x-pin-region" not in first.fields
    cookie = first.fields["set-cookie"]
    assert cookie.startswith("hg_region=") and cookie.endswith("; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax")
    pair = cookie.split(";")[0]
    pinned = two.ask("/", EU, "-b", pair)
    assert pinned.fields["x-where"] == "us" and pinned.body == b"us saw -"
    assert two.ask("/", EU, "-b", pair[:-1] + "x").fields["x-where"] == "eu", "forged"
    assert "set-cookie" not in two.ask("/pin/moon", EU).fields
    assert "Max-Age=0" in two.ask("/pin/none", EU).fields["set-cookie"]

    believed = two.ask("/", EU, "--interface", "127.0.0.2", "-H", "X-Region: us", "-b", pair)
    assert (believed.fields["x-where"], believed.body) == ("us", b"us saw us")
    other = two.ask("/", EU, "-H", "X-Region: us")
    assert (other.fields["x-where"], other.body) == ("eu", b"eu saw -"), "it is removed"

    question = {"url": f"http://www.example.com:{two.gate.port()}/", "from": "127.0.0.1",
                "headers": [["X-Forwarded-For", EU], ["Cookie", pair], ["X-Region", "eu"]]}
    place = two.api.ask("POST", "/explain", question).body["client"]["place"]
    assert (place["region"], place["reason"]) == ("us", "pinned") and place["claim"] == "cookie hg_region pins it to us"
    reasons = two.gate.metrics()
    assert metrics.total(reasons, "headgate_geoip_lookups_total", reason="pinned") == 1
    assert metrics.total(reasons, "headgate_geoip_lookups_total", reason="override") == 1
    assert metrics.total(reasons, "headgate_region_clients_total", region="us") == 2


def test_drained_down_and_sent_home(two):
    home = two.ask("/at-home/a?b=1", US)
    assert home.status == 307 and home.fields["location"] == "http://us.example.com/at-home/a?b=1"
    assert home.fields["cache-control"] == "no-store"
    assert two.ask("/at-home/", US, "-H", "Host: US.example.com:80").body == b"us saw -", "it asks for that host already"
    assert two.ask("/at-home/", US, "-X", "OPTIONS").status == 200
    assert two.ask("/at-home/", US, "-d", "x=1").status == 307
    assert two.ask("/at-home/", EU).status == two.ask("/at-home/", "192.0.2.1").status == 200
    explained = two.api.ask("POST", "/explain", {"url": f"http://www:{two.gate.port()}/at-home/", "from": US}).body
    assert explained["answer"]["status"] == 307 and "us.example.com" in explained["answer"]["why"]

    drained = two.ctl("drain-region", "us", "--why", "power work")
    assert drained.returncode == 0, drained.stderr
    assert drained.stdout == "region us is drained: power work\nus: its clients of pool app go to eu\n"
    assert two.ask("/at-home/", US).body == two.ask("/", US).body == b"eu saw -"
    us = two.region("us")
    assert (us["state"], us["drained_by"], us["pools"][0]["served_by"]) == ("drained", "operator", "eu")
    listed = two.ctl("regions").stdout
    assert "us      drained" in listed and "operator: power work" in listed and "eu      up" in listed
    place = two.api.ask("POST", "/explain", {"url": f"http://www:{two.gate.port()}/at-home/", "from": US}).body["client"]["place"]
    assert (place["served_by"], place["served_why"]) == ("eu", "us is drained")
    assert two.ctl("drain-region", "uz").stderr.strip().endswith("no region named 'uz' (did you mean 'us'?)")

    two.well["eu"] = False
    two.gate.wait_log(r"region eu is down: pool app has 0 of 1 backend healthy, where 1 is required")
    wait_until(lambda: two.ask("/", EU).body == b"us saw -", what="drained before down")
    assert metrics.total(two.gate.metrics(), "headgate_region_up") == 0
    assert two.ask("/at-home/", EU).status == 200, "nobody is sent to a region that is drained"
    assert two.ctl("enable-region", "us").stdout.startswith("region us is up: all that it requires is healthy")
    assert two.ask("/at-home/", EU).fields["location"] == "http://us.example.com/at-home/"
    two.well["eu"] = True
    two.gate.wait_log(r"region eu is up")
    assert two.ask("/at-home/", EU).body == b"eu saw -"
    kinds = [(each["region"], each["to"]) for each in two.api.get("/events")["events"] if each["kind"] == "region"]
    assert kinds == [("us", "drained"), ("eu", "down"), ("us", "up"), ("eu", "up")]
    assert headgate_says("explain", two.gate.file, "http://www/at-home/", "--from", US).stdout.count("us.example.com") >= 1
