"""Every ```yaml block of the pages is a configuration, or a part of one, that `headgate check` takes.

How a part is completed is said at scenario_parts.pages.completed.
"""
import pytest

from headgate_says import check
from scenario_parts import pages

BLOCKS = [block for page in pages.pages() for block in pages.blocks(pages.read(page), page) if block.language == "yaml"]
CONFIGURATION = pages.read("docs/configuration.md")


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_examples_load(block, tmp_path):
    text = pages.completed(block.text, tmp_path)
    (tmp_path / "headgate.yaml").write_text(text)
    done = check(tmp_path / "headgate.yaml")
    assert done.returncode == 0, f"{block}\n{done.stderr}{text}"
    assert "is never reached" not in done.stdout, f"{block}\n{done.stdout}"


def test_a_broken_example_is_noticed(tmp_path):
    (tmp_path / "headgate.yaml").write_text(pages.completed("routes: [ { pool: app, matches: {} } ]\n", tmp_path))
    done = check(tmp_path / "headgate.yaml")
    assert done.returncode == 2 and "routes[0].matches" in done.stderr


MAPS = ("listeners", "pools", "caches", "regions", "dns.zones", "dns.zones.NAME.names")  # of names that users give


def keys_of(value, maps_of_names, path=""):
    """The keys in an example, spelled as the tables do: pools.NAME.backends[].weight."""
    if isinstance(value, list):
        return {key for item in value for key in keys_of(item, maps_of_names, f"{path}[]")}
    if not isinstance(value, dict) or path in maps_of_names:
        return set()
    out = set()
    for name, inner in value.items():
        key = f"{path}.NAME" if path in MAPS else f"{path}.{name}".lstrip(".")
        out |= ({key} if not key.endswith(".NAME") else set()) | keys_of(inner, maps_of_names, key)
    return out


REFUSED = {"caches.NAME.disk"}  # said to be so in the table


def test_every_key_has_an_example_in_its_section():
    table = {row[0].strip("`"): row for _, text in pages.sections(CONFIGURATION) for row in pages.rows(text)}
    maps_of_names = {key for key, row in table.items() if "map of " in row[1]}
    for name, text in pages.sections(CONFIGURATION):
        shown = set()
        for block in pages.blocks(text):
            shown |= keys_of(pages.load(block.text), maps_of_names)
        missing = [row[0].strip("`") for row in pages.rows(text) if row[0].strip("`") not in shown | REFUSED]
        assert not missing, f"section {name!r} has no example of {missing}"
        assert shown <= set(table), f"section {name!r} shows keys that no table has: {shown - set(table)}"
