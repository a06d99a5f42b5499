"""A backend that the configuration drains: no new requests, what runs on it ends, the table says so."""
from headgate_test import answering, proxy_yaml
from scenario_parts.backends import Gated
from scenario_parts.watching import wait_state, wait_until

REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def draining_yaml(leaving, staying, drain):
    text = proxy_yaml(staying)
    entry = f'{{ id: leaving, address: "{leaving.address}", drain: {drain} }}'
    return text.replace("backends: [", f"backends: [{entry}, ")


def test_a_draining_backend_ends_what_it_has_and_gets_no_more(headgate, origin, client):
    busy_there = Gated(b"leaving")
    leaving, staying = origin(busy_there), origin(answering(body=b"staying"))
    gate = headgate(draining_yaml(leaving, staying, "false"))
    peers = [client(gate.port()) for _ in range(2)]
    for peer in peers:
        peer.send(REQUEST)
    wait_until(lambda: busy_there.waiting)

    assert gate.reload(draining_yaml(leaving, staying, "true")) == "reloaded"
    row = wait_state(gate, "leaving", "draining")
    assert "drain: true" in row["why"]
    asker = client(gate.port())
    assert {asker.get().body for _ in range(6)} == {b"staying"}

    busy_there.open()
    assert {peer.read_response().body for peer in peers} == {b"leaving", b"staying"}

    assert gate.reload(draining_yaml(leaving, staying, "false")) == "reloaded"
    wait_state(gate, "leaving", "up")
    assert {asker.get().body for _ in range(6)} == {b"leaving", b"staying"}
