"""Prometheus text -> {(name, frozenset of (label, value)): number}."""
import re

LINE = re.compile(r"(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)(?: \d+)?")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')


def parse(text):
    samples = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        match = LINE.fullmatch(line)
        assert match, f"not a sample: {line!r}"
        samples[match["name"], frozenset(LABEL.findall(match["labels"] or ""))] = float(match["value"])
    return samples


def total(samples, name, **labels):
    """The sum of all samples of `name` whose labels include these."""
    wanted = set(labels.items())
    return sum(value for (sample, has), value in samples.items() if sample == name and wanted <= has)
