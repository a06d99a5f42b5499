"""What the CMake files say: libraries, their sources and what they stand on."""
import dataclasses
import pathlib
import re

import tree

CALL = re.compile(r"\b(?P<name>\w+)\s*\((?P<arguments>[^()]*)\)")
KEYWORDS = {"SOURCES", "STANDS_ON", "USES"}


@dataclasses.dataclass
class Library:
    name: str
    file: pathlib.PurePosixPath
    sources: list
    stands_on: list


def calls(text):
    """(name, arguments) of each call without nested parentheses; comments are dropped."""
    text = re.sub(r"#[^\n]*", "", text)
    return [(match["name"], match["arguments"].split()) for match in CALL.finditer(text)]


def libraries_in(text, file):
    found = []
    for name, arguments in calls(text):
        if name != "headgate_library" or not arguments:
            continue
        parts, key = {"SOURCES": [], "STANDS_ON": []}, None
        for word in arguments[1:]:
            if word in KEYWORDS:
                key = word
            elif key in parts:
                parts[key].append(word)
        found.append(Library(arguments[0], file, [source_path(file, source) for source in parts["SOURCES"]],
                             parts["STANDS_ON"]))
    return found


def cmake_files():
    return [path for path in tree.files() if path.name == "CMakeLists.txt" or path.suffix == ".cmake"]


def libraries():
    return [library for path in cmake_files() for library in libraries_in(tree.read(path), path)]


ROOT_VARIABLE = "${PROJECT_SOURCE_DIR}/"


def source_path(file, word):
    """The path, relative to the root, that `word` in the CMake file `file` means."""
    return pathlib.PurePosixPath(word.removeprefix(ROOT_VARIABLE)) if word.startswith(ROOT_VARIABLE) else (
        file.parent / word)


def named_sources():
    """Every .cc and .c path that a CMake file names, relative to the root."""
    return {source_path(path, word) for path in cmake_files() for _, arguments in calls(tree.read(path))
            for word in arguments if word.endswith((".cc", ".c"))}
