"""Completion offers, at every place, every word and option that the binary's help has there."""
import shutil

import pytest
from packed import output


def expected(word):
    return {below.path[-1] for below in word.words} | {name for option in word.options for name in option.names}


def run(*command):
    return output(*command).splitlines()


def bash(tree, words):
    script = """source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _headgate; printf '%s\\n' "${COMPREPLY[@]}" """
    return run("bash", "-c", script, "bash", str(tree / "completions/bash/headgate"), *words)


def zsh(tree, words):
    """With the functions that show what is offered replaced by such as print it."""
    script = """
_describe() { print -l -- ${(P)2}; }
_files() { print -l -- *(N); }
_message() { : }
words=("${@[2,-1]}") CURRENT=$(($# - 1))
eval "$(<$1)"
"""
    return [line.partition(":")[0] for line in run("zsh", "-f", "-c", script, "zsh", str(tree / "completions/zsh/_headgate"),
                                                   *words)]


def fish(tree, words):
    line = " ".join(words)
    script = f'source {tree / "completions/fish/headgate.fish"}; complete -C {line!r}'
    return [offered.partition("\t")[0] for offered in run("fish", "--no-config", "-c", script)]


SHELLS = {"bash": bash, "zsh": zsh, "fish": fish}


@pytest.mark.parametrize("shell", SHELLS)
def test_words_and_options(tree, command, shell):
    assert shutil.which(shell), f"no {shell}"
    for word in command.every():
        here = ["headgate", *word.path]
        offered = {*SHELLS[shell](tree, [*here, ""]), *SHELLS[shell](tree, [*here, "-"]),
                   *SHELLS[shell](tree, [*here, "--"])}
        assert expected(word) <= offered, (shell, word.path)


@pytest.mark.parametrize("shell", SHELLS)
def test_files(tree, shell, tmp_path, monkeypatch):
    (tmp_path / "site.yaml").touch()
    monkeypatch.chdir(tmp_path)
    assert "site.yaml" in SHELLS[shell](tree, ["headgate", "check", ""])
    assert "site.yaml" not in SHELLS[shell](tree, ["headgate", ""])


def test_bash_goes_by_what_is_typed(tree):
    assert bash(tree, ["headgate", "ch"]) == ["check"]
    assert bash(tree, ["headgate", "--v"]) == ["--version"]
