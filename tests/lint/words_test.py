"""No paths of one machine and nothing that waits to be finished."""
import re

import pytest
import tree

UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b")
MACHINE = re.compile(r"(?<![\w.$}*])/(?:work|home|root|Users)/")


def problems_in(path, text):
    problems = []
    for number, line in enumerate(text.splitlines(), 1):
        if UNFINISHED.search(line):
            problems.append(f"{path}:{number}: finish it, or leave it out")
        if MACHINE.search(line):
            problems.append(f"{path}:{number}: a path of one machine")
    return problems


def test_no_machine_paths_and_nothing_unfinished():
    problems = [problem for path in tree.files() if not tree.corpus(path) and path.name != "words_test.py"
                for problem in problems_in(path, tree.read(path))]
    assert not problems, tree.listed(problems)


@pytest.mark.parametrize("line", ["// TO" "DO: later", "x = 1  # FIX" "ME", "see /wo" "rk/main", '"/ho' 'me/me/x"'])
def test_catches(line):
    assert problems_in("x.cc", line)


@pytest.mark.parametrize("line", ["mkdtemp(XXXXXX)", "network/home/x", "https://example.com/root/", "/roots/"])
def test_lets_pass(line):
    assert problems_in("x.cc", line) == []
