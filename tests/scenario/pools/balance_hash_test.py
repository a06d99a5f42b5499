"""The same key gets the same backend on every worker, instance and restart; others stand in while it may not be taken."""
import json

import pytest

from headgate_test.client import Client
from headgate_test.command import headgate_says
from headgate_test.metrics import total
from scenario_parts.api import Api
from scenario_parts.backends import Gated, entries, named_origins, pool_yaml
from scenario_parts.tcp import tcp_yaml
from scenario_parts.watching import wait_until

USERS = [f"user-{number}" for number in range(24)]


def asked(gate, *fields):
    """Who answers a request that comes by a connection of its own, so that any worker may have it."""
    client = Client.connect(gate.port())
    answer = client.get(fields=["Connection: close", *fields])
    client.close()
    return answer.body.decode()


def places(gate):
    return {user: asked(gate, f"X-User: {user}") for user in USERS}


def explained(gate, *header):
    """What the running daemon says of a request with such a field."""
    answer = Api(gate.admin_port).ask("POST", "/explain", {"url": f"http://test:{gate.port()}/", "headers": [header]})
    assert answer.status == 200, answer.text
    return answer.body


def yaml_of(origins, balance, workers=2, **extra):
    return pool_yaml(entries(origins, **extra), pool=f"balance: {balance}").replace("workers: 1", f"workers: {workers}")


@pytest.mark.parametrize("method", ["maglev", "ring"])
def test_a_key_keeps_its_backend(headgate, origin, method):
    origins = named_origins(origin, "a", "b", "c", "d")
    balance = f"{{ hash: 'header:X-User', method: {method} }}"
    gate = headgate(yaml_of(origins, balance))
    before = places(gate)
    assert set(before.values()) == set(origins), before
    assert places(gate) == before, "whichever worker has the connection"

    reordered = dict(reversed(origins.items()))
    gate.reload(yaml_of(reordered, balance))
    assert places(gate) == before, "the order of the file is of no matter"

    other = headgate(yaml_of(reordered, balance, workers=1))
    assert places(other) == before, "another instance"

    fewer = {name: each for name, each in origins.items() if name != "c"}
    gate.reload(yaml_of(fewer, balance))
    meanwhile = places(gate)
    moved = {user for user in USERS if meanwhile[user] != before[user]}
    own = {user for user in USERS if before[user] == "c"}
    assert own <= moved and len(moved - own) <= 2, (before, meanwhile)
    gate.reload(yaml_of(origins, balance))
    assert places(gate) == before, "who comes back has its keys again"
    assert total(gate.metrics(), "headgate_pool_hash_choices_total", choice="next") == 0


def test_an_id_keeps_its_keys_at_another_address(headgate, origin):
    origins = named_origins(origin, "a", "b", "c")
    gate = headgate(yaml_of(origins, "{ hash: 'header:X-User' }"))
    before = places(gate)
    moved = dict(origins, b=named_origins(origin, "b")["b"])
    gate.reload(yaml_of(moved, "{ hash: 'header:X-User' }"))
    assert places(gate) == before
    assert moved["b"].connections, "it is the other one that was asked"


def test_at_max_load_a_key_spills_over_and_explain_says_so(headgate, origin):
    slow = {name: Gated(name.encode()) for name in "ab"}
    origins = {name: origin(each) for name, each in slow.items()}
    gate = headgate(yaml_of(origins, "{ hash: 'cookie:sid', max_load: 100% }"))
    clients = []
    for waiting in (1, 2):
        clients.append(Client.connect(gate.port()))
        clients[-1].send(b"GET / HTTP/1.1\r\nHost: test\r\nCookie: x=1; sid=alice\r\n\r\n")
        wait_until(lambda: sum(each.waiting for each in slow.values()) == waiting)
        if waiting == 1:
            named = next(name for name, each in slow.items() if each.waiting)
            said = explained(gate, "Cookie", "sid=alice")
            assert said["hash"] | {"key": ""} == {"by": "cookie:sid", "value": "alice", "key": "", "method": "maglev",
                                                  "max_load_percent": 100, "named": named}
            assert said["pool"]["takes"] == ["b" if named == "a" else "a"]
            assert "it has its max_load, 1 requests under way of at most 1" in said["pool"]["why"]
    assert slow["a"].waiting == slow["b"].waiting == 1
    for each in slow.values():
        each.open()
    for client in clients:
        client.read_response()
        client.close()
    metrics = gate.metrics()
    assert total(metrics, "headgate_pool_hash_choices_total", choice="named") == 1
    assert total(metrics, "headgate_pool_hash_choices_total", choice="next") == 1
    # Without the cookie any will do.
    assert {asked(gate) for _ in range(20)} == {"a", "b"}
    assert "lacks cookie:sid" in explained(gate, "X-A", "1")["pool"]["why"]


def test_a_file_alone_names_the_same_backend(headgate, origin):
    origins = named_origins(origin, "a", "b", "c")
    gate = headgate(yaml_of(origins, "{ hash: 'header:X-User' }"))
    for user in USERS[:5]:
        done = headgate_says("explain", gate.file, f"http://a:{gate.port()}/", "--header", f"X-User: {user}", "--json",
                             "--listener", "web")
        said = json.loads(done.stdout)
        assert said["pool"]["takes"] == [said["hash"]["named"]] == [asked(gate, f"X-User: {user}")]


def test_connections_of_a_tcp_listener_go_by_their_client(headgate, origin):
    backends = [origin(lambda connection, name=name: connection.send(name)) for name in (b"a", b"b", b"c")]
    gate = headgate(tcp_yaml(*backends, pool="balance: { hash: client }", workers=2))
    answered = set()
    for _ in range(8):
        client = Client.connect(gate.port())
        answered.add(client.read_exactly(1))
        client.close()
    assert len(answered) == 1
