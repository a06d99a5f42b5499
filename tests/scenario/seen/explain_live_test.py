"""What the running daemon says it would do with a request, it then does: the same requests are explained and sent."""
import json
import math
import random
import secrets
import time
import urllib.error
import urllib.request

import pytest

from headgate_test import answering
from headgate_test.client import Client
from headgate_test.command import headgate_says
from scenario_parts.watching import wait_until

WAYS = ("round_robin", "least_requests", "random_two", "peak_ewma", "{ hash: uri }")


def explain(gate, url, status=200, **question):
    """The API's answer to a question."""
    request = urllib.request.Request(f"http://127.0.0.1:{gate.admin_port}/api/v1/explain", method="POST",
                                     data=json.dumps({"url": url} | question).encode(),
                                     headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            assert response.status == status
            return json.load(response)
    except urllib.error.HTTPError as refused:
        assert refused.code == status, refused.read()
        return json.load(refused)


class Site:
    """A daemon with its origins, which say who they are, and its access log."""

    def __init__(self, headgate, origin, folder, yaml, workers=1, admin="admin: { bind: 127.0.0.1:0 }"):
        self.origins = {name: origin(answering(fields=[f"X-Origin: {name}", "Server: s"])) for name in ("one", "two", "three")}
        for name, each in self.origins.items():
            yaml = yaml.replace(name.upper(), each.address)
        (folder / "files").mkdir()
        (folder / "files" / "a.txt").write_text("hello")
        self.log = folder / "access.log"
        self.gate = headgate(yaml.replace("FOLDER", str(folder)) + f"workers: {workers}\n{admin}\n"
                             f"access_log: {{ file: {self.log} }}\n")
        self.sent = 0

    def ask(self, target, method="GET", host="www.example.com", headers=(), source="127.0.0.1", body=b""):
        """Explains a request, sends it, and compares; returns the explanation and the response."""
        port = self.gate.port()
        fields = [("Host", host), *headers] + ([("Content-Length", str(len(body)))] if body else [])
        begun = time.monotonic()
        found = explain(self.gate, f"http://{host}:{port}{target}", method=method, headers=fields,
                        **{"from": source})
        before = {name: len(each.requests) for name, each in self.origins.items()}
        peer = Client.connect(port, source=source)
        try:
            lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields), "", ""]
            peer.send("\r\n".join(lines).encode("latin-1") + body)
            response = peer.read_response(to=method)
        finally:
            peer.close()
        self.sent += 1
        got = [each.requests[-1] for name, each in self.origins.items() if len(each.requests) > before[name]]
        self.compare(found, response, got, time.monotonic() - begun)
        return found, response

    def compare(self, found, response, got, took):
        answer, context = found["answer"], (found, response)
        if answer["status"]:
            assert (response.status, got) == (answer["status"], []), context
        else:
            assert response.get("X-Origin") in found["pool"]["takes"], context
            expected = backend_fields(found["fields"])
            assert expected == fields_of(got[0], {"x-request-id"} - set(expected)), context
        for change in answer["fields"]:
            if change["change"] == "removed":
                assert response.get(change["name"]) is None, context
            elif change["name"].lower() == "retry-after":  # counts down meanwhile
                assert 0 <= int(change["after"][0]) - int(response.get("Retry-After")) <= math.ceil(took), (change, context)
            elif not any("{" in value for value in change["after"]):
                assert all(value in response.all(change["name"]) for value in change["after"]), (change, context)
        line = json.loads(self.lines()[-1])
        assert line.get("route") == (found["route"] or {}).get("name", "") or not (found["route"] or {}).get("found"), context
        if answer["status"] == 0:
            assert line["backend"] in found["pool"]["takes"] and line["pool"] == found["pool"]["name"], context

    def lines(self):
        wait_until(lambda: self.log.exists() and len(self.log.read_text().splitlines()) >= self.sent, what="the log's line")
        return self.log.read_text().splitlines()


def backend_fields(changes):
    """The fields that a backend should get: name in lower case -> values; what an exchange makes up is left out."""
    return {change["name"].lower(): change["after"] for change in changes
            if change["after"] and not any("{request_id}" in value for value in change["after"])}


def fields_of(request, left_out):
    names = {name.lower() for name, _ in request.fields} - left_out
    return {name: request.all(name) for name in names}


YAML = """
listeners:
  web: { bind: 127.0.0.1:0, trusted_proxies: [127.0.0.9], limits: { body: 100 } }
pools:
  app:
    backends:
      - { address: "ONE", id: one, weight: 2 }
      - { address: "TWO", id: two }
      - { address: "THREE", id: three, drain: true }
  spare: { backends: [{ address: "ONE", id: one, drain: true }, { address: "THREE", id: three, backup: true }] }
  out: { backends: [{ address: "ONE", id: one, weight: 0 }] }
routes:
  - { name: old, match: { host: old.example.com }, redirect: { to: "{scheme}://new.example{uri}", status: 307 } }
  - { name: files, match: { path: /files/ }, static: { root: FOLDER } }
  - { name: beta, match: { cookie: { beta: "*" }, methods: [GET] }, pool: spare }
  - { name: lan, match: { client: 127.0.0.2, query: { a: "b c" } }, respond: { status: 418, body: lan } }
  - { name: out, match: { path: /out }, pool: out }
  - { name: limited, match: { path: /limited }, respond: { body: x }, rate_limit: { by: client, rate: 1/m, burst: 2 } }
  - name: rules
    match: { path_regex: "^/r[0-9]+$" }
    pool: app
    headers:
      request: { set: { Host: inner.example, X-All: "{client} {host} {uri} {scheme} {method} {route} {listener}" },
                 add: { X-More: [a, b] }, remove: [Cookie, X-None] }
      response: { set: { Server: gate, X-Who: "{backend}" }, remove: [X-Gone], add: { X-Also: "{route}" } }
  - { name: app, match: { host: [www.example.com, "*.wild.example"] }, pool: app }
"""
REQUESTS = [
    {"target": "/"}, {"target": "/a/../b/%41?x=%20"}, {"target": "/", "host": "a.b.wild.example"},
    {"target": "/", "host": "nobody.example"}, {"target": "/x?y", "host": "old.example.com"},
    {"target": "/x", "host": "old.example.com", "source": "127.0.0.9", "headers": [("X-Forwarded-Proto", "https")]},
    {"target": "/files/a.txt"}, {"target": "/files/b.txt"}, {"target": "/files"}, {"target": "/files/", "method": "HEAD"},
    {"target": "/files/a.txt", "method": "DELETE"}, {"target": "/files/a.txt", "headers": [("Range", "bytes=1-2")]},
    {"target": "/files/a.txt", "headers": [("Range", "bytes=9-")]},
    {"target": "/", "headers": [("Cookie", "x=1; beta=2")]}, {"target": "/", "method": "POST", "headers": [("Cookie", "beta=2")]},
    {"target": "/?a=b%20c", "source": "127.0.0.2"}, {"target": "/?a=b%20c"}, {"target": "/out"},
    {"target": "/limited"}, {"target": "/limited"}, {"target": "/limited"}, {"target": "/limited", "source": "127.0.0.3"},
    {"target": "/r12?q", "headers": [("Cookie", "a=b"), ("X-More", "0"), ("Accept", "*/*"), ("x-all", "mine")]},
    {"target": "/r12", "method": "POST", "body": b"hello"}, {"target": "/", "method": "POST", "body": b"x" * 101},
    {"target": "/", "headers": [("X-Forwarded-For", "192.0.2.1"), ("Forwarded", "for=192.0.2.2"), ("Via", "1.0 x")]},
    {"target": "/r1", "source": "127.0.0.9", "headers": [("X-Forwarded-For", "192.0.2.1, 192.0.2.7"), ("Via", "1.0 x")]},
    {"target": "/r1", "source": "127.0.0.9", "headers": [("Forwarded", 'for="[2001:db8::1]:80";proto=https')]},
    {"target": "/", "source": "127.0.0.9", "headers": [("X-Request-Id", "mine-1"), ("X-Forwarded-Host", "other")]},
    {"target": "/", "headers": [("Connection", "close, X-Hop"), ("X-Hop", "1"), ("TE", "trailers")]},
    {"target": "/", "headers": [("Expect", "100-continue")]}, {"target": "/", "headers": [("Expect", "200-ok")]},
    {"target": "/", "method": "TRACE"}, {"target": "/", "method": "OPTIONS", "headers": [("Max-Forwards", "0")]},
    {"target": "/", "method": "OPTIONS", "headers": [("Max-Forwards", "3")]}, {"target": "/", "method": "BREW"},
    {"target": "/", "headers": [("Host", "x")]}, {"target": "/../x"}, {"target": "/%"}, {"target": "/", "method": "CONNECT"},
    {"target": "/", "headers": [("Content-Length", "1"), ("Transfer-Encoding", "chunked")]},
]


@pytest.mark.parametrize("balance", WAYS)
def test_what_is_explained_happens(headgate, origin, tmp_path, balance):
    site = Site(headgate, origin, tmp_path, YAML.replace("  app:\n", f"  app:\n    balance: {balance}\n"))
    for request in REQUESTS:
        site.ask(**request)
    if balance not in ("random_two", "peak_ewma"):
        for _ in range(6):  # with one worker it is known for sure whose turn it is
            found, response = site.ask("/")
            assert found["pool"]["takes"] == [response.get("X-Origin")]
    assert site.ask("/limited")[0]["rate_limit"]["retry_after_seconds"] > 0
    assert site.ask("/", headers=[("Cookie", "beta=1")])[0]["pool"]["takes"] == ["three"]


def test_asking_takes_no_turn_and_charges_nothing(headgate, origin, tmp_path):
    site = Site(headgate, origin, tmp_path, YAML)
    url = f"http://www.example.com:{site.gate.port()}"
    first = [explain(site.gate, url + "/")["pool"]["takes"] for _ in range(4)]
    assert all(takes == first[0] for takes in first)
    left = [explain(site.gate, url + "/limited")["rate_limit"]["left"] for _ in range(4)]
    assert left == [2, 2, 2, 2]
    site.ask("/limited")
    known = explain(site.gate, url + "/limited")["rate_limit"]
    assert (known["left"], known["is_new"], known["allowed"]) == (1, False, True) and known["full_again_ms"] > 50_000


@pytest.mark.threads
def test_workers_have_turns_of_their_own(headgate, origin, tmp_path):
    site = Site(headgate, origin, tmp_path, YAML, workers=4)
    pool = explain(site.gate, f"http://www.example.com:{site.gate.port()}/")["pool"]
    assert [worker["worker"] for worker in pool["workers"]] == [0, 1, 2, 3]
    assert all(worker["answered"] and len(worker["takes"]) == 1 for worker in pool["workers"])
    assert set(pool["takes"]) == {"one", "two"} and "each worker has its own turn" in pool["why"]


def test_backends_as_health_sees_them(headgate, origin, tmp_path):
    yaml = YAML.replace("  app:\n", "  app:\n    health: { tcp: {}, interval: 100ms, fall: 1, rise: 1 }\n")
    site = Site(headgate, origin, tmp_path, yaml)
    site.origins["two"].stop_listening()
    url = f"http://www.example.com:{site.gate.port()}/"

    def two():
        return {each["id"]: each for each in explain(site.gate, url)["pool"]["backends"]}["two"]

    wait_until(lambda: two()["state"] == "down", what="two is down")
    seen = two()
    assert not seen["candidate"] and seen["why_not"] == "it is down" and seen["since_seconds"] >= 0 and "refused" in seen["why"]
    found, _ = site.ask("/")
    assert found["pool"]["takes"] == ["one"] and found["pool"]["why"] == "the only one that may be chosen"


def test_questions_that_are_none(headgate, origin, tmp_path):
    site = Site(headgate, origin, tmp_path, YAML)
    for question, word in (({"url": ""}, "url"), ({"url": "ftp://x/"}, "http://"), ({"url": "http://x/", "from": "x"}, "IP address"),
                           ({"url": "http://x/", "headers": {"a": "b"}}, "pairs"), ({"url": "http://x/", "uri": "y"}, "no member uri"),
                           ({"url": "http://x/", "listener": "wob"}, "did you mean 'web'?"), ({"url": 1}, "text")):
        assert word in explain(site.gate, status=400, **question)["detail"], question


def random_site(random_):
    """Routes whose conditions, rules and origins are drawn from few, so that they meet."""
    def some(*choices):
        return random_.choice(choices)

    routes = []
    for number in range(random_.randint(1, 12)):
        conditions = {}
        if random_.random() < 0.5:
            conditions["host"] = some("a.example", "b.example", '"*.example"')
        if random_.random() < 0.6:
            conditions[some("path", "path_regex")] = some("/a/", "/a", "/a/b", "/b/")
        if random_.random() < 0.3:
            conditions["methods"] = some("[GET, HEAD]", "[POST]")
        if random_.random() < 0.3:
            conditions[some("header", "cookie", "query")] = some('{ x: "1" }', '{ x: "*" }', '{ y: "2" }')
        if random_.random() < 0.2:
            conditions["client"] = some("127.0.0.2", "192.0.2.0/24")
        match = ", ".join(f"{name}: {value}" for name, value in conditions.items())
        what = some("pool: app", "pool: spare", "pool: out", "respond: { status: 403 }", "static: { root: FOLDER }",
                    'redirect: { to: "http://{host}{uri}" }')
        rules = some("", ', headers: { request: { set: { X-A: "{client}{path}" }, remove: [x] }, response: { remove: [Server] } }',
                     ', headers: { request: { add: { x: "{route}" } }, response: { set: { Server: gate } } }',
                     ", rate_limit: { by: client, rate: 1/m, burst: 3 }")
        routes.append(f"  - {{ name: r{number}, " + (f"match: {{ {match} }}, " if match else "") + what + rules + " }\n")
    return YAML[:YAML.index("routes:")].replace("  app:\n", f"  app:\n    balance: {some(*WAYS)}\n") + "routes:\n" + "".join(routes)


def random_request(random_):
    def some(*choices):
        return random_.choice(choices)

    headers = random_.sample([("X", "1"), ("x", "2"), ("Cookie", "x=1; y=2"), ("Cookie", "y=3"), ("X-Forwarded-For", "192.0.2.4, 10.1.1.1"),
                              ("X-Forwarded-Proto", "https"), ("Connection", "X"), ("Accept", "*/*")], random_.randint(0, 3))
    method = some("GET", "GET", "GET", "HEAD", "POST", "OPTIONS")
    return {"target": some("/", "/a", "/a/", "/a/b", "/a/./b", "/b/c", "/files/a.txt", "/%61") + some("", "", "?x=1", "?y=2&x=3"),
            "method": method, "host": some("a.example", "b.example", "c.example", "d.test"), "headers": headers,
            "source": some("127.0.0.1", "127.0.0.2", "127.0.0.9"), "body": b"hello" if method == "POST" else b""}


@pytest.mark.parametrize("round_", range(4))
def test_whatever_is_explained_happens(headgate, origin, tmp_path, round_):
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    random_ = random.Random(seed)
    yaml = random_site(random_)
    print(yaml)
    site = Site(headgate, origin, tmp_path, yaml)
    for _ in range(40):
        request = random_request(random_)
        print(request)
        site.ask(**request)


def test_the_same_from_a_shell(headgate, origin, tmp_path):
    site = Site(headgate, origin, tmp_path, YAML.replace("listeners:", f"admin: {{ socket: {tmp_path}/admin.sock }}\nlisteners:", 1),
                admin="")
    asked = ["ctl", "explain", f"http://www.example.com:{site.gate.port()}/r7", "--header", "Cookie: a=b", "--from", "127.0.0.9",
             "--socket", str(tmp_path / "admin.sock")]
    text = headgate_says(*asked)
    assert text.returncode == 0 and text.stderr == "" and max(map(len, text.stdout.splitlines())) <= 80, text
    for part in ("by the running daemon", "route      rules", "- Cookie: a=b", "~ Host", "queue", "share 66.7%"):
        assert part in text.stdout, text.stdout
    found = json.loads(headgate_says(*asked, "--json").stdout)
    assert found["live"] and found["route"]["name"] == "rules" and found["pool"]["takes"] == ["one"]
    refused = headgate_says(*asked[:2], "ftp://x/", *asked[-2:])
    assert refused.returncode == 1 and "http://" in refused.stderr
