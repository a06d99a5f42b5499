"""The bounds that the tables of docs/configuration.md state are the program's: what is at a bound is taken, what is
beyond it is refused with the key's name.

Every example of the page is written anew four times with all its bounded keys at the lower bound, at the upper one, just
below and just above; the program reports all mistakes of a file at once.
"""
import copy
import re

import pytest
import yaml

from scenario_parts import pages
from headgate_says import check

CONFIGURATION = pages.read("docs/configuration.md")
BYTES = re.compile(r"^(?P<low>\d+) to (?P<high>\d+) bytes")
NUMBERS = re.compile(r"^(?P<low>\d+)(?P<low_unit>[a-zA-Z%/]*) to (?P<high>\d+)(?P<high_unit>[a-zA-Z%/]*)$")
VALUES = re.compile(r"^values to (?P<high>\d+) bytes$")
PROBLEM = re.compile(r"^[^:]+:\d+:\d+: (?P<path>\S+): ", re.MULTILINE)
# What a text must hold besides being so long.
BEGINS = {"access_log.format": "{time}", "routes[].redirect.to": "/"}


class Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data):
        return True


def text_of(length, begin):
    """None if there is no such text."""
    return begin + "a" * (length - len(begin)) if length >= len(begin) else None


def edges(key, bounds):
    """{"low", "high", "below", "above"} -> text, for a bounds cell that this understands."""
    if found := BYTES.match(bounds):
        begin = BEGINS.get(key, "/" if "begins with /" in bounds else "")
        low, high = int(found["low"]), int(found["high"])
        if low < len(begin):
            low = len(begin)
        return {"low": text_of(low, begin), "high": text_of(high, begin), "below": "",
                "above": text_of(high + 1, begin)}
    if found := VALUES.match(bounds):
        high = int(found["high"])
        return {"low": "", "high": "a" * high, "above": "a" * (high + 1)}
    if found := NUMBERS.match(bounds):
        low, high = int(found["low"]), int(found["high"])
        low_unit, high_unit = found["low_unit"], found["high_unit"]
        below, above = f"{low - 1}{low_unit}", f"{high + 1}{high_unit}"
        if high_unit in ("MiB", "GiB"):
            above = str(high * {"MiB": 1 << 20, "GiB": 1 << 30}[high_unit] + 1)
        if high_unit == "d":
            above = f"{high * 86400 * 1000 + 1}ms"
        return {"low": f"{low}{low_unit}", "high": f"{high}{high_unit}", "below": below, "above": above}
    return None


BOUNDED = {row[0].strip("`"): found for _, text in pages.sections(CONFIGURATION) for row in pages.rows(text)
           if (found := edges(row[0].strip("`"), row[3]))}
EXAMPLES = [block for block in pages.blocks(CONFIGURATION, "docs/configuration.md") if block.language == "yaml"]


def set_at(value, steps, new):
    """Sets the first place of a key; False if the example has none."""
    step, rest = steps[0], steps[1:]
    if step == "[]":
        return isinstance(value, list) and any(set_at(item, rest, new) for item in value)
    if not isinstance(value, dict):
        return False
    if step == "NAME":
        return any(set_at(item, rest, new) for item in value.values())
    if step not in value:
        return False
    if rest:
        return set_at(value[step], rest, new)
    if isinstance(value[step], dict):
        value[step][next(iter(value[step]))] = new
    else:
        value[step] = [new] if isinstance(value[step], list) else new
    return True


def steps_of(key):
    return key.replace("[]", ".[]").split(".")


def with_all_at(edge, block):
    """The example with every bounded key at that edge, and which keys it has."""
    document = copy.deepcopy(pages.load(block.text))
    changed = {key for key, texts in BOUNDED.items()
               if texts.get(edge) is not None and set_at(document, steps_of(key), texts[edge])}
    return yaml.dump(document, Dumper=Dumper, sort_keys=False, width=10**6), changed


def checked(edge, block, folder):
    text, changed = with_all_at(edge, block)
    (folder / "headgate.yaml").write_text(pages.completed(text, folder))
    return check(folder / "headgate.yaml"), changed


def key_of(path):
    """pools.app.backends[1].weight -> pools.NAME.backends[].weight"""
    return re.sub(r"\[\d+\]", "[]", re.sub(r"^(listeners|pools|caches|regions)\.[^.]+", r"\1.NAME", path))


@pytest.mark.parametrize("block", EXAMPLES, ids=str)
@pytest.mark.parametrize("edge", ["low", "high"])
def test_at_a_bound_is_taken(block, edge, tmp_path):
    done, _ = checked(edge, block, tmp_path)
    assert done.returncode == 0, done.stderr[:4000]


@pytest.mark.parametrize("block", EXAMPLES, ids=str)
@pytest.mark.parametrize("edge", ["below", "above"])
def test_beyond_a_bound_is_refused(block, edge, tmp_path):
    done, changed = checked(edge, block, tmp_path)
    refused = {key_of(path) for path in PROBLEM.findall(done.stderr)}
    accepted = {key for key in changed if not any(one.startswith(key) for one in refused)}
    assert not accepted, done.stderr[:4000]


def test_most_keys_with_bounds_are_among_them():
    """A cell that this cannot read is not a numeric one."""
    stated = {row[0].strip("`"): row[3] for _, text in pages.sections(CONFIGURATION) for row in pages.rows(text)}
    unread = [key for key, bounds in stated.items() if key not in BOUNDED and re.match(r"\d+\S* to \d", bounds)]
    assert not unread
    shown = set().union(*(with_all_at("high", block)[1] for block in EXAMPLES))
    assert set(BOUNDED) == shown, "bounded keys without an example"
    assert len(BOUNDED) > 50
