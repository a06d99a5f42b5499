"""Names as the style page gives them: files and folders, types, constants, namespaces."""
import pathlib
import re

import pytest
import tree
from cpp_text import code_of, end_of_group, line_of

EMPTY_WORDS = {"util", "utils", "utility", "utilities", "helper", "helpers", "manager", "managers", "common", "misc",
               "data", "info"}
SNAKE = re.compile(r"_{0,2}[a-z0-9]+(?:_[a-z0-9]+)*_{0,2}")
TYPE = re.compile(r"\b(?P<kind>class|struct|enum\s+class|enum|union)\s+(?:alignas\s*\([^()]*\)\s*)?(?:\[\[\w+\]\]\s*)?"
                  r"(?P<name>\w+)(?:\s+final)?\s*(?::[^;{]*)?(?P<open>\{)")
# Names that the language or a library looks for.
GIVEN_TYPES = {"promise_type", "hash", "formatter", "iterator", "const_iterator", "is_transparent", "tuple_size"}
SOURCE_SUFFIXES = (".cc", ".h", ".c", ".py")


def file_problems(path):
    problems = []
    for part in (*path.parts[:-1], path.name.split(".")[0]):
        if part.startswith("."):
            continue
        if not SNAKE.fullmatch(part):
            problems.append(f"{path}: '{part}' is not snake_case")
        if words := EMPTY_WORDS & set(part.split("_")):
            problems.append(f"{path}: '{', '.join(words)}' says nothing; name the one idea")
    return problems


def type_problems(path, text):
    code, problems = code_of(text), []
    for match in TYPE.finditer(code):
        name, line = match["name"], line_of(code, match.start())
        if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", name) and name not in GIVEN_TYPES:
            problems.append(f"{path}:{line}: type '{name}' is not PascalCase")
        words = {word.lower() for word in re.findall(r"[A-Z][a-z0-9]*", name)}
        if EMPTY_WORDS & words:
            problems.append(f"{path}:{line}: type '{name}': {', '.join(EMPTY_WORDS & words)} says nothing")
        if match["kind"].startswith("enum"):
            inside = code[match.end("open"):end_of_group(code, match.start("open")) - 1]
            for value in re.findall(r"(?:^|,)\s*(\w+)", re.sub(r"=[^,]*", "", inside)):
                if not re.fullmatch(r"k[A-Z0-9][A-Za-z0-9]*", value):
                    problems.append(f"{path}:{line}: '{value}' of {name} is not kName")
    return problems


def namespace_problems(path, text):
    """A file's namespace is its folder's; main.cc needs none."""
    namespace = "headgate::" + "::".join(path.parts[:-1])
    if path.name == "main.cc" or re.search(rf"\bnamespace {namespace}\b", text):
        return []
    return [f"{path}: nothing in namespace {namespace}"]


def test_files_and_folders():
    problems = [problem for path in tree.files(*SOURCE_SUFFIXES) for problem in file_problems(path)]
    assert not problems, tree.listed(problems)


def test_types_and_constants():
    problems = [problem for path in tree.files(".cc", ".h") for problem in type_problems(path, tree.read(path))]
    assert not problems, tree.listed(problems)


def test_namespaces():
    problems = [problem for path in tree.house_files(".cc", ".h")
                for problem in namespace_problems(path, tree.read(path))]
    assert not problems, tree.listed(problems)


def test_python_tests_are_found():
    """pytest runs files that end in _test.py; a test elsewhere would silently never run."""
    problems = [f"{path}: defines tests, but its name does not end in _test.py" for path in tree.files(".py")
                if not path.name.endswith("_test.py") and re.search(r"^def test_", tree.read(path), re.MULTILINE)]
    assert not problems, tree.listed(problems)


@pytest.mark.parametrize("path", ["net/socketUtil.h", "net/string_util.h", "net/Socket.cc", "proxy/common/x.h",
                                  "base/data.h", "proxy/pool-manager.cc"])
def test_catches_file_names(path):
    assert file_problems(pathlib.PurePosixPath(path))


@pytest.mark.parametrize("text", ["class backend_pool {};", "struct PoolManager : A {};", "struct RouteInfo {};",
                                  "enum class Color { red, kBlue };", "enum class Color : int { kRed = 1, BLUE };"])
def test_catches_types(text):
    assert type_problems("x.h", text)


@pytest.mark.parametrize("text", ["struct promise_type {};", "class event_base;", "template <class T> struct Task {};",
                                  "enum class Color : int { kRed = 1, kH2 = 2, };", "auto x = list.data();",
                                  "enum class Information { kA };"])
def test_lets_types_pass(text):
    assert type_problems("x.h", text) == []


def test_catches_namespaces():
    path = pathlib.PurePosixPath("wire/http1/x.h")
    assert namespace_problems(path, "namespace headgate::wire { }")
    assert namespace_problems(path, "namespace headgate::wire::http1 { }") == []
