"""Priority and region: who is asked first, and what spills over as those fail."""
import json

from headgate_test.command import headgate_says
from scenario_parts.api import Api
from scenario_parts.backends import entries, pool_yaml, respond, serving, shares
from scenario_parts.watching import wait_state

CHECKS = "health: { http: { path: /healthz }, interval: 50ms, fall: 2, rise: 2 }"


class Site:
    """Origins that say who they are, and are well or not as the test wants."""

    def __init__(self, headgate, origin, **extra):
        self.well = dict.fromkeys(extra, True)
        self.origins = {name: origin(serving(self.answer(name))) for name in extra}
        self.gate = headgate(pool_yaml(entries(self.origins, **extra), pool=CHECKS, more="region: eu"))

    def answer(self, name):
        def handle(connection, request):
            respond(connection, name.encode(), 200 if self.well[name] or request.target != "/healthz" else 500)
        return handle

    def set(self, name, well):
        self.well[name] = well
        wait_state(self.gate, name, "up" if well else "down")

    def pool(self):
        url = f"http://test:{self.gate.port()}/"
        return Api(self.gate.admin_port).ask("POST", "/explain", {"url": url}).body["pool"]


def test_levels_are_asked_in_their_order(headgate, origin, client):
    site = Site(headgate, origin, far=", region: us", here1=", region: eu", here2=", region: eu",
                next=", priority: 1, region: eu", spare=", backup: true")
    peer = client(site.gate.port())
    assert shares(peer, 10) == {"here1": 5, "here2": 5}
    levels = [(each["priority"], each["elsewhere"], each["share_percent"]) for each in site.pool()["levels"]]
    assert levels == [(0, False, 100), (0, True, 0), (1, False, 0)]
    why = {each["id"]: each["why_not"] for each in site.pool()["backends"]}
    assert why["far"] == why["next"] == "those before it, by priority or region, carry everything"

    site.set("here1", False)  # half of it: 1.4 times that, 70%
    assert shares(peer, 100) == {"here2": 70, "far": 30}
    text = headgate_says("explain", site.gate.file, "http://test/", "--listener", "web").stdout
    assert "priority 0, other regions (us): 100% up, gets 0% of the requests" in text

    site.set("here2", False)
    assert shares(peer, 10) == {"far": 10}
    site.set("far", False)
    assert shares(peer, 10) == {"next": 10}
    site.set("next", False)
    assert shares(peer, 10) == {"spare": 10}
    site.set("here1", True)
    site.set("here2", True)
    assert shares(peer, 10) == {"here1": 5, "here2": 5}


def test_an_instance_of_another_region_prefers_its_own(headgate, origin, client):
    site = Site(headgate, origin, a=", region: eu", b=", region: us")
    peer = client(site.gate.port())
    assert shares(peer, 4) == {"a": 4}
    backends = entries(site.origins, a=", region: eu", b=", region: us")
    site.gate.reload(pool_yaml(backends, pool=CHECKS, more="region: us"))
    assert shares(client(site.gate.port()), 4) == {"b": 4}
    site.gate.reload(pool_yaml(backends, pool=CHECKS))
    assert shares(client(site.gate.port()), 4) == {"a": 2, "b": 2}, "without a region of its own none is preferred"


def test_check_tells_of_them(tmp_path):
    file = tmp_path / "headgate.yaml"
    file.write_text("region: eu\nlisteners: { web: { bind: 127.0.0.1:0 } }\nroutes: [{ pool: app }]\n"
                    'pools: { app: { backends: [{ address: "10.0.0.1:80", priority: 2, region: us }],\n'
                    '                balance: { hash: "query:id", method: ring, max_load: 110% } } }\n')
    said = headgate_says("check", file)
    assert said.returncode == 0, said.stderr
    assert "in region eu" in said.stdout
    assert "10.0.0.1:80 (priority 2) (region us)" in said.stdout
    assert "hash by query:id (ring, max_load 110%);" in said.stdout
    assert json.loads(headgate_says("explain", file, "http://test/?id=", "--listener", "web", "--json").stdout)["hash"]["key"] == ""
