"""Everything in the tree is part of something: sources are built, headers included, modules imported."""
import pathlib
import re

import cmake_lists
import tree
from include_direction_test import includes

# Started by name, by ./dev or by pytest.
STARTED = {"conftest.py", "__init__.py", "run.py", "junit_totals.py", "completions.py"}


def unbuilt(sources, named, texts):
    """Sources that neither CMake nor a program of the tests (one that compiles it) names."""
    return [f"{path}: no CMakeLists.txt names it" for path in sources
            if path not in named and not any(path.name in text for text in texts)]


def unincluded(headers, included):
    return [f"{path}: nothing includes it" for path in headers if str(path) not in included]


def unimported(modules, texts):
    problems = []
    for path in modules:
        if path.name in STARTED or path.name.endswith("_test.py"):
            continue
        name = re.compile(rf"(?:\bimport\b[^\n]*|\bfrom\b[^\n]*)\b{path.stem}\b")
        if not any(name.search(text) for other, text in texts.items() if other != path):
            problems.append(f"{path}: nothing imports it")
    return problems


def test_sources_are_built():
    scripts = [tree.read(path) for path in tree.files(".py")]
    sources = [path for path in tree.files(".cc", ".c") if not tree.corpus(path)]
    problems = unbuilt(sources, cmake_lists.named_sources(), scripts)
    assert not problems, tree.listed(problems)


def test_what_cmake_names_exists():
    problems = [f"{path}: named by CMake, not there" for path in sorted(cmake_lists.named_sources())
                if not (tree.ROOT / path).is_file() and "$" not in str(path) and path.name not in ("a.cc", "x_fuzz.cc")]
    assert not problems, tree.listed(problems)


def test_headers_are_included():
    included = {name for path in tree.files(".cc", ".h") for name, _, _ in includes(tree.read(path))}
    problems = unincluded(tree.files(".h"), included)
    assert not problems, tree.listed(problems)


def test_modules_are_imported():
    texts = {path: tree.read(path) for path in tree.files(".py")}
    problems = unimported(texts, texts)
    assert not problems, tree.listed(problems)


def test_catches():
    path = pathlib.PurePosixPath
    assert unbuilt([path("net/lost.cc"), path("net/a.cc")], {path("net/a.cc")}, []) == [
        "net/lost.cc: no CMakeLists.txt names it"]
    assert unincluded([path("net/lost.h")], {"net/other.h"})
    assert unimported([path("tests/lost.py")], {path("tests/x.py"): "import other\n"})
    assert not unimported([path("tests/used.py")], {path("tests/x.py"): "from a import other, used\n"})
