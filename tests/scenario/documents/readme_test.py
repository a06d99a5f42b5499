"""The README shows what the program says."""
import os
import re
import subprocess

from headgate_test import daemon
from scenario_parts import pages

README = pages.read("README.md")


def headgate(*arguments, cwd):
    return subprocess.run([daemon.binary(), *arguments], capture_output=True, text=True, timeout=60, check=True, cwd=cwd,
                          env={**os.environ, **daemon.SANITIZER_OPTIONS}).stdout


def test_what_explain_is_shown_to_say(tmp_path):
    example = next(block.text for block in pages.blocks(README) if block.language == "yaml")
    (tmp_path / "headgate.yaml").write_text(example)
    shown = re.search(r"^```\n\$ headgate (?P<command>.*)\n(?P<lines>(?:.*\n)*?)```$", README, re.MULTILINE)
    said = headgate(*shown["command"].split(), cwd=tmp_path)
    lines = [line.removesuffix(" ...") for line in shown["lines"].splitlines() if line != "..."]
    missing = [line for line in lines if not any(one.startswith(line) for one in said.splitlines())]
    assert len(lines) > 5 and not missing, f"{missing}\n{said}"


def test_the_words_are_those_of_the_program(tmp_path):
    words = set(re.findall(r"^    headgate ([a-z]+)", README, re.MULTILINE))
    listed = set(re.findall(r"^  ([a-z]+)  ", headgate("--help", cwd=tmp_path), re.MULTILINE))
    assert words and words <= listed, words - listed
    assert listed - words <= {"version"}, f"the README does not name {listed - words}"
