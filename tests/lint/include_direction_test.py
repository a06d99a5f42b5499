"""Includes go down: from floor to floor, and inside proxy from room to room."""
import pathlib
import re

import pytest
import tree

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?P<open>["<])(?P<path>[^">]+)[">]', re.MULTILINE)

FLOORS = {  # room -> the rooms under it
    "base": set(),
    "wire": {"base"},
    "net": {"base"},
    "config": {"base"},
    "geoip": {"base"},
    "health": {"config", "net", "wire", "base"},
    "proxy": {"health", "geoip", "config", "net", "wire", "base"},
}

UNDER_HTTP = {"access_log", "compression", "route", "cache", "origin", "balance", "sticky", "listener", "message", "geo",
              "regions"}
PROXY_ROOMS = {  # folder of proxy -> those under it; http, dns, postgres and tcp do not know each other. The files of proxy
    # itself (snapshot, worker, control) put the rooms together and stand above them.
    "geo": set(),
    "message": {"geo"},
    "listener": set(),
    "access_log": {"message", "geo"},
    "discovery": set(),
    "stapling": set(),
    "sticky": {"message"},
    "balance": {"sticky", "message"},
    "regions": {"balance", "sticky", "message", "geo"},
    "compression": {"message"},
    "cache": {"origin", "compression", "route", "balance", "message"},  # its stage asks origins
    "origin": {"route", "balance", "sticky", "message"},  # a redirect is a template of route
    "route": {"message", "geo"},
    "systemd": set(),
    "handover": set(),
    "http": UNDER_HTTP,
    "dns": UNDER_HTTP,
    "postgres": UNDER_HTTP,
    "tcp": UNDER_HTTP,
    "explain": UNDER_HTTP | {"http", "dns", "postgres", "tcp", "discovery"},
    "admin": UNDER_HTTP | {"http", "dns", "postgres", "tcp", "explain", "discovery"},
    "steering": UNDER_HTTP | {"http", "admin"},
    "demo": UNDER_HTTP | {"http"},
    "ctl": {"message", "explain"},  # the other end of admin's API: of explain it takes what is asked and said
}
ABOVE_PROXY = "command"  # the command line: sees all of proxy, and only main.cc sees it

HEALTH_APART = {"checks", "pair"}

ONLY_IN = {  # prefix of a library's headers -> the folder that may include them
    "event2/": "net",
    "event.h": "net",
    "ares.h": "net/dns",
    "openssl/ssl.h": "net/tls",
    "yaml-cpp/": "config",
    "maxminddb.h": "geoip",
    "nghttp2/": "wire/http2",
    "spdlog/": "base",
    "zlib.h": "wire/coding",
    "zstd.h": "wire/coding",
    "brotli/": "wire/coding",
    "systemd/": "proxy/systemd",
}


def includes(text):
    return [(match["path"], match["open"] == '"', text.count("\n", 0, match.start()) + 1)
            for match in INCLUDE.finditer(text)]


def why_not(path, target):
    """Why a file in the house may not include the house's header `target`; None if it may."""
    here, there = path.parts[0], target.parts[0]
    if here != there:
        return None if there in FLOORS[here] else f"{here} does not stand on {there}"
    inner, other = path.parts[1], target.parts[1]
    if here == "proxy" and other == ABOVE_PROXY and inner not in (ABOVE_PROXY, "main.cc"):
        return f"only proxy/main.cc stands on proxy/{ABOVE_PROXY}"
    if len(path.parts) < 3 or inner == other:  # the parts' own top may see all of its folders
        return None
    if here == "proxy" and inner != ABOVE_PROXY:
        if len(target.parts) < 3:
            return f"proxy/{inner} looks up to {target}"
        if inner not in PROXY_ROOMS:
            return f"proxy/{inner} has no place in the order of proxy's rooms (tests/lint)"
        if other not in PROXY_ROOMS[inner]:
            return f"proxy/{inner} does not stand on proxy/{other}"
    if here == "health" and {inner, other} == HEALTH_APART:
        return "health/checks and health/pair do not know each other"
    return None


def why_not_library(path, header):
    for prefix, owner in ONLY_IN.items():
        if header.startswith(prefix) and not path.is_relative_to(owner):
            return f"only {owner} includes <{prefix}...>"
    return None


def room_of(path):
    """A test stands where what it tests stands: tests/unit/wire/http/x.cc is judged as wire/http/x.cc."""
    if path.parts[:2] == ("tests", "unit"):
        return pathlib.PurePosixPath(*path.parts[2:])
    return path


def problems_in(path, text):
    problems = []
    judged = room_of(path)
    if judged.parts[0] not in FLOORS:
        return problems
    for name, quoted, line in includes(text):
        target = pathlib.PurePosixPath(name)
        of_house = target.parts[0] in FLOORS and len(target.parts) > 1
        if quoted and not of_house and target.parts[0] != "tests":
            problems.append(f'{path}:{line}: "{name}": includes are from the root, and the house\'s own')
        if judged != path:
            reason = None if not of_house or target.parts[0] == judged.parts[0] else why_not(judged, target)
        else:
            reason = why_not(judged, target) if of_house else why_not_library(judged, name)
        if reason:
            problems.append(f"{path}:{line}: {name}: {reason}")
    return problems


def cycle_in(graph):
    """A cycle as a list of its files, first and last the same; None if there is none."""
    state, trail = {}, []

    def visit(node):
        state[node] = "open"
        trail.append(node)
        for follower in graph.get(node, ()):
            if state.get(follower) == "open":
                return trail[trail.index(follower):] + [follower]
            if follower not in state and (found := visit(follower)):
                return found
        trail.pop()
        state[node] = "done"
        return None

    for node in sorted(graph):
        if node not in state and (found := visit(node)):
            return found
    return None


def test_includes_go_down():
    problems = [problem for path in tree.files(".cc", ".h") for problem in problems_in(path, tree.read(path))]
    assert not problems, tree.listed(problems)


def test_no_cycle():
    graph = {str(path): [name for name, quoted, _ in includes(tree.read(path)) if quoted]
             for path in tree.house_files(".h")}
    assert cycle_in(graph) is None


@pytest.mark.parametrize("path, include, caught", [
    ("wire/http1/a.cc", '"net/socket.h"', "wire does not stand on net"),
    ("net/a.cc", '"wire/http/field.h"', "net does not stand on wire"),
    ("base/a.h", '"config/config.h"', "base does not stand on config"),
    ("health/checks/a.cc", '"proxy/route/route.h"', "health does not stand on proxy"),
    ("health/checks/a.cc", '"health/pair/state.h"', "do not know each other"),
    ("proxy/http/a.cc", '"proxy/dns/answer.h"', "proxy/http does not stand on proxy/dns"),
    ("proxy/balance/a.cc", '"proxy/origin/origin.h"', "proxy/balance does not stand on proxy/origin"),
    ("proxy/origin/a.cc", '"proxy/snapshot.h"', "looks up to"),
    ("proxy/http/a.cc", '"proxy/command/commands.h"', "only proxy/main.cc"),
    ("proxy/worker.cc", '"proxy/command/commands.h"', "only proxy/main.cc"),
    ("proxy/elsewhere/a.cc", '"proxy/message/body.h"', "has no place"),
    ("proxy/http/a.cc", "<event2/event.h>", "only net"),
    ("health/checks/a.cc", "<yaml-cpp/yaml.h>", "only config"),
    ("wire/http1/a.cc", '"head_parser.h"', "from the root"),
    ("tests/unit/wire/http1/a_test.cc", '"net/socket.h"', "wire does not stand on net"),
])
def test_catches(path, include, caught):
    problems = problems_in(pathlib.PurePosixPath(path), f"#pragma once\n#include {include}\n")
    assert len(problems) == 1 and caught in problems[0]


@pytest.mark.parametrize("path, include", [
    ("proxy/admin/a.cc", '"proxy/http/session.h"'),
    ("proxy/http/a.cc", '"wire/http1/head_parser.h"'),
    ("proxy/worker.cc", '"proxy/http/session.h"'),
    ("proxy/command/run.cc", '"proxy/control.h"'),
    ("proxy/main.cc", '"proxy/command/commands.h"'),
    ("net/a.cc", "<event2/event.h>"),
    ("health/checks/a.cc", '"health/table.h"'),
    ("tests/unit/net/socket_test.cc", '"net/socket.h"'),
])
def test_lets_pass(path, include):
    assert problems_in(pathlib.PurePosixPath(path), f"#include {include}\n") == []


def test_finds_cycles():
    assert cycle_in({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]}) == ["a", "b", "c", "a"]
    assert cycle_in({"a": ["b", "c"], "b": ["c"], "c": []}) is None
