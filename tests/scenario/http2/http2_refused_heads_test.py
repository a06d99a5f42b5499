"""A request whose head is malformed is counted and logged, whatever its client does next: nothing else need come from it
that would make the daemon look again."""
import functools

import pytest

from headgate_test.metrics import total
from http2_peer.frames import END_HEADERS, END_STREAM, HEADERS, PROTOCOL_ERROR, frame, raw_block, request_fields
from scenario_parts.watching import wait_until

MALFORMED = frame(HEADERS, END_HEADERS | END_STREAM, 1, raw_block(request_fields(more=[("X-Upper", "1")])))
LOGGED = "HTTP/2.0 0 request_malformed"


def silent(client):
    client.answer(1)
    assert client.answers[1].reset == PROTOCOL_ERROR


def leaves(client):
    client.close()


def goes_on(client):
    silent(client)
    client.request(3, path="/fixed")
    assert client.answer(3).status == 200


@pytest.mark.parametrize("then", [silent, leaves, goes_on])
def test_counted_and_logged(stage, peer, then):
    refused = functools.partial(total, name="headgate_listener_requests_refused_total", listener="web")
    before, lines = refused(stage.gate.metrics()), stage.log_lines(LOGGED)
    client = peer().opened()
    client.send(MALFORMED)
    then(client)
    wait_until(lambda: refused(stage.gate.metrics()) == before + 1, what="counted")
    wait_until(lambda: stage.log_lines(LOGGED) == lines + 1, what="logged")


def test_half_a_head_is_no_malformed_request(stage, peer):
    before = total(stage.gate.metrics(), "headgate_listener_requests_refused_total", listener="web")
    client = peer().opened()
    client.send(MALFORMED[:-3])
    client.close()
    follower = peer().opened()
    follower.request(1, path="/fixed")
    assert follower.answer(1).status == 200
    assert total(stage.gate.metrics(), "headgate_listener_requests_refused_total", listener="web") == before
