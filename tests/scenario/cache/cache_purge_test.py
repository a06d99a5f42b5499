"""Purges over the admin API and by `headgate ctl purge`: by URL, tag, host, prefix and everything, hard and soft."""
import json
import subprocess

import pytest

from cache.conftest import answer
from headgate_test.daemon import binary
from headgate_test.metrics import total
from scenario_parts.watching import wait_until

FRESH = "Cache-Control: max-age=60"


def purge(stage, *arguments):
    done = subprocess.run([binary(), "ctl", "purge", *arguments, "--socket", stage.socket], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def stored(stage):
    """Three stored paths: /a.../1 tagged red, /a.../2 tagged red and blue, /b...; and whether each is still there."""
    base = stage.path(b"")
    paths = {}
    for name, tags in (("red", "red"), ("both", "red blue"), ("none", "")):
        path = f"{base}/{name}"
        stage.answers[path] = answer(name.encode(), FRESH, *([f"Surrogate-Key: {tags}"] if tags else []))
        stage.ask(path)
        paths[name] = path

    def there():
        return {name: "hit" in stage.says(path, "Cache-Control: only-if-cached")[2] for name, path in paths.items()}
    assert all(there().values())
    return base, paths, there


def test_by_tag(stage, stored):
    _, _, there = stored
    assert purge(stage, "edge", "--tag", "blue") == (0, "edge: what is tagged blue is gone\n")
    assert there() == {"red": True, "both": False, "none": True}
    assert purge(stage, "edge", "--tag", "red")[0] == 0
    assert there() == {"red": False, "both": False, "none": True}


def test_by_url(stage, stored):
    _, paths, there = stored
    port = stage.gate.port()
    assert purge(stage, "edge", "--of-url", f"http://a{paths['red']}") == (0, f"edge: http://a{paths['red']} in all variants is gone\n")
    assert there() == {"red": False, "both": True, "none": True}
    assert purge(stage, "edge", "--of-url", f"http://other:{port}{paths['none']}")[0] == 0
    assert there()["none"]


def test_by_prefix_and_host(stage, stored):
    base, paths, there = stored
    assert purge(stage, "edge", "--prefix", f"{base}/r", "--host", "other")[0] == 0
    assert all(there().values())
    assert purge(stage, "edge", "--prefix", f"{base}/r", "--host", "A")[0] == 0
    assert there() == {"red": False, "both": True, "none": True}
    assert purge(stage, "edge", "--prefix", f"{base}/b")[0] == 0
    assert there() == {"red": False, "both": False, "none": True}
    assert purge(stage, "edge", "--host", "a", "--soft") == (0, "edge: all of a is stale from now on\n")
    assert "detail=purged-softly" in stage.says(paths["none"])[2]


def test_everything(stage, stored):
    _, _, there = stored
    assert purge(stage, "edge", "--everything") == (0, "edge: everything is gone\n")
    assert not any(there().values())


def test_memory_of_what_was_purged_comes_back(stage, stored):
    """Nobody asks for it any more."""
    def entries():
        return total(stage.gate.metrics(), "headgate_cache_entries", cache="edge")
    assert entries() >= 3
    assert purge(stage, "edge", "--everything")[0] == 0
    wait_until(lambda: entries() == 0, what="an empty store")


def test_a_purge_during_a_fetch_wins(stage):
    def made(_, __):
        if len(stage.asked(path)) == 1:
            assert purge(stage, "edge", "--tag", "slow")[0] == 0
        return answer(b"x", FRESH, "Cache-Tag: quick,slow")
    path = stage.path(made)
    stage.ask(path)
    assert "fwd=uri-miss" in stage.says(path)[2] and "hit" in stage.says(path)[2]


@pytest.mark.parametrize("arguments, said", [
    (["edge"], "a purge names one thing"), (["edge", "--tag", "a", "--everything"], "a purge names one thing"),
    (["egde", "--everything"], "no cache named 'egde' (did you mean 'edge'?)"),
    (["edge", "--prefix", "a"], "prefix is a path and begins with /"), (["edge", "--of-url", "http://"], "url is not one")])
def test_what_is_refused(stage, arguments, said):
    status, text = purge(stage, *arguments)
    assert status == 1 and said in text, text


def test_caches_are_shown(stage, stored):
    done = subprocess.run([binary(), "ctl", "caches", "--socket", stage.socket], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0].split() == ["CACHE", "MEMORY", "USED", "ENTRIES", "DISCARDED", "PURGES", "HITS"]
    assert done.stdout.splitlines()[1].startswith("edge ")
    shown = json.loads(stage.gate.admin("/api/v1/caches"))["caches"]
    assert [one["name"] for one in shown] == ["edge"] and shown[0]["entries"] >= 3
    route = shown[0]["routes"]["routes[0]"]
    assert route["miss"] >= 3 and route["hit"] >= 3 and route["stored_bytes"] > 0


def test_one_cache_is_shown_at_length(stage):
    path = stage.path(answer(b"x" * 100, FRESH))
    client = stage.client()
    for _ in range(1000):
        client.send(f"GET {path}?q=%22 HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        assert client.read_response().body == b"x" * 100
    client.close()
    key = f"http://a{path}?q=%22"
    hottest = json.loads(stage.gate.admin("/api/v1/caches"))["caches"][0]["hottest"]
    assert hottest[0]["key"] == key and hottest[0]["requests_per_second"] > 1, hottest
    done = subprocess.run([binary(), "ctl", "caches", "edge", "--socket", stage.socket], capture_output=True, text=True, check=True)
    cache, routes, keys = done.stdout.split("\n\n")
    assert cache.splitlines()[1].startswith("edge ") and routes.splitlines()[1].startswith("routes[0] ")
    assert routes.split()[:3] == ["ROUTE", "REQUESTS", "HITS"]
    assert keys.splitlines()[0].split() == ["REQ/S", "HOTTEST", "KEYS"] and keys.splitlines()[1].split()[1] == key
    done = subprocess.run([binary(), "ctl", "caches", "egde", "--socket", stage.socket], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "no cache named 'egde' (did you mean 'edge'?)" in done.stderr


def test_ages_and_durations_are_counted(stage):
    path = stage.path(answer(b"x", FRESH, "Age: 5"))
    def counted(name, **labels):
        return total(stage.gate.metrics(), f"headgate_route_cache_{name}", **labels)

    def all_of():
        return [counted("age_seconds_count"), counted("age_seconds_bucket", le="3"), counted("age_seconds_sum") // 10,
                counted("duration_seconds_count", tier="memory"), counted("duration_seconds_count", tier="origin")]
    before = all_of()
    for _ in range(3):
        stage.ask(path)
    wait_until(lambda: [b - a for a, b in zip(before, all_of(), strict=True)] == [2, 0, 1, 2, 1], what="two hits aged 5 s and a miss")
    route = json.loads(stage.gate.admin("/api/v1/caches"))["caches"][0]["routes"]["routes[0]"]
    assert route["latency_ms"]["memory"]["p95"] > 0 and route["latency_ms"]["disk"]["p95"] is None
    for name, share in (("p50", 0.5), ("p95", 0.95)):  # the first bound that so many are within
        bounds = [2 ** bucket - 1 for bucket in range(21)]
        within = [bound for bound in bounds if counted("age_seconds_bucket", le=str(bound)) >= share * counted("age_seconds_count")]
        assert route["age_seconds"][name] == within[0], (name, within)
    for _ in range(300):
        stage.ask(path)
    route = json.loads(stage.gate.admin("/api/v1/caches"))["caches"][0]["routes"]["routes[0]"]
    assert route["age_seconds"]["p95"] == 7, route  # a fifth of them and more are of this one, aged 5 s or a little more
