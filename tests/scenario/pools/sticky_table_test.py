"""Clients that a table of headgate's keeps at their backend, and what of it outlives the process."""
import json
import random
import socket
import threading
import time

import pytest
from headgate_test import answering, metrics
from headgate_test.stream import ConnectionReset, StreamEnded
from scenario_parts.api import Api
from scenario_parts.backends import respond, serving
from scenario_parts.watching import wait_until


def table_yaml(backends, sticky, more=""):
    rows = "".join(f'\n      - {{ id: {name}, address: "{backend.address}" }}' for name, backend in backends.items())
    return (f"workers: 2\nlisteners:\n  web: {{ bind: 127.0.0.1:0 }}\npools:\n  app:\n    sticky: {{ {sticky} }}\n"
            f"    backends:{rows}\nroutes: [{{ pool: app }}]\nadmin: {{ bind: 127.0.0.1:0 }}\n{more}")


@pytest.fixture
def backends(origin):
    return {name: origin(answering(body=name.encode())) for name in ("one", "two", "three")}


def pool_row(gate):
    return json.loads(gate.admin("/api/v1/pools/app"))


def test_clients_are_known_by_what_the_table_goes_by(headgate, backends, client):
    gate = headgate(table_yaml(backends, 'table: { by: "header:X-User", size: 5, ttl: 10m }'))
    assert "its sessions end with this process" in gate.log

    def ask(user=None):
        return client(gate.port()).get(fields=[f"X-User: {user}"] if user else []).body

    homes = {user: ask(user) for user in "abcde"}
    assert set(homes.values()) == {b"one", b"two", b"three"}
    assert {user: ask(user) for user in "edcba"} == homes
    assert len({ask() for _ in range(6)}) == 3, "who has no X-User is anybody"
    row = pool_row(gate)["sticky"]
    assert row == {"by": "table by header X-User", "stayed": 5, "moved": 0, "unheld": 0, "entries": 5, "size": 5,
                   "kept": False}
    assert metrics.total(gate.metrics(), "headgate_backend_session_entries", pool="app") == 5
    ask("f")
    assert pool_row(gate)["sticky"]["entries"] == 5, "the least recently seen gave way"
    moved_on = next(user for user in "abcd" if homes[user] == homes["a"])
    home = backends[homes[moved_on].decode()]
    home.stop_listening()
    for connection in home.connections:
        connection.socket.shutdown(socket.SHUT_RDWR)
    second = ask(moved_on)
    assert second != homes[moved_on] and ask(moved_on) == second


def test_what_the_application_sets_is_learned(headgate, origin, client):
    def app(name):
        def answer(connection, request):
            fields = [f"Set-Cookie: JSESSIONID={name}-{len(connection.requests)}; Path=/"] if request.target == "/login" else []
            respond(connection, name.encode(), fields=fields)
        return origin(serving(answer))

    gate = headgate(table_yaml({name: app(name) for name in ("one", "two", "three")}, "learn: { cookie: JSESSIONID }"))
    for _ in range(4):
        login = client(gate.port()).get("/login")
        cookie = login.get("Set-Cookie").split(";")[0]
        for _ in range(3):
            assert client(gate.port()).get(fields=[f"Cookie: a=1; {cookie}"]).body == login.body
    strange = client(gate.port()).get(fields=["Cookie: JSESSIONID=of-before"]).body
    assert client(gate.port()).get(fields=["Cookie: JSESSIONID=of-before"]).body == strange, "it stays where it came first"


class Crowd:
    """Threads that come as one new client after the other; `acknowledged`: client -> who answered."""

    def __init__(self, connect, gate, name):
        self.acknowledged = {}
        self._over = False
        self._threads = [threading.Thread(target=self._come, args=(connect(gate.port()), f"{name}-{t}")) for t in range(4)]
        for thread in self._threads:
            thread.start()

    def _come(self, peer, name):
        number = 0
        while not self._over:
            user = f"{name}-{number}"
            try:
                self.acknowledged[user] = peer.get(fields=[f"X-User: {user}"]).body
            except (StreamEnded, ConnectionReset, OSError):
                return
            number += 1

    def end(self):
        self._over = True
        for thread in self._threads:
            thread.join(20)


def test_no_acknowledged_session_is_lost_by_kill_9(headgate, backends, client, tmp_path):
    yaml = table_yaml(backends, 'table: { by: "header:X-User" }', f"state_directory: {tmp_path / 'state'}\n")
    seed = random.randrange(1 << 30)
    chance = random.Random(seed)
    known = {}
    gate = headgate(yaml)
    for number in range(4):
        crowd = Crowd(client, gate, f"round-{number}")
        wait_until(lambda: len(crowd.acknowledged) > 20)
        time.sleep(chance.random() * 0.15)  # at any instant
        gate.kill()
        crowd.end()
        known.update(crowd.acknowledged)
        gate = headgate(yaml)
        peer = client(gate.port())
        for user, home in chance.sample(sorted(known.items()), min(len(known), 150)):
            assert peer.get(fields=[f"X-User: {user}"]).body == home, f"{user}, seed {seed}"
    assert pool_row(gate)["sticky"]["entries"] >= len(known)


def test_a_damaged_log_is_taken_up_to_its_last_whole_record(headgate, backends, client, tmp_path):
    state = tmp_path / "state"
    yaml = table_yaml(backends, "table: { by: client }", f"state_directory: {state}\n")
    gate = headgate(yaml)
    home = client(gate.port()).get().body
    before = gate.upgrade()
    before.wait(20)
    assert client(gate.port()).get().body == home, "an upgrade keeps sessions"
    gate.kill()
    log = sorted((state / "sessions" / "pool-app").glob("log-*"))[-1]
    log.write_bytes(log.read_bytes() + b"torn")
    gate = headgate(yaml)
    gate.wait_log(r"sessions: .*/log-[0-9a-f]{16}: 4 bytes after its record \d+ are a record that was not written to its end")
    assert client(gate.port()).get().body == home
    session = Api(gate.admin_port).ask("POST", "/explain", {"url": "http://a/"}).body["pool"]["session"]
    assert (session["by"], session["verdict"], session["backend"]) == ("table by client", "stays", home.decode())
