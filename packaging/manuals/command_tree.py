"""The words and options of the command line, read from what the binary's own --help prints at every level."""
import dataclasses
import re
import subprocess

SECTION = re.compile(r"^(Options|Positionals|Subcommands|\[Option Group: [^\]]*\]):?$")
# One space alone may stand between the left column and the text, where the left one fills its width: then what is in
# capitals, quotes, brackets or dots belongs to the left.
LEFT = re.compile(r"^(\S+(?: (?:REQUIRED|\.\.\.|[A-Z][A-Z0-9_|:/=.-]*(?![a-z])|'[^']*'|in \[[^\]]*\]))*)(?:\s+(.*))?$")
NAMES = re.compile(r"^(-{1,2}[\w-]+(?:,-{1,2}[\w-]+)*)\s*(.*)$")


@dataclasses.dataclass
class Option:
    names: list  # ["-h", "--help"]
    value: str  # "IP"; nothing for a flag
    required: bool
    text: str


@dataclasses.dataclass
class Operand:
    name: str  # "FILE"
    required: bool
    text: str


@dataclasses.dataclass
class Word:
    path: tuple  # ("ctl", "drain"); () is headgate itself
    text: str
    options: list
    operands: list
    words: list
    footer: str

    def every(self):
        """This word and all below it, in the order of the help."""
        yield self
        for word in self.words:
            yield from word.every()


def help_of(binary, path):
    return subprocess.run([binary, *path, "--help"], capture_output=True, text=True, check=True, timeout=60).stdout


def sections(text):
    """What stands before `Usage:`, the lines of each section by its name, and what follows them."""
    before, _, rest = text.partition("Usage:")
    found, name, footer = {}, None, []
    for line in rest.splitlines()[1:]:
        if SECTION.match(line):
            name = "Options" if line.startswith("[") else line.rstrip(":")
        elif name and line.startswith("  "):
            found.setdefault(name, []).append(line)
        elif line.strip() or footer:
            footer.append(line)
            name = None
    return " ".join(before.split()), found, "\n".join(footer).strip()


def entries(lines):
    """[left, text] of each entry; a text may go on below, further to the right."""
    found = []
    for line in lines:
        if re.match(r"^  \S", line):
            left, gap, text = line.strip().partition("  ")
            if not gap:
                left, text = LEFT.match(left).groups()
            found.append([left, (text or "").strip()])
        else:
            found[-1][1] = f"{found[-1][1]} {line.strip()}".strip()
    return found


def option_of(left, text):
    names, value = NAMES.match(left).groups()
    value = re.sub(r":[A-Z]+ in \[.*?\]", "", value)  # bounds, which the text has in words
    return Option(names.split(","), value.replace("REQUIRED", "").strip(), "REQUIRED" in value, text)


def operand_of(left, text):
    return Operand(left.replace("REQUIRED", "").strip(), "REQUIRED" in left, text)


def parse(text, path, below):
    """A word from the text of its help; `below(path)` gives those below it."""
    what, found, footer = sections(text)
    return Word(path, what, [option_of(*entry) for entry in entries(found.get("Options", []))],
                [operand_of(*entry) for entry in entries(found.get("Positionals", []))],
                [below((*path, left.split()[0])) for left, _ in entries(found.get("Subcommands", []))], footer)


def read(binary, path=()):
    """The word at `path` and everything below it."""
    return parse(help_of(binary, path), path, lambda deeper: read(binary, deeper))
