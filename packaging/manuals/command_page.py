"""command_page.py BINARY TEMPLATE DATE VERSION: prints headgate(8): the template, and the words and options of --help."""
import itertools
import pathlib
import sys

import command_tree
import roff


def call(word):
    """How a word is called: names bold, what stands for something else in italics."""
    parts = [f"\\fB{roff.escaped(' '.join(('headgate', *word.path)))}\\fR"]
    parts += [f"\\fB{roff.escaped(option.names[-1])}\\fR \\fI{roff.escaped(option.value)}\\fR" for option in word.options
              if option.required]
    if any(option.names[-1] != "--help" and not option.required for option in word.options) and word.path:
        parts.append("[\\fIOPTION\\fR...]")
    for operand in word.operands:
        name = f"\\fI{roff.escaped(operand.name)}\\fR"
        parts.append(name if operand.required else f"[{name}]")
    if word.words:
        parts.append("\\fIWORD\\fR ..." if word.path else "[\\fB\\-\\-version\\fR] [\\fB\\-\\-help\\fR]")
    return " ".join(parts)


def terms(word, said=()):
    """Operands and options of a word; not --help, which every word has, nor what was `said` of the word above it."""
    found = [(f"\\fI{roff.escaped(operand.name)}\\fR", operand.text) for operand in word.operands]
    for option in word.options:
        if (option.names[-1] == "--help" and word.path) or option in said:
            continue
        head = ", ".join(f"\\fB{roff.escaped(name)}\\fR" for name in option.names)
        found.append((f"{head} \\fI{roff.escaped(option.value)}\\fR" if option.value else head, option.text))
    return "".join(roff.entry(head, roff.inline(text) or "\\&") for head, text in found)


def remarks(footer):
    """What a help says at its end: its indented lines as they are, the rest as paragraphs."""
    out = []
    for part in footer.split("\n\n"):
        for indented, lines in itertools.groupby(part.splitlines(), lambda line: line.startswith("  ")):
            lines = list(lines)
            # The help has 80 columns for what is a little further to the right here.
            out.append(roff.example([line.strip() for line in lines], "5n") if indented else roff.paragraph(" ".join(lines)))
    return "".join(out)


def described(word, above):
    """A word as a section of its own, then the words below it."""
    head = f".SS {call(word)}\n{roff.inline(word.text)}\n"
    below = "".join(described(each, word) for each in word.words)
    return head + terms(word, above.options if above.path else ()) + remarks(word.footer) + below


def commands(top):
    every = "Every word takes \\fB\\-h\\fR, \\fB\\-\\-help\\fR and prints what it is for. Words below a word take its options too.\n"
    return every + terms(top) + "".join(described(word, top) for word in top.words)


def synopsis(top):
    return "\n.br\n".join(call(word) for word in top.every() if not word.words)


def page(top, template, date, version):
    return (roff.title("HEADGATE", 8, date, version, "System Administration")
            + template.replace("@synopsis@\n", synopsis(top) + "\n").replace("@commands@\n", commands(top)))


if __name__ == "__main__":
    binary, template_file, date, version = sys.argv[1:5]
    with open(template_file, encoding="utf-8") as file:
        sys.stdout.write(page(command_tree.read(pathlib.Path(binary).resolve()), file.read(), date, version))
