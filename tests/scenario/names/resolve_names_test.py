"""Backends that are found by name follow their name server."""
import socket
import time

import pytest

from headgate_test import answering, proxy_yaml
from scenario_parts.name_server import NameServer
from scenario_parts.watching import pool_of, states_of, wait_until


@pytest.fixture
def name_server():
    made = []

    def make(**table):
        made.append(NameServer({f"{name}.internal": addresses for name, addresses in table.items()}))
        return made[-1]

    yield make
    for server in made:
        server.close()


def resolved_yaml(server, port, name="app.internal", pool="", more=""):
    yaml = proxy_yaml("placeholder:1", pool=pool, more=f"resolvers: ['{server.address}']\n{more}")
    return yaml.replace('["placeholder:1"]', f'[{{ resolve: "{name}:{port}", every: 100ms }}]')


def addresses(gate):
    return {row["address"] for row in pool_of(gate)["backends"]}


def at_same_port(origin, *hosts):
    """Origins on several loopback addresses, all with one port."""
    first = origin(answering(body=hosts[0].encode()), host=hosts[0])
    rest = [origin(answering(body=host.encode()), host=host, port=first.port) for host in hosts[1:]]
    return first.port, [first, *rest]


def test_a_pool_is_not_empty_at_the_start(headgate, origin, client, name_server):
    port, _ = at_same_port(origin, "127.0.0.1", "127.0.0.2")
    server = name_server(app=["127.0.0.1", "127.0.0.2"])
    gate = headgate(resolved_yaml(server, port))
    peer = client(gate.port())
    assert {peer.get().body for _ in range(4)} == {b"127.0.0.1", b"127.0.0.2"}


def test_backends_follow_the_answers(headgate, origin, client, name_server):
    port, apps = at_same_port(origin, "127.0.0.1", "127.0.0.2", "127.0.0.3")
    server = name_server(app=["127.0.0.1", "127.0.0.2"])
    gate = headgate(resolved_yaml(server, port))
    peer = client(gate.port())
    peer.get(), peer.get()
    server.table["app.internal"] = ["127.0.0.2", "127.0.0.3"]
    wait_until(lambda: addresses(gate) == {f"127.0.0.2:{port}", f"127.0.0.3:{port}"})
    assert {peer.get().body for _ in range(4)} == {b"127.0.0.2", b"127.0.0.3"}
    assert len(apps[1].connections) == 1, "who stays keeps its idle connections"
    rows = {row["address"]: row["requests"] for row in pool_of(gate)["backends"]}
    assert rows[f"127.0.0.2:{port}"] == 3, "and its counts"


def test_a_failing_server_takes_nobody_away(headgate, origin, client, name_server):
    port, _ = at_same_port(origin, "127.0.0.1")
    server = name_server(app=["127.0.0.1"])
    gate = headgate(resolved_yaml(server, port))
    peer = client(gate.port())
    for mode in ("fail", "silent"):
        server.mode = mode
        asked = server.questions
        wait_until(lambda: server.questions > asked + 2, 30)
        assert peer.get().status == 200
    del server.table["app.internal"]  # no such name any more: most likely somebody's mistake
    server.mode = "answer"
    asked = server.questions
    wait_until(lambda: server.questions > asked + 4, 30)
    assert peer.get().status == 200
    gate.wait_log(r"app\.internal.*known addresses stay")


def test_an_unknown_name_is_an_empty_pool_until_it_is_known(headgate, origin, client, name_server):
    port, _ = at_same_port(origin, "127.0.0.1")
    server = name_server()
    gate = headgate(resolved_yaml(server, port))
    peer = client(gate.port())
    assert peer.get().status == 503
    server.table["app.internal"] = ["127.0.0.1"]
    wait_until(lambda: addresses(gate))
    assert peer.get().status == 200


def test_a_silent_server_does_not_hold_up_the_start(headgate, origin, name_server):
    server = name_server()
    server.mode = "silent"
    started = time.monotonic()
    headgate(resolved_yaml(server, 80))
    assert time.monotonic() - started < 8  # two seconds, and a slow start of a sanitized binary


def test_names_of_the_hosts_file(headgate, origin, client, name_server):
    app = origin(answering(body=b"by name"))
    server = name_server()
    gate = headgate(resolved_yaml(server, app.port, name="localhost"))
    wait_until(lambda: f"127.0.0.1:{app.port}" in addresses(gate))
    assert client(gate.port()).get().body == b"by name"


def test_v6_addresses(headgate, origin, client, name_server):
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            pass
    except OSError:
        pytest.skip("no IPv6 here")
    server = name_server(app=["::1", "127.0.0.1"])
    gate = headgate(resolved_yaml(server, 9))
    wait_until(lambda: addresses(gate) == {"[::1]:9", "127.0.0.1:9"})


def test_resolved_backends_are_checked(headgate, origin, client, name_server):
    port, apps = at_same_port(origin, "127.0.0.1", "127.0.0.2")
    server = name_server(app=["127.0.0.1"])
    gate = headgate(resolved_yaml(server, port, pool="health: { tcp: {}, interval: 50ms, fall: 2 }"))
    server.table["app.internal"] = ["127.0.0.1", "127.0.0.2", "127.0.0.9"]
    wait_until(lambda: len(addresses(gate)) == 3)
    rows = lambda: {row["address"]: row["state"] for row in pool_of(gate)["backends"]}  # noqa: E731
    wait_until(lambda: rows() == {f"127.0.0.1:{port}": "up", f"127.0.0.2:{port}": "up", f"127.0.0.9:{port}": "down"})
    assert len(states_of(gate)) == 1, "one id stands for all addresses of a name"


def test_other_name_servers_by_reload(headgate, origin, client, name_server):
    port, _ = at_same_port(origin, "127.0.0.1", "127.0.0.2")
    first, second = name_server(app=["127.0.0.1"]), name_server(app=["127.0.0.2"])
    gate = headgate(resolved_yaml(first, port))
    assert client(gate.port()).get().body == b"127.0.0.1"
    second.mode = "silent"
    assert gate.reload(resolved_yaml(second, port)) == "reloaded"
    assert client(gate.port()).get().body == b"127.0.0.1", "what was known stays until the new server answers"
    second.mode = "answer"
    wait_until(lambda: addresses(gate) == {f"127.0.0.2:{port}"}, 15)
    asked = first.questions
    time.sleep(0.4)
    assert first.questions == asked, "nobody asks the old server any more"


def test_a_refused_reload_keeps_the_name_server(headgate, origin, client, name_server):
    port, _ = at_same_port(origin, "127.0.0.1", "127.0.0.2")
    first, second = name_server(app=["127.0.0.1"]), name_server(app=["127.0.0.2"])
    gate = headgate(resolved_yaml(first, port))
    busy = socket.create_server(("127.0.0.1", 0))
    other = resolved_yaml(second, port).replace("bind: 127.0.0.1:0", f"bind: 127.0.0.1:{busy.getsockname()[1]}", 1)
    assert gate.reload(other) == "refused"
    time.sleep(0.3)
    assert client(gate.port()).get().body == b"127.0.0.1"
    first.table["app.internal"] = ["127.0.0.1", "127.0.0.2"]
    wait_until(lambda: len(addresses(gate)) == 2)
    asked = second.questions
    time.sleep(0.3)
    assert second.questions == asked
    busy.close()
