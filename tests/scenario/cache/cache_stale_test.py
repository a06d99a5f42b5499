"""What has become stale: revalidated, given while it is revalidated, given in place of an error; and what unsafe methods
and purges make of what is stored."""

import pytest

from cache.conftest import answer
from headgate_test import StreamEnded
from scenario_parts.watching import wait_until

YAML = {"cache": "stale: { if_error: 1m, if_unreachable: 0s }, key: { query: [v] }",
        "store": "memory: 8MiB, purge: 127.0.0.1"}

FRESH = "Cache-Control: max-age=60"
STALE = ("Cache-Control: max-age=60", "Age: 70")


def numbered(*fields, then=None):
    """Answers with the number of the request as its body; a request with a condition as `then` says."""
    count = iter(range(1, 100))

    def made(request, connection):
        number = next(count)
        if number > 1 and then is not None:
            return then(request, connection)
        return answer(str(number).encode(), *fields)
    return made


def test_a_304_updates_what_is_stored(stage):
    def not_modified(request, _):
        assert request.get("If-None-Match") == '"v1"'
        return answer(b"", FRESH, 'ETag: "v1"', "X-New: yes", status=304, reason="Not Modified")
    path = stage.path(numbered(*STALE, 'ETag: "v1"', "X-Old: yes", then=not_modified))
    assert stage.says(path)[:2] == (200, b"1")
    status, body, says = stage.says(path)
    assert (status, body) == (200, b"1") and says.startswith("fwd=stale; fwd-status=304; ttl="), says
    third = stage.ask(path)
    assert (third.get("X-New"), third.get("X-Old")) == ("yes", "yes") and "hit" in third.get("Cache-Status")
    assert len(stage.asked(path)) == 2


def test_a_304_about_something_else_is_not_taken(stage):
    def other(request, _):
        if request.get("If-None-Match"):
            return answer(b"", 'ETag: "v9"', status=304, reason="Not Modified")
        return answer(b"new", FRESH, 'ETag: "v9"')
    path = stage.path(numbered(*STALE, 'ETag: "v1"', then=other))
    stage.ask(path)
    assert stage.ask(path).body == b"new" and len(stage.asked(path)) == 3


def test_stale_while_revalidate(stage):
    path = stage.path(numbered("Cache-Control: max-age=60, stale-while-revalidate=60", "Age: 70", then=lambda *_: answer(b"2", FRESH)))
    assert stage.ask(path).body == b"1"
    status, body, says = stage.says(path)
    assert (status, body) == (200, b"1") and says.startswith("hit; ttl=-") and says.endswith("detail=stale-while-revalidate")
    wait_until(lambda: stage.ask(path).body == b"2")
    assert len(stage.asked(path)) == 2


@pytest.mark.parametrize("failure", [lambda *_: None, lambda *_: answer(b"no", status=503, reason="No")])
def test_stale_in_place_of_an_error(stage, failure):
    path = stage.path(numbered(*STALE, 'ETag: "v1"', then=failure))
    stage.ask(path)
    for _ in range(2):
        status, body, says = stage.says(path)
        assert (status, body) == (200, b"1") and "detail=stale-if-error" in says, says
    assert len(stage.asked(path)) == 3


@pytest.mark.parametrize("word", ["must-revalidate", "proxy-revalidate", "s-maxage=60", "no-cache"])
def test_never_stale_where_its_origin_forbids(stage, word):
    path = stage.path(numbered(f"Cache-Control: max-age=60, {word}", "Age: 70", 'ETag: "v1"', then=lambda *_: None))
    stage.ask(path)
    assert stage.ask(path).status == 504


def test_unsafe_methods_invalidate(stage):
    target = stage.path(numbered(FRESH), "target")
    other = stage.path(numbered(FRESH), "other")
    path = stage.path(lambda request, _: answer(b"x", FRESH, f"Location: {target}", f"Content-Location: http://a{other}", "Vary: X-Kind")
                      if request.method == "POST" else answer(b"x", FRESH, "Vary: X-Kind"))
    failing = stage.path(lambda request, _: answer(b"x", status=500, reason="No") if request.method == "POST" else answer(b"x", FRESH))
    for each in (path, target, other, failing):
        stage.ask(each)
        stage.ask(each)
        assert len(stage.asked(each)) == 1
    stage.ask(path, "Content-Length: 0", method="POST")
    stage.ask(failing, "Content-Length: 0", method="POST")
    for each in (path, target, other):
        assert "fwd=uri-miss" in stage.says(each)[2]
    assert "hit" in stage.says(failing)[2]


def test_purges_by_method(stage):
    path = stage.path(lambda request, _: answer(request.target.encode(), FRESH))
    for query in ("?v=1&x=1", "?v=2"):
        stage.ask(path + query)
    assert "hit" in stage.says(path + "?x=2&v=1")[2]
    assert stage.ask(path + "?v=1", method="PURGE").status == 200
    assert "fwd=uri-miss" in stage.says(path + "?v=1")[2] and "hit" in stage.says(path + "?v=2")[2]
    # Softly: stale at once, and given while it is revalidated.
    assert stage.ask(path + "?v=2", "Headgate-Purge: soft", method="PURGE").status == 200
    assert "detail=purged-softly" in stage.says(path + "?v=2")[2]
    wait_until(lambda: stage.says(path + "?v=2")[2].endswith("detail=fresh"))


def test_purges_come_from_allowed_networks_alone(stage):
    from headgate_test.client import Client
    path = stage.path(answer(b"x", FRESH))
    stage.ask(path)
    peer = Client.connect(stage.gate.port(), source="127.0.0.2")
    peer.send(f"PURGE {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    assert peer.read_response().status == 403 and "hit" in stage.says(path)[2]


def test_a_reload_keeps_what_is_stored_unless_its_size_changes(stage):
    path = stage.path(answer(b"x", FRESH))
    stage.ask(path)
    assert stage.gate.reload(stage.yaml + "\nlog: { level: debug }\n") == "reloaded"
    assert "hit" in stage.says(path)[2]
    assert stage.gate.reload(stage.yaml.replace("8MiB", "9MiB")) == "reloaded"
    assert "fwd=uri-miss" in stage.says(path)[2]
    assert stage.gate.reload(stage.yaml) == "reloaded"


def test_a_body_that_breaks_off_is_not_stored(stage):
    def broken(_, connection):
        connection.send(b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 10\r\n\r\n12345")
        return None
    path = stage.path(broken)
    for _ in range(2):
        with pytest.raises(StreamEnded):
            stage.ask(path)
    assert len(stage.asked(path)) == 2
