"""The manual pages have all that the binary and the documents have, and read well on a terminal of 80 columns."""
import os
import re
import subprocess

import pytest
from packed import ROOT

import command_page
import command_tree
import configuration_page

PAGES = ("headgate.8", "headgate.yaml.5")
KEY = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)


def shown(page, columns=80):
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": str(columns), "MAN_KEEP_FORMATTING": ""}
    ran = subprocess.run(["man", "--warnings=all", "-l", str(page)], capture_output=True, text=True, timeout=60,
                         env=environment)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout, ran.stderr


@pytest.mark.parametrize("page", PAGES)
def test_sets_without_warnings(tree, page):
    assert shown(tree / page)[1] == ""


@pytest.mark.parametrize("page", PAGES)
def test_begins_and_ends_as_a_manual(tree, page):
    text = shown(tree / page)[0]
    headings = re.findall(r"^([A-Z][A-Z ]+)$", text, re.MULTILINE)
    assert headings[:3] == ["NAME", "SYNOPSIS", "DESCRIPTION"] and headings[-1] == "SEE ALSO"


def test_every_key_is_there(tree):
    keys = KEY.findall((ROOT / "docs/configuration.md").read_text())
    assert len(keys) > 100
    text = shown(tree / "headgate.yaml.5", 200)[0]
    missing = [key for key in keys if not re.search(rf"^ +{re.escape(key)} \(", text, re.MULTILINE)]
    assert not missing


def test_every_word_and_option_is_there(tree, command):
    text = shown(tree / "headgate.8", 200)[0]
    for word in command.every():
        if word.path:
            assert re.search(rf"^ +{' '.join(('headgate', *word.path))}( |$)", text, re.MULTILINE), word.path
        for option in word.options:
            assert re.search(rf"^ +{re.escape(', '.join(option.names))}( |$)", text, re.MULTILINE), (word.path, option)


def test_signals_and_statuses_of_the_help_are_there(tree, binary):
    footer = command_tree.help_of(binary, ()).partition("Signals:")[2]
    text = shown(tree / "headgate.8")[0]
    signals = re.findall(r"\b(?:HUP|USR1|USR2|TERM|INT)\b", footer)
    assert len(signals) >= 4
    missing = [signal for signal in signals if not re.search(rf"^ +(?:\w+, )?{signal}\b", text, re.MULTILINE)]
    assert not missing
    for status in re.findall(r"\b(\d) ", footer.partition("Exit status:")[2]):
        assert re.search(rf"^ +{status} +\w", text, re.MULTILINE), status


def test_the_commands_page_fits_80_columns(tree):
    wide = [line for line in shown(tree / "headgate.8")[0].splitlines() if len(line) > 80]
    assert not wide


HELP = """\
drain a backend
Usage: headgate ctl drain [OPTIONS] POOL BACKEND

Positionals:
  POOL REQUIRED the pool
  BACKEND REQUIRED
                one of its backends

Options:
  -h,--help     print this help
  --over TIME   how long
  --header 'N: v' ...
                a field,
                given as often as wanted
  --from IP REQUIRED
                whence
  --examples N:INT in [0 - 9]
                0 to 9
"""


def test_the_help_is_read():
    word = command_tree.parse(HELP, ("ctl", "drain"), None)
    assert word.text == "drain a backend"
    assert [(operand.name, operand.required, operand.text) for operand in word.operands] == [
        ("POOL", True, "the pool"), ("BACKEND", True, "one of its backends")]
    assert [(option.names, option.value, option.required, option.text) for option in word.options] == [
        (["-h", "--help"], "", False, "print this help"), (["--over"], "TIME", False, "how long"),
        (["--header"], "'N: v' ...", False, "a field, given as often as wanted"), (["--from"], "IP", True, "whence"),
        (["--examples"], "N", False, "0 to 9")]
    assert command_page.call(word).endswith("\\fB\\-\\-from\\fR \\fIIP\\fR [\\fIOPTION\\fR...] \\fIPOOL\\fR \\fIBACKEND\\fR")
    assert "\\fB\\-\\-over\\fR \\fITIME\\fR" in command_page.terms(word)


def test_markdown_is_read():
    text = configuration_page.body("A `b.c` [d](e).\n\n| key | type | default | bounds | meaning |\n| --- | --- | --- | "
                                   "--- | --- |\n| `a-b` | word | x | y | z |\n\n```yaml\n.dot: 'q'\n```\n")
    assert text == (".PP\nA \\fBb.c\\fR d.\n.TP\n\\fBa\\-b\\fR (\\fIword\\fR)\nz\n.br\ndefault x; y\n"
                    ".PP\n.in +4n\n.EX\n\\&.dot: \\(aqq\\(aq\n.EE\n.in\n")
