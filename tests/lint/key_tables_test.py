"""Every key that a configuration file may use is in the list that docs/configuration.md is compared with.

A section's keys stand in a table, `constexpr Key<Section> kSectionKeys[]`. It is read by read_map and listed by a
KeyList; a table that is read but not listed would let keys in that no page names. What is no table is a map whose names
the user chooses (each_entry).
"""
import re

import tree

TABLE = re.compile(r"constexpr Key<\w+> (?P<name>k\w+)\[\]")
READ = re.compile(r"read_map\([^;{}]*?\b(?P<name>k\w+Keys)\b")
LISTED = re.compile(r"\.add(?:_under)?\((?:\"[^\"]*\", )?(?P<name>k\w+)\)")
# each_entry by file: listeners and pools by name, and fields, queries and cookies by theirs; `tcp: {}` takes no key.
MAPS_OF_NAMES = {"listeners.cc": 1, "pools.cc": 1, "field_rules.cc": 2, "match.cc": 2, "health.cc": 1,
                "among_pools.cc": 1, "targets.cc": 2, "route_cache.cc": 1, "caches.cc": 1, "geo.cc": 2, "dns.cc": 1,
                "names.cc": 1, "region_health.cc": 1}


def problems_in(path, text):
    tables = {found["name"] for found in TABLE.finditer(text)}
    read = {found["name"] for found in READ.finditer(text)}
    listed = {found["name"] for found in LISTED.finditer(text)}
    problems = [f"{path}: {name} is read, but not in the list of keys (keys_inside)" for name in sorted(tables - listed)]
    problems += [f"{path}: {name} is listed, but never read" for name in sorted(tables - read)]
    entries = len(re.findall(r"\.each_entry\(", text))
    if entries != MAPS_OF_NAMES.get(path.name, 0):
        problems.append(f"{path}: {entries} maps of names are read; if its keys are headgate's own, they need a table")
    return problems


def test_every_table_of_keys_is_listed():
    sections = [path for path in tree.files(".cc") if path.parts[:2] == ("config", "sections")]
    tables = [name for path in sections for name in TABLE.findall(tree.read(path))]
    problems = [problem for path in sections for problem in problems_in(path, tree.read(path))]
    assert len(tables) > 15 and not problems, tree.listed(problems)


def test_catches():
    path = tree.pathlib.PurePosixPath("config/sections/new.cc")
    good = "constexpr Key<New> kNewKeys[] = {};\nread_map(at, kNewKeys, out);\nout.add_under(\"[]\", kNewKeys);\n"
    assert problems_in(path, good) == []
    assert problems_in(path, good.replace("out.add_under", "out.drop"))
    assert problems_in(path, good.replace("read_map", "look_at"))
    assert problems_in(path, good + "at.each_entry([](auto) {});\n")
