"""Which of several pools answers: shares of clients, readers and writers, shards."""
import collections
import json
import time

from headgate_test import answering
from headgate_test.command import headgate_says
from scenario_parts.backends import respond, serving
from scenario_parts.watching import wait_state

POST = b"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 2\r\n\r\nhi"


def site(origin, route, **handlers):
    """A route with that origin, over pools of one origin each, which answers with its pool's name."""
    pools = ""
    for name, handler in handlers.items():
        address = origin(handler or answering(body=name.encode())).address
        pools += (f'  {name}: {{ backends: [{{ id: {name}, address: "{address}" }}], '
                  "health: { http: { path: /healthz }, interval: 50ms, fall: 1, rise: 1 } }\n")
    return (f"workers: 2\nlisteners: {{ web: {{ bind: 127.0.0.1:0 }} }}\npools:\n{pools}"
            f"routes:\n  - {route}\nadmin: {{ bind: 127.0.0.1:0 }}\n")


def told(peer, **fields):
    return peer.get(**fields).body.decode()


def post(peer):
    peer.send(POST)
    return peer.read_response().body.decode()


class Failing:
    """Answers with its name, and its checks with 500 while it is unwell."""

    def __init__(self, name):
        self.name = name
        self.is_well = True

    def __call__(self, connection):
        serving(self._answer)(connection)

    def _answer(self, connection, request):
        is_check = request.target == "/healthz"
        respond(connection, self.name, 500 if is_check and not self.is_well else 200)


def test_a_client_stays_with_the_pool_of_its_share(headgate, origin, client):
    text = site(origin, "pool: { app: 60, canary: 40 }", app=None, canary=None)
    gate = headgate(text)
    of_client = {}
    for number in range(2, 42):
        source = f"127.0.0.{number}"
        answers = {told(client(gate.port(), source=source)) for _ in range(3)}
        assert len(answers) == 1, source
        of_client[source] = answers.pop()
    shares = collections.Counter(of_client.values())
    assert set(shares) == {"app", "canary"}, shares
    # A pool whose weight grows keeps those that it has.
    assert gate.reload(text.replace("app: 60, canary: 40", "app: 30, canary: 70")) == "reloaded"
    for source, pool in of_client.items():
        if pool == "canary":
            assert told(client(gate.port(), source=source)) == "canary"


def test_the_next_pool_serves_the_clients_of_one_that_cannot(headgate, origin, client):
    canary = Failing(b"canary")
    gate = headgate(site(origin, "pool: { canary: 1, spare: 0, app: 1 }", canary=canary, spare=None, app=None))
    sources = [f"127.0.0.{number}" for number in range(2, 22)]
    before = {source: told(client(gate.port(), source=source)) for source in sources}
    assert set(before.values()) == {"canary", "app"}
    canary.is_well = False
    wait_state(gate, "canary", "down", pool="canary")
    assert {told(client(gate.port(), source=source)) for source in sources} == {"app"}
    canary.is_well = True
    wait_state(gate, "canary", "up", pool="canary")
    assert {source: told(client(gate.port(), source=source)) for source in sources} == before


def test_safe_methods_read_and_who_wrote_reads_from_the_writer(headgate, origin, client):
    route = "split: { read: replica, write: primary, pin_after_write: 2500ms }"
    gate = headgate(site(origin, route, replica=None, primary=None))
    writer, reader = client(gate.port()), client(gate.port(), source="127.0.0.9")
    assert told(writer) == "replica"
    assert post(writer) == "primary"
    assert told(writer) == "primary"
    assert told(client(gate.port())) == "primary"  # another connection of the same client, perhaps of another worker
    assert told(reader) == "replica"
    time.sleep(2.5)
    assert told(writer) == "replica"
    post(writer)
    gate.reload()
    assert told(client(gate.port())) == "primary"


def test_without_a_pin_a_write_changes_nothing_for_reads(headgate, origin, client):
    route = "split: { read: replica, write: primary, pin_after_write: 0s }"
    peer = client(headgate(site(origin, route, replica=None, primary=None)).port())
    assert post(peer) == "primary"
    assert told(peer) == "replica"


def test_the_writer_serves_reads_while_no_reader_can(headgate, origin, client):
    replica = Failing(b"replica")
    gate = headgate(site(origin, "split: { read: replica, write: primary }", replica=replica, primary=None))
    peer = client(gate.port())
    assert told(peer) == "replica"
    replica.is_well = False
    wait_state(gate, "replica", "down", pool="replica")
    assert told(peer) == "primary"
    replica.is_well = True
    wait_state(gate, "replica", "up", pool="replica")
    assert told(peer) == "replica"


def test_a_key_belongs_to_a_shard_and_a_missing_one_is_400(headgate, origin, client):
    route = 'shard: { key: "header:X-User-Id", pools: [s0, s1, s2], method: modulo }'
    peer = client(headgate(site(origin, route, s0=None, s1=None, s2=None)).port())
    for user in range(6):
        assert told(peer, fields=[f"X-User-Id: {user}"]) == f"s{user % 3}"
    answer = peer.get()
    assert answer.status == 400
    assert "lacks its header X-User-Id" in answer.body.decode()
    assert peer.get(fields=["X-User-Id:"]).status == 400
    assert told(peer, fields=["X-User-Id: 1"]) == "s1"


def test_ranges_by_a_segment_of_the_path(headgate, origin, client):
    route = 'shard: { key: "path:2", pools: [low, high], method: ranges, bounds: [1000] }'
    peer = client(headgate(site(origin, route, low=None, high=None)).port())
    assert told(peer, target="/users/999") == "low"
    assert told(peer, target="/users/1000/posts?x=1") == "high"
    assert peer.get("/users/bob").status == 400
    assert peer.get("/users").status == 400


def test_explain_says_which_pool_and_why(tmp_path):
    path = tmp_path / "headgate.yaml"
    path.write_text("""listeners: { web: { bind: 127.0.0.1:8080 } }
pools:
  replica: { backends: [{ address: "10.0.0.1:80", drain: true }] }
  primary: { backends: ["10.0.0.2:80"] }
routes:
  - { match: { path: /s/ }, shard: { key: "query:id", pools: [replica, primary], method: modulo } }
  - { split: { read: replica, write: primary } }
""")

    def explained(target, *options):
        done = headgate_says("explain", path, f"http://test:8080{target}", "--json", *options)
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        return found["origin"]["pool"], found["origin"]["why"], found["answer"]

    assert explained("/", "--method", "PUT")[:2] == ("primary", "PUT is no safe method and goes to the writer")
    pool, why, answer = explained("/")
    assert (pool, why) == ("primary", "no backend of pool replica may be chosen; pool primary serves in its place")
    assert answer["by"] == "pool primary"
    assert explained("/s/?id=3")[:2] == ("primary", "query id '3' belongs to shard 2 of 2, pool primary")
    pool, why, answer = explained("/s/")
    assert (pool, answer["status"], answer["why"]) == ("", 400, "the request has no query id")
