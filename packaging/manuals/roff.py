"""Text and Markdown as troff's man macros."""
import re


def escaped(text):
    """Plain text that means itself: no backslash, hyphen or quote is taken for troff's own."""
    for character, written in (("\\", "\\e"), ("-", "\\-"), ("'", "\\(aq"), ("^", "\\(ha"), ("~", "\\(ti")):
        text = text.replace(character, written)
    return text


def safe_start(line):
    """A line that begins with a dot or a quote would be a request."""
    return "\\&" + line if line.startswith((".", "'")) else line


def inline(markdown):
    """A paragraph: `code` and **strong** become bold, links their text."""
    parts = []
    for piece in re.split(r"(`[^`]+`|\*\*[^*]+\*\*|\[[^\]]+\]\([^)]+\))", markdown):
        if piece.startswith("`"):
            parts.append(f"\\fB{escaped(piece[1:-1])}\\fR")
        elif piece.startswith("**"):
            parts.append(f"\\fB{escaped(piece[2:-2])}\\fR")
        elif piece.startswith("["):
            parts.append(escaped(piece[1:piece.index("]")]))
        else:
            parts.append(escaped(piece))
    return safe_start("".join(parts))


def paragraph(markdown):
    return f".PP\n{inline(' '.join(markdown.split()))}\n"


def example(lines, indent="+4n"):
    body = "\n".join(safe_start(escaped(line)) or "\\&" for line in lines)
    return f".PP\n.in {indent}\n.EX\n{body}\n.EE\n.in\n"


def entry(head, text):
    """A term in troff already, and what it means."""
    return f".TP\n{head}\n{text}\n"


def title(name, section, date, version, what):
    """The head of a page, which is set ragged and without hyphens: keys and commands are not to be broken."""
    return f'.TH {name} {section} {date} "headgate {version}" "{what}"\n.ad l\n.nh\n'
