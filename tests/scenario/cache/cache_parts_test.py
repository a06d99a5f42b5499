"""Parts that are stored: put together, completed, and given as what they are."""
import re
import threading

import pytest

from cache.conftest import answer
from headgate_test import StreamEnded
from scenario_parts.watching import wait_until

YAML = {"store": "memory: 8MiB, max_object: 256KiB, purge: 127.0.0.1"}
FRESH = "Cache-Control: max-age=60"
PAGE = bytes(range(33, 123)) * 10  # 900 bytes


class Ranged:
    """An origin that does ranges and If-Range as it should; `asked` is what was asked of it."""

    def __init__(self, *fields, body=PAGE, etag='"v1"'):
        self.fields, self.body, self.etag = fields or (FRESH,), body, etag
        self.asked = []

    def __call__(self, request, connection):
        wanted, condition = request.get("Range"), request.get("If-Range")
        self.asked.append((wanted, condition, request.get("If-None-Match")))
        fields = [*self.fields, *([f"ETag: {self.etag}"] if self.etag else [])]
        if self.etag and request.get("If-None-Match") == self.etag:
            return answer(b"", *fields, status=304, reason="Not Modified")
        if wanted is None or condition not in (None, self.etag):
            return answer(self.body, *fields)
        first, last = re.fullmatch(r"bytes=(\d+)-(\d*)", wanted).groups()
        first, last = int(first), min(int(last or len(self.body) - 1), len(self.body) - 1)
        return self.part(first, last, fields)

    def part(self, first, last, fields):
        return answer(self.body[first:last + 1], *fields, f"Content-Range: bytes {first}-{last}/{len(self.body)}",
                      status=206, reason="Partial Content")


def ask(stage, path, wanted, *fields):
    response = stage.ask(path, *([f"Range: bytes={wanted}"] if wanted else []), *fields)
    return response.status, response.get("Content-Range"), response.body


def part(first, last):
    return 206, f"bytes {first}-{last}/{len(PAGE)}", PAGE[first:last + 1]


def settled(stage, path, wanted):
    """What was fetched has found its place."""
    wait_until(lambda: "hit" in stage.says(path, f"Range: bytes={wanted}", "Cache-Control: only-if-cached")[2])


@pytest.mark.parametrize("first, second, missing, both", [
    ("0-99", "100-199", "100-199", (0, 199)),    # side by side
    ("0-99", "50-199", "100-199", (0, 199)),     # one into the other
    ("100-199", "0-149", "0-99", (0, 199)),      # from before
    ("0-99", "0-299", "100-299", (0, 299)),      # around it
    ("800-899", "700-", "700-799", (700, 899))])  # up to the end
def test_a_part_is_completed_and_kept(stage, first, second, missing, both):
    origin = Ranged()
    path = stage.path(origin)
    ask(stage, path, first)
    settled(stage, path, first)
    begin, end = (int(at or len(PAGE) - 1) for at in second.split("-"))
    assert ask(stage, path, second) == part(begin, end)
    settled(stage, path, f"{both[0]}-{both[1]}")
    assert ask(stage, path, f"{both[0]}-{both[1]}") == part(*both)
    assert ask(stage, path, f"{both[0] + 1}-{both[1] - 1}") == part(both[0] + 1, both[1] - 1)
    assert origin.asked == [(f"bytes={first}", None, None), (f"bytes={missing}", '"v1"', None)]


def test_a_part_becomes_the_whole(stage):
    origin = Ranged(FRESH, "X-Of: origin")
    path = stage.path(origin)
    ask(stage, path, "0-99")
    settled(stage, path, "0-99")
    whole = stage.ask(path)
    assert (whole.status, whole.body, whole.get("Content-Range"), whole.get("X-Of")) == (200, PAGE, None, "origin")
    assert whole.get("Cache-Status").startswith("headgate; fwd=partial")
    settled(stage, path, "0-899")
    assert ask(stage, path, None) == (200, None, PAGE) and ask(stage, path, "500-500") == part(500, 500)
    assert origin.asked == [("bytes=0-99", None, None), ("bytes=100-899", '"v1"', None)]


def test_what_a_client_asked_is_put_with_what_is_there(stage):
    """The piece that is missing lies between, or around: the request goes as it came."""
    origin = Ranged()
    path = stage.path(origin)
    for wanted in ("100-199", "0-299"):
        assert ask(stage, path, wanted)[0] == 206
        settled(stage, path, wanted)
    assert ask(stage, path, "500-599") == part(500, 599)
    settled(stage, path, "500-599")
    assert origin.asked == [("bytes=100-199", None, None), ("bytes=0-299", None, None), ("bytes=500-599", None, None)]
    assert ask(stage, path, None) == (200, None, PAGE) and origin.asked[-1] == (None, None, None)


def test_another_representation_takes_the_place_of_the_part(stage):
    origin = Ranged()
    path = stage.path(origin)
    ask(stage, path, "0-99")
    settled(stage, path, "0-99")
    origin.body, origin.etag = PAGE[::-1], '"v2"'
    assert ask(stage, path, "50-199") == (206, "bytes 50-199/900", PAGE[::-1][50:200])
    assert origin.asked[1:] == [("bytes=100-199", '"v1"', None)]
    assert ask(stage, path, None) == (200, None, PAGE[::-1]) and len(origin.asked) == 2


@pytest.mark.parametrize("etag", ['W/"v1"', None])
def test_parts_without_a_strong_validator_are_not_put_together(stage, etag):
    origin = Ranged(etag=etag)
    path = stage.path(origin)
    for wanted in ("0-99", "50-199"):
        assert ask(stage, path, wanted)[0] == 206
        settled(stage, path, wanted)
    assert [wanted for wanted, *_ in origin.asked] == ["bytes=0-99", "bytes=50-199"]
    assert ask(stage, path, "0-0") == part(0, 0) and len(origin.asked) == 3


def disregards_if_range(first, last, etag, body=PAGE, whole=900):
    """Whatever is asked for by If-Range is answered with this part."""
    def made(self, request, connection):
        if request.get("If-Range") is None:
            return Ranged.__call__(self, request, connection)
        self.asked.append((request.get("Range"), request.get("If-Range"), None))
        return answer(body[first:last + 1], FRESH, f"ETag: {etag}", f"Content-Range: bytes {first}-{last}/{whole}",
                      status=206, reason="Partial Content")
    return type("Wayward", (Ranged,), {"__call__": made})()


@pytest.mark.parametrize("wayward", [
    lambda: disregards_if_range(100, 199, '"v2"'), lambda: disregards_if_range(100, 150, '"v1"'),
    lambda: disregards_if_range(300, 399, '"v1"'), lambda: disregards_if_range(100, 199, '"v1"', whole=901),
    lambda: type("Unsatisfied", (Ranged,), {"part": lambda self, first, last, fields:
                 answer(b"", status=416, reason="No") if first == 100 else Ranged.part(self, first, last, fields)})()])
def test_an_origin_that_answers_something_else_is_asked_in_the_clients_words(stage, wayward):
    origin = wayward()
    path = stage.path(origin)
    ask(stage, path, "0-99")
    settled(stage, path, "0-99")
    assert ask(stage, path, "0-199") == part(0, 199)
    assert [wanted for wanted, *_ in origin.asked] == ["bytes=0-99", "bytes=100-199", "bytes=0-199"]
    assert origin.asked[2][1] is None


def test_a_rest_that_breaks_off_leaves_the_part(stage):
    origin = Ranged()
    origin.broken = False
    def made(request, connection):
        whole = origin(request, connection)
        if not origin.broken:
            return whole
        connection.send(whole[:-50])
        return None
    path = stage.path(made)
    ask(stage, path, "0-99")
    settled(stage, path, "0-99")
    origin.broken = True
    with pytest.raises(StreamEnded):
        ask(stage, path, "0-199")
    origin.broken = False
    assert ask(stage, path, "0-99") == part(0, 99) and len(origin.asked) == 2
    assert ask(stage, path, "0-199") == part(0, 199) and origin.asked[2][0] == "bytes=100-199"


def test_a_stale_part_is_revalidated(stage):
    origin = Ranged(FRESH, "Age: 70")
    path = stage.path(origin)
    ask(stage, path, "0-99")
    settled_stale = lambda: len(origin.asked) == 1
    wait_until(settled_stale)
    origin.fields = (FRESH,)
    wait_until(lambda: ask(stage, path, "0-9") == part(0, 9))
    assert origin.asked[-1] in (("bytes=0-9", None, None), (None, None, '"v1"'))
    assert ask(stage, path, "5-9") == part(5, 9)


def test_if_range_of_the_client(stage):
    origin = Ranged()
    path = stage.path(origin)
    ask(stage, path, "0-99")
    settled(stage, path, "0-99")
    assert ask(stage, path, "0-9", 'If-Range: "v1"') == part(0, 9) and len(origin.asked) == 1
    # Another tag than that of what is stored: the whole, of which a part is there already.
    assert ask(stage, path, "0-9", 'If-Range: "v0"') == (200, None, PAGE)
    assert origin.asked[1] == ("bytes=100-899", '"v1"', None)


def test_together_they_stay_within_max_object(stage):
    body = b"x" * 300_000
    origin = Ranged(body=body)
    path = stage.path(origin)
    for wanted in ("0-199999", "200000-299999"):
        assert len(ask(stage, path, wanted)[2]) in (100_000, 200_000)
    assert ask(stage, path, "150000-250000")[2] == body[150_000:250_001]


def test_one_rest_for_all_who_want_the_whole(stage):
    go = threading.Event()
    origin = Ranged()

    def made(request, connection):
        whole = origin(request, connection)
        assert request.get("If-Range") is None or go.wait(30)
        return whole
    path = stage.path(made)
    ask(stage, path, "0-99")
    settled(stage, path, "0-99")
    peers = [stage.client() for _ in range(4)]
    for peer in peers:
        peer.send(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    wait_until(lambda: len(origin.asked) == 2)
    go.set()
    assert [peer.read_response().body for peer in peers] == [PAGE] * 4 and len(origin.asked) == 2
