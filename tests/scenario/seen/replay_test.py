"""headgate replay: a log's requests through two configurations."""
import json

import pytest

from headgate_test.command import headgate_says

OLD = """listeners: { web: { bind: 127.0.0.1:8080 }, inner: { bind: 127.0.0.1:9000 } }
pools:
  app: { backends: [10.0.0.1:80] }
  two: { backends: [10.0.0.2:80] }
access_log: { file: access.log }
routes:
  - { name: beta, match: { path: /shop/, cookie: { beta: "1" } }, pool: two }
  - { name: old, match: { host: old.example.com }, redirect: { to: "https://www.example.com{uri}" } }
  - { name: bots, match: { header: { User-Agent: bot } }, respond: { status: 403 } }
  - { name: files, match: { path: /files/ }, static: { root: /usr/share } }
  - { match: { path: /plain }, respond: {} }
  - { name: app, match: { host: www.example.com }, pool: app }
"""
CUT = "x" * 2048 + "..."


def line(path="/", **members):
    return {"time": "2026-11-23T06:10:25.123Z", "client": "192.0.2.1", "listener": "web", "method": "GET", "scheme": "http",
            "host": "www.example.com", "path": path, "protocol": "HTTP/1.1", "status": 200, "request_bytes": 0,
            "route": "app"} | {name.rstrip("_"): value for name, value in members.items()}


@pytest.fixture
def replay(tmp_path):
    def run(changed, *lines, status=None, old=OLD, options=()):
        (tmp_path / "old.yaml").write_text(old)
        (tmp_path / "new.yaml").write_text(changed)
        log = "".join((each if isinstance(each, str) else json.dumps(each, separators=(",", ":"))) + "\n" for each in lines)
        (tmp_path / "access.log").write_text(log)
        arguments = ["replay", "old.yaml", "--against", "new.yaml", "--log", "access.log", *options]
        text = headgate_says(*arguments, cwd=tmp_path)
        assert max(map(len, text.stdout.splitlines()), default=0) <= 80, text.stdout
        done = headgate_says(*arguments, "--json", cwd=tmp_path)
        assert done.returncode == text.returncode and (status is None or done.returncode == status), done
        return json.loads(done.stdout) if done.stdout else done.stderr

    return run


def moves(report):
    return {(each["from"], each["to"]): each["lines"] for each in report["moves"]}


def test_nothing_changes(replay):
    report = replay(OLD, line(), line("/shop/1", route="beta"), line("/x", host="no.example", route=None, ending="no_route"),
                    status=0)
    assert (report["compared"], report["unchanged"], report["changed"], report["undecided"]) == (3, 3, 0, 0)
    assert (report["log_agrees"], report["log_differs"]) == (3, 0)


def test_what_changes(replay):
    changed = OLD.replace("status: 403", "status: 404").replace("  - { name: app,", """\
  - { name: api, match: { path: /api/ }, pool: two }
  - { name: app,""").replace("www.example.com{uri}", "www.example.com{path}")
    report = replay(changed, line("/api/1"), line("/api/2", host="x.example", route=None, ending="no_route"),
                    line("/a", host="old.example.com", route="old", query="b"),
                    line("/a", host="old.example.com", route="old"), line(user_agent="bot", route="bots"), line(), status=1)
    assert moves(report) == {
        ("app: pool app", "api: pool two"): 1, ("no route (404)", "api: pool two"): 1,
        ("old: redirect https://www.example.com{uri} (308)", "old: redirect https://www.example.com{path} (308)"): 1,
        ("bots: respond 403", "bots: respond 404"): 1}
    counts = {name: report[f"changed_{name}"] for name in ("route", "pool", "status", "origin")}
    assert counts == {"route": 2, "pool": 2, "status": 2, "origin": 4}
    example = next(each for each in report["moves"] if each["from"].startswith("old"))["examples"][0]
    assert example == {"line": 3, "request": "GET old.example.com/a?b", "client": "192.0.2.1"}


def test_a_route_without_a_name_is_known_by_what_it_does(replay):
    moved = OLD.replace("routes:\n", "routes:\n  - { match: { path: /first }, respond: {} }\n")
    assert replay(moved, line("/plain", route="routes[4]"), status=0)["unchanged"] == 1


def test_what_only_a_limit_decides(replay):
    changed = OLD.replace("web: { bind: 127.0.0.1:8080 }", "web: { bind: 127.0.0.1:8080, limits: { body: 1KiB, header: 256 } }")
    report = replay(changed, line(method="POST", request_bytes=1024), line(method="POST", request_bytes=1025),
                    line("/" + "a" * 300), status=1)
    assert moves(report) == {("app: pool app", "refused (413)"): 1, ("app: pool app", "refused (414)"): 1}


def test_another_key_of_a_hash_is_another_origin(replay):
    def hashed(by):
        return OLD.replace("  app: {", f"  app: {{ balance: {{ hash: {by} }},", 1)

    assert hashed("path") != OLD
    report = replay(hashed("'header:X-User'"), line(), old=hashed("client"))
    assert moves(report) == {("app: pool app, hash by client (maglev)", "app: pool app, hash by header:X-User (maglev)"): 1}
    assert (report["changed"], report["changed_origin"], report["changed_pool"]) == (1, 1, 0)


def test_methods_listeners_and_drained_pools(replay):
    assert moves(replay(OLD.replace("pool: app }", "static: { root: /usr/share } }"), line(method="POST"), line())) == {
        ("app: pool app", "app: static /usr/share"): 1, ("app: pool app", "app: static /usr/share (405)"): 1}
    gone = OLD.replace(", inner: { bind: 127.0.0.1:9000 }", "")
    assert moves(replay(gone, line(listener="inner"))) == {("app: pool app", "no such listener"): 1}
    drained = OLD.replace("10.0.0.1:80]", "{ address: \"10.0.0.1:80\", drain: true }]")
    assert moves(replay(drained, line())) == {("app: pool app", "app: pool app (503)"): 1}
    assert replay(OLD.replace("/shop/", "/shop"), line(method="TRACE", route="app"))["unchanged"] == 1


def test_cookies_that_the_log_does_not_hold(replay):
    """The route that a line names tells what the cookie was, as far as the same condition is asked for."""
    moved = OLD.replace("{ path: /shop/, cookie", "{ path: /sale/, cookie")
    report = replay(moved, line("/shop/1", route="beta"), line("/shop/1"), line("/sale/1"), line("/"))
    # The first had the cookie and loses its pool; the second had it not; of the third nobody knows.
    assert (report["changed"], report["unchanged"], report["undecided"]) == (1, 2, 1)
    assert report["open"] == [{"depends_on": ["cookie beta: 1"], "lines": 1, "examples": [
        {"line": 3, "request": "GET www.example.com/sale/1", "client": "192.0.2.1"}]}]
    # Without the route's name nothing is known of the first two either, unless both configurations ask alike.
    report = replay(moved, line("/shop/1", route=None), status=0)
    assert (report["changed"], report["undecided"]) == (0, 1)
    assert replay(OLD, line("/shop/1", route=None), status=0)["unchanged"] == 1
    # What changes whatever the cookie was has changed.
    report = replay(OLD.replace("pool: two }\n  - { name: old", "pool: app }\n  - { name: old").replace(
        "{ host: www.example.com }, pool: app", "{ host: www.example.com }, pool: two"), line("/shop/1", route=None), status=1)
    assert (report["changed"], report["changed_pool"]) == (1, 1)


def test_any_value_and_a_value(replay):
    wide = OLD.replace('cookie: { beta: "1" }', 'cookie: { beta: "*" }')
    report = replay(wide, line("/shop/1", route="beta"), line("/shop/1"))
    assert (report["unchanged"], report["undecided"]) == (1, 1)


def test_headers_that_the_log_holds_unless_it_cut_them(replay):
    changed = OLD.replace("User-Agent: bot", "User-Agent: robot")
    report = replay(changed, line(user_agent="bot", route="bots"), line(user_agent="x"), line(user_agent=CUT, cut=["user_agent"]))
    assert (report["changed"], report["unchanged"], report["undecided"]) == (1, 1, 1)


def test_lines_that_cannot_be_used(replay):
    report = replay(OLD, line(), '{"client":"192.0.2.1","listener":"web","pa', "hello", "{}", '{"client":"x","listener":"web"}',
                    line(method="", path="", status=400), line(CUT, cut=["path"]), "[1]", '{"a":' + "1" * 300_000 + "}", status=0)
    unusable = {each["why"]: (each["lines"], each["first_line"]) for each in report["unusable"]}
    assert report["lines"] == 9 and report["compared"] == 1
    assert sorted(unusable.values()) == [(1, 6), (1, 7), (1, 9), (2, 4), (3, 2)]


def test_a_log_of_another_configuration(replay):
    report = replay(OLD, line(route="elsewhere"), line(), status=0)
    assert (report["log_agrees"], report["log_differs"]) == (1, 1)
    assert "another route" in report["warnings"][0]


def test_trusted_proxies_that_differ(replay):
    changed = OLD.replace("web: { bind: 127.0.0.1:8080 }", "web: { bind: 127.0.0.1:8080, trusted_proxies: [10.0.0.0/8] }")
    assert "trusted_proxies of listener web differ" in replay(changed, line(), status=0)["warnings"][0]


@pytest.mark.parametrize("limit, status", [("0", 1), ("1", 1), ("2", 0), ("49.9%", 1), ("50%", 0), ("many", 2), ("-1", 2)])
def test_the_limit(replay, limit, status):
    changed = OLD.replace("{ host: www.example.com }, pool: app", "{ host: www.example.com }, pool: two")
    files = line("/files/a", route="files")
    replay(changed, line(), line(), files, files, status=status, options=[f"--limit={limit}"])


def test_a_combined_log_is_refused(replay):
    combined = '192.0.2.1 - - [23/Nov/2026:06:10:25 +0000] "GET / HTTP/1.1" 200 12 "-" "curl/8"'
    assert "combined format" in replay(OLD, combined, status=2)


def test_a_log_of_nothing(replay):
    assert replay(OLD, status=2)["compared"] == 0


def test_examples_and_standard_input(tmp_path):
    (tmp_path / "old.yaml").write_text(OLD)
    (tmp_path / "new.yaml").write_text(OLD.replace("www.example.com }, pool: app", "www.example.com }, pool: two"))
    log = "".join(json.dumps(line(f"/{i}")) + "\r\n" for i in range(9))
    done = headgate_says("replay", "old.yaml", "--against", "new.yaml", "--log", "-", "--examples", "5", "--json", cwd=tmp_path,
                         stdin=log)
    assert done.returncode == 1 and [each["line"] for each in json.loads(done.stdout)["moves"][0]["examples"]] == [1, 2, 3, 4, 5]
    for missing in (["--log", "none.log"], ["--log", "-", "--against", "none.yaml"]):
        assert headgate_says("replay", "old.yaml", "--against", "new.yaml", *missing, cwd=tmp_path, stdin="").returncode == 2
