"""WebSocket between the versions of HTTP, with the peers of npm's ws at both ends: a tunnel that changes nothing, lives
through a reload and an upgrade of the binary, and ends when the draining process does."""
import contextlib
import time

import pytest

from headgate_test import Headgate, proxy_yaml
from scenario_parts.websocket_peers import WebSocketClient, WebSocketServer

CLIENTS = ["http/1.1", "h2c"]
BACKENDS = ["http/1.1", "h2c"]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A daemon with a route to a server of each version: {path: server}, daemon."""
    with contextlib.ExitStack() as stack:
        servers = {}
        for version in (*BACKENDS, "h2c-without-connect"):
            servers[version] = WebSocketServer(version)
            stack.callback(servers[version].close)
        pools = "".join(
            f"  {name.replace('/', '')}:\n    backends: [\"{server.address}\"]\n    protocol: {protocol_of(name)}\n"
            for name, server in servers.items())
        routes = "".join(f"  - match: {{ path: /{name.replace('/', '')}/ }}\n    pool: {name.replace('/', '')}\n"
                         for name in servers)
        gate = Headgate(tmp_path_factory.mktemp("headgate"), "workers: 1\nlisteners:\n  web: { bind: 127.0.0.1:0 }\n"
                        f"pools:\n{pools}routes:\n{routes}access_log: {{ file: stdout, format: '{{path}} {{detail}}' }}\n")
        stack.callback(gate.close)
        yield servers, gate


def protocol_of(name):
    return "http/1.1" if name == "http/1.1" else "h2c"


@pytest.fixture
def connect(world):
    with contextlib.ExitStack() as stack:
        def make(client, backend, path=""):
            peer = WebSocketClient(client, world[1].port(), f"/{backend.replace('/', '')}/{path}")
            stack.callback(peer.close)
            return peer

        yield make


def opened(peer):
    peer.wait("opened")
    return peer


@pytest.fixture(params=[(client, backend) for client in CLIENTS for backend in BACKENDS],
                ids=lambda pair: f"{pair[0]} to {pair[1]}")
def pair(request):
    return request.param


def test_messages_pings_and_closing(world, connect, pair):
    server = world[0][pair[1]]
    peer = opened(connect(*pair))
    server.wait("opened")
    peer.echo("hello")
    peer.echo("größe")
    for size in (0, 1, 125, 126, 65_535, 65_536, 3_000_000):
        peer.tell(bytes=size)
        assert (peer.wait("bytes"), server.wait("bytes")) == (size, size)
    peer.tell(ping="are you there")
    assert peer.wait("pong") == "are you there"
    peer.tell(send="ping and-you")
    assert (peer.wait("ping"), server.wait("pong")) == ("and-you", "and-you")
    peer.tell(close=[4001, "enough"])
    assert peer.wait("closed") == [4001, "enough"] and server.wait("closed") == [4001, "enough"]


def test_the_server_closes(connect, pair):
    peer = opened(connect(*pair))
    peer.tell(send="close 4002 of mine")
    assert peer.wait("closed") == [4002, "of mine"]


def test_the_server_dies(connect, pair):
    peer = opened(connect(*pair))
    peer.tell(send="die")
    assert peer.wait("closed")[0] == 1006  # without a close frame


def test_a_client_that_does_not_read(connect, pair):
    """64 MiB for it wait at the server, not in headgate, and come when it reads again."""
    peer = opened(connect(*pair))
    peer.tell(pause=True)
    peer.tell(send="flood 256")
    time.sleep(0.2)
    peer.tell(pause=False)
    assert sum(peer.wait("bytes") for _ in range(256)) == 256 * 65_536
    peer.echo("and on")


def test_a_backend_without_extended_connect(world, connect):
    assert connect("http/1.1", "h2c-without-connect").wait("refused") == 502
    log = world[1].file.parent / "headgate.stdout"
    deadline = time.monotonic() + 10
    while "SETTINGS do not allow extended CONNECT" not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.02)


def test_a_reload_and_an_upgrade(tmp_path, pair):
    """The backend leaves the pool, the binary is replaced: the tunnel lives, until the old process has drained."""
    client, backend = pair
    with contextlib.ExitStack() as stack:
        server = WebSocketServer(backend)
        stack.callback(server.close)
        gate = Headgate(tmp_path, proxy_yaml(server, pool=f"protocol: {protocol_of(backend)}") + "drain_timeout: 1500ms\n")
        stack.callback(gate.close)
        peer = WebSocketClient(client, gate.port())
        stack.callback(peer.close)
        opened(peer).echo("before")
        assert gate.reload(gate.file.read_text().replace(server.address, "127.0.0.1:1")) == "reloaded"
        peer.echo("after the reload")
        old = gate.upgrade()
        peer.echo("after the upgrade")
        assert peer.wait("closed")[0] == 1006
        assert old.wait(20) == 0
