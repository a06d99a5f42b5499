"""A reload swaps the configuration for new requests; what is under way ends as it began."""
import re
import threading
import time

from headgate_test import answering, curl, proxy_yaml
from scenario_parts.backends import Gated
from scenario_parts.watching import backends_of, named, pool_of, wait_state, wait_until

REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def respond_yaml(body):
    return ("workers: 1\nlisteners:\n  web: { bind: 127.0.0.1:0 }\nroutes:\n"
            f"  - respond: {{ body: '{body}' }}\nadmin: {{ bind: 127.0.0.1:0 }}\n")


def test_routes_change_on_a_kept_connection(headgate, client):
    gate = headgate(respond_yaml("one"))
    peer = client(gate.port())
    assert peer.get().body == b"one"
    assert gate.reload(respond_yaml("two")) == "reloaded"
    assert peer.get().body == b"two"
    status = gate.status()["configuration"]
    assert (status["accepted"], status["refused"]) == (2, 0)
    assert status["last_reload"]["accepted"] is True


def test_what_is_under_way_ends_on_the_old_configuration(headgate, origin, client):
    old, new = Gated(b"old"), answering(body=b"new")
    rules = "headers: { response: { set: { X-Configuration: '%s' } } }"
    gate = headgate(proxy_yaml(origin(old), route=rules % "old"))
    busy, idle = client(gate.port()), client(gate.port())
    busy.send(REQUEST)
    wait_until(lambda: old.waiting)
    assert gate.reload(proxy_yaml(origin(new), route=rules % "new")) == "reloaded"
    answer = idle.get()
    assert (answer.body, answer.get("X-Configuration")) == (b"new", "new")
    old.open()
    answer = busy.read_response()
    assert (answer.body, answer.get("X-Configuration")) == (b"old", "old")
    assert busy.get().body == b"new", "its connection goes on"


def test_a_request_that_waits_in_a_removed_pool_is_served(headgate, origin, client):
    old = Gated(b"old")
    app = origin(old)
    yaml = proxy_yaml(app).replace(f'["{app.address}"]', f'[{{ address: "{app.address}", max_requests: 1 }}]')
    gate = headgate(yaml.replace("workers: 1", "workers: 2"))
    peers = [client(gate.port()) for _ in range(6)]
    for peer in peers:
        peer.send(REQUEST)
    wait_until(lambda: pool_of(gate)["waiting"] == 5)
    assert gate.reload(respond_yaml("no pool").replace("workers: 1", "workers: 2")) == "reloaded"
    old.open()
    assert [peer.read_response().body for peer in peers] == [b"old"] * 6
    assert peers[0].get().body == b"no pool"


def test_a_long_answer_survives_the_backend_being_removed(headgate, origin, client):
    go_on = threading.Event()

    def streaming(connection):
        connection.read_request()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + b"a" * 1_000_000)
        go_on.wait(30)
        connection.send(b"b" * 1_000_000)

    first, second = origin(streaming), origin(answering(body=b"second"))
    gate = headgate(proxy_yaml(first))
    peer = client(gate.port())
    peer.send(REQUEST)
    peer.read_until(b"\r\n\r\n")
    assert gate.reload(proxy_yaml(second)) == "reloaded"
    assert set(backends_of(gate)) == {second.address}
    go_on.set()
    assert peer.read_exactly(2_000_000) == b"a" * 1_000_000 + b"b" * 1_000_000
    assert peer.get().body == b"second"


def test_idle_connections_to_backends_carry_over(headgate, origin, client):
    app = origin(answering())
    gate = headgate(proxy_yaml(app))
    peer = client(gate.port())
    for number in range(5):
        assert peer.get().status == 200
        yaml = proxy_yaml(app, pool=f"connections: {{ idle: {100 + number} }}",
                          route=f"headers: {{ response: {{ set: {{ X-Round: '{number}' }} }} }}")
        assert gate.reload(yaml) == "reloaded"
    assert peer.get().get("X-Round") == "4"
    assert len(app.connections) == 1


def test_connections_of_a_removed_backend_are_closed(headgate, origin, client):
    first, second = origin(answering()), origin(answering())
    gate = headgate(proxy_yaml(first))
    assert client(gate.port()).get().status == 200
    assert gate.reload(proxy_yaml(second)) == "reloaded"
    assert client(gate.port()).get().status == 200
    wait_until(lambda: first.connections[0].socket.fileno() == -1, what="the idle connection closed")


def test_health_carries_over(headgate, origin, client):
    ill, well = origin(answering(status=500)), origin(answering())
    health = "health: { http: { path: /healthz }, interval: %s, fall: 1 }"
    gate = headgate(proxy_yaml(ill, well, pool=health % "50ms"))
    before = wait_state(gate, ill.address, "down")
    # With ten minutes between checks nothing could find it down again.
    assert gate.reload(proxy_yaml(ill, well, pool=health % "10m")) == "reloaded"
    after = backends_of(gate)[ill.address]
    assert (after["state"], after["since"], after["why"]) == ("down", before["since"], before["why"])
    assert client(gate.port()).get().status == 200


def test_ejections_carry_over(headgate, origin, client):
    def resetting(connection):
        connection.read_request()
        connection.reset()

    bad, good = origin(resetting), origin(answering())
    outlier = "health: { outlier: { errors: 2, eject: 60s } }\nretry: { attempts: 0 }"
    gate = headgate(proxy_yaml(bad, good, pool=outlier))
    for _ in range(6):
        client(gate.port()).get()
    wait_state(gate, bad.address, "ejected")
    assert gate.reload(proxy_yaml(good, bad, pool=outlier)) == "reloaded"
    assert backends_of(gate)[bad.address]["state"] == "ejected"
    assert backends_of(gate)[bad.address]["ejections"] == 1


def test_counters_carry_over(headgate, origin, client):
    app = origin(answering())
    gate = headgate(proxy_yaml(app, route="name: site"))
    peer = client(gate.port())
    for _ in range(3):
        peer.get()
    assert gate.reload(proxy_yaml(app, route="name: site\nmatch: { path: / }")) == "reloaded"
    for _ in range(2):
        peer.get()
    # An answer is counted after it was sent.
    wait_until(lambda: named(gate.status()["routes"], "site")["requests"] == 5)
    status = gate.status()
    assert named(status["listeners"], "web")["requests"] == 5
    assert named(status["listeners"], "web")["connections"] == 1
    assert named(status["pools"], "app")["requests"] == 5
    assert backends_of(gate)[app.address]["requests"] == 5


def test_rate_limits_carry_over(headgate, origin, client):
    app = origin(answering())
    limit = "name: site\nrate_limit: { by: client, rate: 1/m, burst: 2 }"
    gate = headgate(proxy_yaml(app, route=limit))
    peer = client(gate.port())
    assert [peer.get().status for _ in range(3)] == [200, 200, 429]
    assert gate.reload(proxy_yaml(app, route=limit + "\nmatch: { path: / }")) == "reloaded"
    assert peer.get().status == 429
    refused = proxy_yaml(app, route=limit.replace("burst: 2", "burst: 50")).replace("bind: 127.0.0.1:0", "bind: 203.0.113.1:9", 1)
    assert gate.reload(refused) == "refused"
    assert peer.get().status == 429
    assert gate.reload(proxy_yaml(app, route=limit)) == "reloaded"
    assert peer.get().status == 429, "a refused configuration in between has not emptied the buckets"
    assert gate.reload(proxy_yaml(app, route=limit.replace("burst: 2", "burst: 3"))) == "reloaded"
    assert peer.get().status == 200, "other limits begin anew"


def test_many_reloads_in_a_row(headgate, client):
    gate = headgate(respond_yaml("0"))
    peer = client(gate.port())
    before = gate.status()["process"]["open_descriptors"]
    for number in range(1, 41):
        assert gate.reload(respond_yaml(str(number))) == "reloaded"
        assert peer.get().body == b"%d" % number
    status = gate.status()
    assert status["configuration"]["accepted"] == 41
    assert abs(status["process"]["open_descriptors"] - before) <= 1


def test_signals_in_a_burst_end_with_the_last_file(headgate):
    gate = headgate(respond_yaml("0"))
    for number in range(30):
        gate.write(respond_yaml(f"burst {number}"))
        gate.process.send_signal(1)
    url = f"http://127.0.0.1:{gate.port()}/"
    wait_until(lambda: curl(url).body == b"burst 29")


def test_reloads_under_traffic_fail_nothing(headgate, origin, client):
    app = origin(answering(body=b"x" * 100))
    gate = headgate(proxy_yaml(app))
    stop, wrong = threading.Event(), []

    def traffic(keep):
        peer = client(gate.port())
        while not stop.is_set():
            answer = peer.get(fields=[] if keep else ["Connection: close"])
            if answer.status != 200:
                wrong.append(answer)
            if not keep:
                peer = client(gate.port())

    threads = [threading.Thread(target=traffic, args=(keep,)) for keep in (True, False, True)]
    for thread in threads:
        thread.start()
    for number in range(15):
        yaml = proxy_yaml(app, route=f"name: round-{number}")
        if number % 2:
            yaml = yaml.replace("pools:", "  more:\n    bind: 127.0.0.1:0\npools:")
        assert gate.reload(yaml) == "reloaded"
        time.sleep(0.05)
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert not re.search("warn|error", "\n".join(line for line in gate.log.splitlines() if "workers" not in line))
