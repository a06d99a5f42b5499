"""clang-format has nothing to say."""
import os
import re
import shutil
import subprocess

import tree


def problem_in(paths, root):
    done = subprocess.run(["clang-format-19", "--dry-run", "-Werror", *map(str, paths)], cwd=root, capture_output=True,
                          text=True, check=False)
    places = re.findall(r"^(\S+:\d+):\d+: error", done.stderr, re.MULTILINE)
    return sorted(set(places)) or [done.stderr] if done.returncode else None


def test_sources_are_formatted():
    problem = problem_in(tree.files(".cc", ".h"), tree.ROOT)
    assert problem is None, "run ./dev format" + tree.listed(problem)


def test_catches(tmp_path):
    shutil.copy(os.path.join(tree.ROOT, ".clang-format"), tmp_path)
    (tmp_path / "bad.cc").write_text("int  f( ){return 1 ;}\n")
    (tmp_path / "good.cc").write_text("int f();\n")
    assert problem_in(["bad.cc"], tmp_path)
    assert problem_in(["good.cc"], tmp_path) is None
