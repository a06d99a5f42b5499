"""Every header compiles alone, and starts with #pragma once.

A header that a source includes before all else is shown to do so by the build of that source; the others are compiled
here.
"""
import concurrent.futures
import os
import subprocess

import cmake_lists
import tree
from include_direction_test import includes

FLAGS = ["-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wno-pragma-once-outside-header", "-D_GNU_SOURCE", "-xc++"]
SECONDS_MAX = 60


def compile_problem(header, root):
    """None, or what the compiler says."""
    done = subprocess.run(["clang++-19", *FLAGS, f"-I{root}", header], cwd=root, capture_output=True, text=True,
                          timeout=SECONDS_MAX, check=False)
    return f"{header}:\n{done.stderr[-2000:]}" if done.returncode else None


def first_included(texts):
    """The headers that some source includes before all else."""
    return {found[0][0] for text in texts if (found := includes(text))}


def guarded(text):
    """The first line that is no comment is #pragma once."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("//")]
    return bool(lines) and lines[0] == "#pragma once"


def test_headers_compile_alone():
    built = cmake_lists.named_sources()
    shown = first_included(tree.read(path) for path in tree.files(".cc") if path in built)
    headers = [path for path in tree.files(".h") if str(path) not in shown]
    with concurrent.futures.ThreadPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        results = pool.map(lambda header: compile_problem(header, tree.ROOT), headers)
        problems = [problem for problem in results if problem]
    assert not problems, tree.listed(problems)


def test_headers_are_guarded():
    problems = [f"{path}: does not start with #pragma once" for path in tree.files(".h")
                if not guarded(tree.read(path))]
    assert not problems, tree.listed(problems)


def test_catches(tmp_path):
    (tmp_path / "leaning.h").write_text("#pragma once\nstd::string name();\n")
    (tmp_path / "standing.h").write_text("#pragma once\n#include <string>\nstd::string name();\n")
    assert "std" in compile_problem("leaning.h", tmp_path)
    assert compile_problem("standing.h", tmp_path) is None
    assert first_included(['#include "a.h"\n#include "b.h"\n', "int x;\n"]) == {"a.h"}
    assert not guarded("#include <string>\n#pragma once\n")
    assert guarded("// why\n#pragma once\n")
