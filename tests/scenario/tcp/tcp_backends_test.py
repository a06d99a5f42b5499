"""Which backend a tcp connection gets: as requests do, with a lease for as long as it lives."""
import threading

from headgate_test.metrics import total
from headgate_test.ports import free_port
from scenario_parts.tcp import echo, logged, tcp_yaml
from scenario_parts.watching import wait_until


def named(name):
    def handle(connection):
        connection.send(name)
        echo(connection)

    return handle


def test_takes_turns(headgate, origin, client):
    gate = headgate(tcp_yaml(origin(named(b"a")), origin(named(b"b"))))
    assert sorted(client(gate.port()).read_exactly(1) for _ in range(4)) == [b"a", b"a", b"b", b"b"]


def test_a_dead_backend_is_followed_by_the_next(headgate, origin, client):
    """Without any check: nothing listens at the first, and every client is served all the same."""
    dead = f"127.0.0.1:{free_port()}"
    gate = headgate(tcp_yaml(dead, origin(named(b"b"))))
    for _ in range(4):
        assert client(gate.port()).read_exactly(1) == b"b"
    assert total(gate.metrics(), "headgate_pool_retries_total", pool="app") == 2


def test_nobody_to_connect_to(headgate, client):
    dead = [f"127.0.0.1:{free_port()}" for _ in range(2)]
    gate = headgate(tcp_yaml(*dead, pool="retry: { attempts: 1 }"))
    client(gate.port()).wait_gone()
    line = logged(gate, 1)[0]
    assert line["ending"] == "connect_failed" and line["retries"] == 1
    assert line["backend_address"] in dead and "refused" in line["detail"]


def test_full_backends_make_connections_wait(headgate, origin, client):
    backend = origin(named(b"a"))
    yaml = tcp_yaml(backend, pool="queue: { size: 1, timeout: 10s }").replace(
        f'"{backend.address}"', f'{{ address: "{backend.address}", max_requests: 1 }}')
    gate = headgate(yaml)
    first = client(gate.port())
    assert first.read_exactly(1) == b"a"
    second = client(gate.port())
    second.send(b"early")
    wait_until(lambda: total(gate.metrics(), "headgate_pool_waiting") == 1)
    client(gate.port()).wait_gone()
    assert logged(gate, 1)[0]["ending"] == "no_backend"
    first.close()
    assert second.read_exactly(6) == b"aearly"


def test_a_client_that_goes_leaves_the_queue(headgate, origin, client):
    backend = origin(named(b"a"))
    yaml = tcp_yaml(backend, pool="queue: { size: 10, timeout: 60s }").replace(
        f'"{backend.address}"', f'{{ address: "{backend.address}", max_requests: 1 }}')
    gate = headgate(yaml)
    first = client(gate.port())
    assert first.read_exactly(1) == b"a"
    second = client(gate.port())
    wait_until(lambda: total(gate.metrics(), "headgate_pool_waiting") == 1)
    second.reset()
    assert logged(gate, 1)[0]["ending"] == "client_gone"
    assert total(gate.metrics(), "headgate_pool_waiting") == 0


def test_reloads_under_load_break_no_connection(headgate, origin, client):
    """Connections live on over reloads, also when their pool and listener go; new ones meet the new configuration."""
    old, new = origin(named(b"o")), origin(named(b"n"))
    gate = headgate(tcp_yaml(old, workers=2))
    port, stop, broken = gate.port(), threading.Event(), []
    peers = [client(port, timeout=30) for _ in range(20)]
    for peer in peers:
        assert peer.read_exactly(1) == b"o"

    def talk(peer):
        try:
            while not stop.is_set():
                peer.send(b"x" * 5000)
                assert peer.read_exactly(5000) == b"x" * 5000
        except Exception as failure:
            broken.append(failure)

    threads = [threading.Thread(target=talk, args=(peer,)) for peer in peers]
    for thread in threads:
        thread.start()
    kept = tcp_yaml(new, workers=2).replace("127.0.0.1:0\n    protocol", f"127.0.0.1:{port}\n    protocol")
    for _ in range(3):
        assert gate.reload(kept.replace("  app:", "  other:").replace("pool: app", "pool: other")) == "reloaded"
        assert client(port).read_exactly(1) == b"n"
        assert gate.reload(kept) == "reloaded"
    assert gate.reload("listeners: { plain: { bind: 127.0.0.1:0 } }") == "reloaded"
    stop.set()
    for thread in threads:
        thread.join(30)
    assert not broken, broken
    for peer in peers:
        peer.send(b"still here")
        assert peer.read_exactly(10) == b"still here"


def test_a_stop_gives_connections_their_time_and_then_cuts_them(headgate, origin, client):
    gate = headgate(tcp_yaml(origin(echo), more="drain_timeout: 1s\n"))
    done, cut = client(gate.port()), client(gate.port())
    for peer in (done, cut):
        peer.send(b"hello")
        assert peer.read_exactly(5) == b"hello"
    gate.process.terminate()
    gate.wait_log("stopping")
    done.send(b"more")
    assert done.read_exactly(4) == b"more"
    done.half_close()
    done.expect_closed()
    cut.expect_reset()
    gate.stop()
    assert [line.get("ending") for line in logged(gate, 2)] == [None, "cut"]


def test_an_upgrade_leaves_connections_to_the_old_process(headgate, origin, client):
    gate = headgate(tcp_yaml(origin(echo), more="drain_timeout: 20s\n"))
    before = client(gate.port())
    before.send(b"before")
    assert before.read_exactly(6) == b"before"
    old = gate.upgrade()
    after = client(gate.port())
    after.send(b"after")
    assert after.read_exactly(5) == b"after"
    before.send(b"still")
    assert before.read_exactly(5) == b"still"
    before.close()
    assert old.wait(20) == 0
