"""command_page.py BINARY TEMPLATE DATE VERSION: prints headgate(8): the template, and the words and options of --help."""
import pathlib
import sys

import command_tree
import roff


def call(word):
    """How a word is called: names bold, what stands for something else in italics."""
    parts = [f"\\fB{roff.escaped(' '.join(('headgate', *word.path)))}\\fR"]
    if any(option.names[-1] != "--help" for option in word.options) and word.path:
        parts.append("[\\fIOPTION\\fR...]")
    for operand in word.operands:
        name = f"\\fI{roff.escaped(operand.name)}\\fR"
        parts.append(name if operand.required else f"[{name}]")
    if word.words:
        parts.append("\\fIWORD\\fR ..." if word.path else "[\\fB\\-\\-version\\fR] [\\fB\\-\\-help\\fR]")
    return " ".join(parts)


def terms(word):
    """Operands and options of a word, indented below it; --help, which every word has, is said once."""
    found = [(f"\\fI{roff.escaped(operand.name)}\\fR", operand.text) for operand in word.operands]
    for option in word.options:
        if option.names[-1] == "--help" and word.path:
            continue
        head = ", ".join(f"\\fB{roff.escaped(name)}\\fR" for name in option.names)
        found.append((f"{head} \\fI{roff.escaped(option.value)}\\fR" if option.value else head, option.text))
    if not found:
        return ""
    return ".RS\n" + "".join(roff.entry(head, roff.inline(text) or "\\&") for head, text in found) + ".RE\n"


def commands(top):
    out = ["Every word takes \\fB\\-h\\fR, \\fB\\-\\-help\\fR and prints what it is for.\n", terms(top)]
    for word in top.every():
        if word.path and not word.words:
            out.append(roff.entry(call(word), roff.inline(word.text)) + terms(word))
            if word.footer:
                out.append(".RS\n" + roff.example(word.footer.splitlines()) + ".RE\n")
        elif word.path:
            out.append(roff.entry(call(word), roff.inline(word.text)) + terms(word))
    return "".join(out)


def synopsis(top):
    return "\n.br\n".join(call(word) for word in top.every() if not word.words)


def page(top, template, date, version):
    return (roff.title("HEADGATE", 8, date, version, "System Administration")
            + template.replace("@synopsis@\n", synopsis(top) + "\n").replace("@commands@\n", commands(top)))


if __name__ == "__main__":
    binary, template_file, date, version = sys.argv[1:5]
    with open(template_file, encoding="utf-8") as file:
        sys.stdout.write(page(command_tree.read(pathlib.Path(binary).resolve()), file.read(), date, version))
