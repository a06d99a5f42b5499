"""docs/migrating.md as a list of comparisons: for each three configurations and a table of requests with what each program
makes of them. The page is written for people; this is the grammar that it keeps to.

A section ("## ...") has fenced blocks `nginx`, `haproxy` and `yaml`, which belong together, and behind them a table whose
first column is "request"; then further blocks may follow.

A request:  [N × | N at once ×] `GET /path` [`Field: value`]... [from ADDRESS] [with N MiB [in chunks]] [PROXY ADDRESS]
            [while ADDRESS refuses | breaks off | is slow] [once ADDRESS refuses | breaks off: when that has been noticed]
A result:   parts joined by ", " in any order, each a status (`200`), "N × `502`", "N from ADDRESS" or "from ADDRESS" (the
            backend), "to `Location`", "sees `/path`" or "sees `Field: value`" (of two fields "one / other") or "sees no `Field`" (the backend), "has
            `Field: value`", "has no `Field`" (the client), "closed" (no answer). "-": the program has nothing for it.
"""
import dataclasses
import re

from scenario_parts import pages

PAGE = "docs/migrating.md"
PROGRAMS = ("nginx", "haproxy", "yaml")
REQUEST = re.compile(r"^(?:(?P<times>\d+) (?P<at_once>at once )?× )?`(?P<method>[A-Z]+) (?P<target>[^ `]+)`(?P<rest>.*)$")
RESULTS = {
    "status": re.compile(r"(?:(?P<times>\d+) × )?`(?P<status>\d{3})`"),
    "backend": re.compile(r"(?:(?P<times>\d+) )?from (?P<address>[\d.]+)"),
    "location": re.compile(r"to `(?P<location>[^`]+)`"),
    "path": re.compile(r"sees `(?P<path>/[^`]*)`"),
    "seen": re.compile(r"sees `(?P<name>[A-Za-z-_]+): (?P<value>[^`]*)`"),
    "unseen": re.compile(r"sees no `(?P<name>[A-Za-z-_]+)`"),
    "has": re.compile(r"has `(?P<name>[A-Za-z-]+): (?P<value>[^`]*)`"),
    "lacks": re.compile(r"has no `(?P<name>[A-Za-z-]+)`"),
    "closed": re.compile(r"closed"),
}


@dataclasses.dataclass
class Request:
    text: str
    times: int
    method: str
    target: str
    fields: list  # "Name: value"
    source: str = None
    body_bytes: int = 0
    chunked: bool = False
    proxied_for: str = None
    at_once: bool = False
    trouble: tuple = None  # (address of a backend, "refuses" | "breaks off" | "is slow")
    noticed: bool = False


@dataclasses.dataclass
class Row:
    request: Request
    results: dict  # program -> [(kind, match)], or None for "-"

    def __str__(self):
        return self.request.text


@dataclasses.dataclass
class Comparison:
    name: str
    blocks: dict  # program -> text
    rows: list

    def __str__(self):
        return self.name


def request_of(text):
    found = REQUEST.match(text)
    assert found, f"not a request: {text}"
    rest = found["rest"]
    request = Request(text, int(found["times"] or 1), found["method"], found["target"], re.findall(r"`([^`]+: [^`]*)`", rest),
                      at_once=bool(found["at_once"]))
    rest = re.sub(r"`[^`]*`", "", rest)
    for pattern, take in (
            (r"from ([\d.]+)", lambda m: {"source": m[1]}),
            (r"with (\d+) MiB( in chunks)?", lambda m: {"body_bytes": int(m[1]) << 20, "chunked": bool(m[2])}),
            (r"PROXY ([\d.]+)", lambda m: {"proxied_for": m[1]}),
            (r"(while|once) ([\d.]+) (refuses|breaks off|is slow)",
             lambda m: {"trouble": (m[2], m[3]), "noticed": m[1] == "once"})):
        if match := re.search(pattern, rest):
            for name, value in take(match).items():
                setattr(request, name, value)
            rest = rest.replace(match[0], "")
    assert not rest.strip(), f"not understood: {rest!r} in {text}"
    return request


def results_of(text):
    if text == "-":
        return None
    out = []
    for part in re.split(r", (?=(?:[^`]*`[^`]*`)*[^`]*$)", text):
        kinds = [(kind, match) for kind, pattern in RESULTS.items() if (match := pattern.fullmatch(part))]
        assert kinds, f"not a result: {part!r} in {text}"
        out.append(kinds[0])
    return out


def comparisons():
    out = []
    for name, text in pages.sections(pages.read(PAGE)):
        comparison = None
        for piece in re.split(r"(^```[a-z]+\n[\s\S]*?^```$|(?:^\|.*\n)+)", text, flags=re.MULTILINE):
            if blocks := pages.blocks(piece):
                if comparison is None or comparison.rows or blocks[0].language in comparison.blocks:
                    comparison = Comparison(name, {}, [])
                    out.append(comparison)
                if blocks[0].language in PROGRAMS:
                    comparison.blocks[blocks[0].language] = blocks[0].text
            elif piece.startswith("| request |") and comparison:
                lines = [[cell.strip() for cell in line.strip().strip("|").split(" | ")] for line in piece.splitlines()[2:]]
                for cells in lines:
                    assert len(cells) == 4, f"{name}: request, nginx, HAProxy, headgate: {cells}"
                    comparison.rows.append(Row(request_of(cells[0]), dict(zip(PROGRAMS, map(results_of, cells[1:])))))
    return [comparison for comparison in out if comparison.blocks]
