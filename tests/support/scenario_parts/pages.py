"""The Markdown pages of the project, as the tests that hold them to the program see them."""
import dataclasses
import functools
import pathlib
import re

import yaml

from scenario_parts import certificates

ROOT = pathlib.Path(__file__).resolve().parents[3]
FENCE = re.compile(r"^```(?P<language>[a-z]+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^## (?P<name>.+)$", re.MULTILINE)
# Absolute paths of an installed headgate, which a test moves to a folder of its own.
INSTALLED = re.compile(r"(?<![\w.:])/(?:etc|run|srv|var)/[\w./-]+")

# What the files of certificates hold that an example names, by its keys. All examples have the same certificate, so that
# every key fits; its issuer, itself, stands behind it, and its authority could be asked.
CERTIFICATES = {"cert": lambda issued: issued.cert_pem * 2, "key": lambda issued: issued.key_pem,
                "client_ca": lambda issued: issued.cert_pem, "ca": lambda issued: issued.cert_pem,
                "ocsp": certificates.ocsp_response}


# What stands behind `geoip.database`.
DATABASE = ROOT / "tests/fuzz/corpus/mmdb/GeoLite2-City-Test.mmdb"


@functools.cache
def _issued():
    return certificates.issue("shop.example.com", is_ca=True, ocsp_at="http://ocsp.example.com/")


class _Loader(yaml.SafeLoader):
    """Every scalar is the text that it is written as: `on` is a key, 1.0 a word."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if tag == "tag:yaml.org,2002:merge"]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()}


def load(text):
    """The values of a YAML text, all scalars as text, merge keys resolved."""
    return yaml.load(text, _Loader)


@dataclasses.dataclass
class Block:
    """A fenced block of a page."""
    page: str
    line: int
    language: str
    text: str

    def __str__(self):
        return f"{self.page}:{self.line}"


def pages():
    """Every page, as paths relative to the root."""
    return ["README.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))]


def read(page):
    return (ROOT / page).read_text()


def blocks(text, page=""):
    return [Block(page, text.count("\n", 0, found.start()) + 1, found["language"], found["text"])
            for found in FENCE.finditer(text)]


def sections(text):
    """(name, text) of each "## " section."""
    found = list(HEADING.finditer(text))
    ends = [heading.start() for heading in found[1:]] + [len(text)]
    return [(heading["name"], text[heading.end():end]) for heading, end in zip(found, ends)]


def rows(text):
    """The cells of each line of a table whose first cell is `code`."""
    return [[cell.strip() for cell in line.strip().strip("|").split("|")]
            for line in text.splitlines() if line.startswith("| `")]


def completed(text, folder):
    """A fragment of a configuration as a file that loads: without `listeners` it gets one, pools that its routes name and
    it does not have get a backend, and without pools and routes it gets none. Absolute paths below /etc, /run, /srv and
    /var move into `folder`, and the files and folders that it names are made.
    """
    folder = pathlib.Path(folder)
    text = INSTALLED.sub(lambda found: str(folder) + found[0], text)
    keys = load(text)
    if "listeners" not in keys:
        names = sorted({name for route in keys.get("routes", []) for name in _listed(route.get("match", {}).get("listener", []))})
        text += "listeners:\n" + "".join(f"  {name}: {{ bind: 127.0.0.1:{8000 + number} }}\n"
                                         for number, name in enumerate(names or ["web"]))
    used = {name for route in keys.get("routes", []) for name in _pools_of(route)} - set(keys.get("pools", {}))
    if used and "pools" not in keys:
        text += "pools:\n" + "".join(f"  {name}: {{ backends: [127.0.0.1:9000] }}\n" for name in sorted(used))
    _make_files(keys, folder)
    return text


def _pools_of(route):
    """The names of pools that a route's origin has."""
    split, shard = route.get("split", {}), route.get("shard", {})
    return [*_listed(route.get("pool", [])), *(split[end] for end in ("read", "write") if end in split),
            *shard.get("pools", []), *_listed(route.get("mirror", {}).get("pool", []))]


def _listed(value):
    return list(value) if isinstance(value, (list, dict)) else [value]


def _make_files(value, folder):
    if isinstance(value, list):
        for item in value:
            _make_files(item, folder)
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        _make_files(inner, folder)
        if key == "database":
            for name in _listed(inner):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(DATABASE.read_bytes())
        if key == "dnssec":
            (folder / inner["key"]).chmod(0o600)
        if not isinstance(inner, str):
            continue
        path = folder / inner
        if key == "root":
            path.mkdir(parents=True, exist_ok=True)
        elif key in CERTIFICATES:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(CERTIFICATES[key](_issued()))
        elif key in ("file", "socket"):
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix == ".zone":
                path.write_text("$TTL 1h\n@ NS ns.example.net.\n")
        elif key.endswith("_file"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(0o600)
            path.write_text("0123456789abcdef" * 4 + "\n" if key == "keys_file" else "letmein\n")
