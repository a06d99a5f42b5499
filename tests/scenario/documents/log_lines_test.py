"""docs/operations/log.md has every line that headgate's own log can have, and no others."""
import re

from scenario_parts import pages

SOURCES = [path for room in ("base", "wire", "net", "config", "health", "proxy") for path in (pages.ROOT / room).rglob("*.cc")]
PAGE = "docs/operations/log.md"
CALL = re.compile(r'\blog_?\.(?:info|warn|error)\(\s*"(?P<text>(?:[^"\\]|\\.)*)"')
STATE = re.compile(r'fmt::format\("(?P<text>pool \{\}: backend \{\} \(\{\}\) is [^"]*)"')
ROW = re.compile(r"^\| `(?P<line>[^`]+)` \| (?:info|warning|error) \|", re.MULTILINE)


def formats_in(text):
    """The format texts of a source's log calls; those without a word of their own are left to whom they repeat."""
    found = [match["text"].replace("\\n", " ") for pattern in (CALL, STATE) for match in pattern.finditer(text)]
    return [text for text in found if re.search(r"[a-z]{3}", text)]


def pattern_of(text):
    """A format as a pattern for a line of the page."""
    return re.compile(re.escape(text).replace(re.escape("{}"), ".*"))


def compared(formats, lines):
    patterns = {text: pattern_of(text) for text in formats}
    missing = [f"{text!r} is not in the page" for text, pattern in patterns.items()
               if not any(pattern.fullmatch(line) for line in lines)]
    return missing + [f"no source writes {line!r}" for line in lines
                      if not any(pattern.fullmatch(line) for pattern in patterns.values())]


def test_the_page_has_every_line():
    formats = [text for path in SOURCES for text in formats_in(path.read_text())]
    lines = ROW.findall(pages.read(PAGE))
    problems = compared(formats, lines)
    assert len(lines) > 15 and not problems, "\n".join(problems)


def test_catches():
    formats = formats_in('log_.info("ready: {} {}, pid {}", a);\n  log_.error("{}", text);\n  log.warn(\n      "lost {}", x);')
    assert formats == ["ready: {} {}, pid {}", "lost {}"]
    assert compared(formats, ["ready: 2 workers, pid 7", "lost NUMBER"]) == []
    assert compared(formats, ["ready: 2 workers, pid 7", "lost NUMBER", "found NUMBER"]) == ["no source writes 'found NUMBER'"]
    assert compared(formats, ["lost NUMBER"]) == ["'ready: {} {}, pid {}' is not in the page"]
