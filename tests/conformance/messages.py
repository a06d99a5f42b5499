"""The table of tests/conformance/messages for Python: see messages/README.md there."""
import dataclasses
import pathlib
import re

FOLDER = pathlib.Path(__file__).resolve().parent / "messages"

_HEADING = re.compile(r"(?P<name>[a-z0-9-]+)(?: \((?P<method>[A-Z]+)\))?: (?P<why>.+)")
_ESCAPE = re.compile(rb"\\(?:([rnt\\])|x([0-9a-fA-F]{2})|\{(\d+):([^}]*)\})")
_LETTERS = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"\\": b"\\"}


@dataclasses.dataclass(frozen=True)
class MessageCase:
    name: str
    why: str
    side: str  # "request" or "response"
    raw: bytes
    verdict: str  # "accepted", "refused", "body-refused" or "incomplete"
    status: int  # of "refused", otherwise 0
    attributes: dict  # of "accepted": name -> bytes
    request_method: str  # what a response answers


def unescaped(text):
    def replaced(match):
        letter, byte, count, repeated = match.groups()
        if letter:
            return _LETTERS[letter]
        if byte:
            return bytes([int(byte, 16)])
        return unescaped(repeated) * int(count)

    raw = text if isinstance(text, bytes) else text.encode()
    return _ESCAPE.sub(replaced, raw)


def _case(side, heading, body):
    match = _HEADING.fullmatch(heading)
    if not match or len(body) < 2 or not body[-1].startswith("=> "):
        raise ValueError(f"malformed case: {heading}")
    verdict, *words = body[-1][3:].split()
    attributes = {}
    if verdict == "accepted":
        attributes = {key: unescaped(value) for key, _, value in (word.partition("=") for word in words)}
    return MessageCase(match["name"], match["why"], side, unescaped("".join(body[:-1])), verdict,
                       int(words[0]) if verdict == "refused" else 0, attributes, match["method"] or "GET")


def load(side=None, folder=FOLDER):
    """All cases, or those of one side ("request" or "response"), in the order of the files."""
    cases = []
    for path in sorted(folder.glob("*.txt")):
        file_side = path.name.split("_")[0].removesuffix("s")
        if side not in (None, file_side):
            continue
        heading, body = None, []
        for line in path.read_text(encoding="ascii").splitlines() + [""]:
            if line.startswith("#"):
                continue
            if line.strip() and heading is None:
                heading = line.strip()
            elif line.strip():
                body.append(line.strip())
            elif heading is not None:
                cases.append(_case(file_side, heading, body))
                heading, body = None, []
    return cases
