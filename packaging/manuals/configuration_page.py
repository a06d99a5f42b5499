"""configuration_page.py FILE DATE VERSION: prints headgate.yaml(5), made of docs/configuration.md, whose every key it has."""
import re
import sys

import roff

RULE = re.compile(r"^\|(?:\s*:?-+:?\s*\|)+$")


def cells(line):
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip()[1:-1])]


def key_entry(row, columns):
    """A row of a table of keys: the key with its type, the meaning, and in a line of their own default and bounds."""
    of = dict(zip(columns, row))
    default = of["default"] if of["default"] in ("", "required") else f"default {of['default']}"
    lines = [of["meaning"], "; ".join(part for part in (default, of["bounds"]) if part)]
    head = f"{roff.inline('`' + of['key'].strip('`') + '`')} (\\fI{roff.escaped(of['type'])}\\fR)"
    return roff.entry(head, "\n.br\n".join(roff.inline(line) for line in lines if line) or "\\&")


def table(rows):
    columns, rows = rows[0], rows[1:]
    if columns[0] == "key":
        return "".join(key_entry(row, columns) for row in rows)
    return "".join(roff.entry(roff.inline(row[0]), "\n.br\n".join(roff.inline(cell) for cell in row[1:] if cell) or "\\&")
                   for row in rows)


def body(markdown):
    """Everything below the page's title."""
    out, lines, at = [], markdown.splitlines(), 0
    while at < len(lines):
        line = lines[at]
        start = at
        if line.startswith("```"):
            at = lines.index("```", at + 1)
            out.append(roff.example(lines[start + 1:at]))
            at += 1
        elif line.startswith("## ") or line.startswith("### "):
            macro = ".SH" if line.startswith("## ") else ".SS"
            name = line.lstrip("# ")
            out.append(f"{macro} {name.upper() if macro == '.SH' else name}\n")
            at += 1
        elif line.startswith("|"):
            while at < len(lines) and lines[at].startswith("|"):
                at += 1
            out.append(table([cells(row) for row in lines[start:at] if not RULE.match(row)]))
        elif line.startswith("    ") and (not start or not lines[start - 1].strip()):
            while at < len(lines) and (lines[at].startswith("    ") or not lines[at].strip()):
                at += 1
            out.append(roff.example("\n".join(row[4:] for row in lines[start:at]).rstrip().splitlines()))
        elif line.startswith(("* ", "- ")):
            at += 1
            while at < len(lines) and lines[at].startswith("  "):
                at += 1
            out.append(f".IP \\(bu 2\n{roff.inline(' '.join(' '.join(lines[start:at])[2:].split()))}\n")
        elif line.strip():
            while at < len(lines) and lines[at].strip() and not lines[at].startswith(("|", "```", "#")):
                at += 1
            out.append(roff.paragraph(" ".join(lines[start:at])))
        else:
            at += 1
    return "".join(out)


def page(markdown, date, version):
    text = markdown.split("\n", 1)[1]  # without its title
    return (roff.title("HEADGATE.YAML", 5, date, version, "File Formats")
            + ".SH NAME\nheadgate.yaml \\- the configuration of headgate\n"
            + ".SH SYNOPSIS\n.I /etc/headgate/headgate.yaml\n.SH DESCRIPTION\n" + body(text)
            + ".SH SEE ALSO\n.BR headgate (8)\n")


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        sys.stdout.write(page(file.read(), *sys.argv[2:4]))
