"""C++ text made easier to look at: without comments, literals and preprocessor lines, at the same places."""
import re

TOKEN = re.compile(
    r'//(?:[^\\\n]|\\\n|\\.)*|/\*.*?\*/'                          # comments
    r'|R"(?P<mark>[^()\s\\]{0,16})\(.*?\)(?P=mark)"'              # raw strings
    r'|"(?:[^"\\\n]|\\.)*"'                                       # strings
    r"|(?<![0-9a-fA-F])'(?:[^'\\\n]|\\.)+'",                      # characters, but not the ' of 100'000
    re.DOTALL)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\\\n]|\\\n|\\.)*", re.MULTILINE)


def _blank(match):
    """Spaces in place of what matched; its line ends stay, so that lines keep their numbers."""
    text = match.group(0)
    kept = re.sub(r"[^\n]", " ", text)
    if text[0] in "\"'R" and len(text) >= 2:
        return '"' + kept[1:-1] + '"'  # still an expression
    return kept


def code_of(text):
    return DIRECTIVE.sub(_blank, TOKEN.sub(_blank, text))


def line_of(text, at):
    return text.count("\n", 0, at) + 1


CLOSERS = {"(": ")", "[": "]", "{": "}"}


def end_of_group(code, at):
    """The index after the bracket that closes the one at `at`; the end of the text if none does."""
    opener, closer, depth = code[at], CLOSERS[code[at]], 0
    for index in range(at, len(code)):
        if code[index] == opener:
            depth += 1
        elif code[index] == closer:
            depth -= 1
            if depth == 0:
                return index + 1
    return len(code)
