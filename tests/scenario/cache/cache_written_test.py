"""A hit goes out with the head that its entry keeps, or field by field where a rule may change one: the same bytes."""
import pytest

from cache.conftest import answer

# Both routes have the same entries; the second one's rule changes nothing, and has its fields made.
YAML = {"route": "match: { header: { X-Way: written } }",
        "routes": "  - pool: app\n    cache: { store: edge }\n"
                  "    headers: { response: { remove: [X-Nobody-Sends-This] } }\n"}

DATE = "Date: Sun, 06 Nov 1994 08:49:37 GMT"


def bytes_of(stage, path, way, method, version):
    client = stage.client()
    try:
        client.send(f"{method} {path} HTTP/{version}\r\nHost: a\r\nX-Way: {way}\r\nConnection: close\r\n\r\n".encode())
        return client.read_to_end()
    finally:
        client.close()


@pytest.mark.parametrize("fields, status, reason", [
    (["Cache-Control: max-age=60", "Content-Type: text/plain", "X-Twice: 1", "X-Twice: 2"], 200, "OK"),
    (["Cache-Control: max-age=60, no-cache=\"X-Secret, Date\"", DATE, "X-Secret: 1", "Keep-Alive: timeout=5", "X-Empty:"], 200, "Fine"),
    (["Cache-Control: max-age=60", "Connection: X-Hop", "X-Hop: 1", "Trailer: X-T", "ETag: \"v1\""], 404, "Not here"),
    (["Cache-Control: max-age=60", DATE, "Age: 7", "Location: /there"], 301, "")])
def test_the_same_bytes_either_way(stage, fields, status, reason):
    # A date of long ago would be an age; these answers are fresh for as long as the test runs.
    lasting = [field.replace("max-age=60", "max-age=2000000000") for field in fields]
    path = stage.path(answer(b"body", *lasting, status=status, reason=reason))
    stage.ask(path)
    for method, version in (("GET", "1.1"), ("HEAD", "1.1"), ("GET", "1.0")):
        for _ in range(10):  # Age may become another in between
            ways = [bytes_of(stage, path, way, method, version) for way in ("written", "fields")]
            if ways[0] == ways[1]:
                break
        assert ways[0] == ways[1], (method, version)
        assert b"; hit; ttl=" in ways[0] and ways[0].lower().count(b"\r\ndate: ") == 1
        assert ways[0].lower().count(b"\r\ncontent-length: 4") == 1 and b"\r\nX-Hop" not in ways[0] and b"\r\nX-Secret" not in ways[0]
    assert len(stage.asked(path)) == 1


def test_what_is_asked_for_in_part_or_on_a_condition(stage):
    path = stage.path(answer(b"0123456789", "Cache-Control: max-age=60", 'ETag: "v1"'))
    stage.ask(path, "X-Way: written")
    part = stage.ask(path, "X-Way: written", "Range: bytes=2-4")
    assert (part.status, part.body, part.get("Content-Range")) == (206, b"234", "bytes 2-4/10")
    assert stage.ask(path, "X-Way: written", 'If-None-Match: "v1"').status == 304 and len(stage.asked(path)) == 1
