"""A library includes only what its STANDS_ON line (and what that stands on) gives it."""
import pathlib

import cmake_lists
import tree
from include_direction_test import includes


def reach(name, by_name):
    """The libraries that `name` stands on, however deep."""
    found, open_names = set(), [name]
    while open_names:
        library = by_name.get(open_names.pop())
        for under in library.stands_on if library else ():
            if under not in found:
                found.add(under)
                open_names.append(under)
    return found


def owners(libraries):
    """folder -> the libraries with a source in it. A header belongs to its folder's libraries."""
    by_folder = {}
    for library in libraries:
        for source in library.sources:
            by_folder.setdefault(source.parent, set()).add(library.name)
    return by_folder


def problems_in(path, text, libraries):
    by_name = {library.name: library for library in libraries}
    by_folder = owners(libraries)
    # A source belongs to the library that lists it, a header to those of its folder; a program's main to none.
    mine = by_folder.get(path.parent, set()) if path.suffix == ".h" else {
        library.name for library in libraries if path in library.sources}
    problems = []
    for name, quoted, line in includes(text):
        targets = by_folder.get(pathlib.PurePosixPath(name).parent, set()) if quoted else set()
        for library in mine:
            if targets and not targets & (reach(library, by_name) | {library}):
                problems.append(f"{path}:{line}: {name} is of {' or '.join(sorted(targets))}, "
                                f"on which {library} does not stand ({by_name[library].file})")
    return problems


def test_libraries_include_what_they_stand_on():
    libraries = cmake_lists.libraries()
    assert libraries, "no headgate_library() found"
    problems = [problem for path in tree.house_files(".cc", ".h")
                for problem in problems_in(path, tree.read(path), libraries)]
    assert not problems, tree.listed(problems)


CMAKE = """
headgate_library(low SOURCES low/a.cc)   # STANDS_ON high
headgate_library(middle SOURCES middle/b.cc STANDS_ON low)
headgate_library(high SOURCES high/c.cc STANDS_ON middle fmt::fmt)
headgate_library(side SOURCES side/d.cc STANDS_ON low)
"""


def test_catches():
    libraries = cmake_lists.libraries_in(CMAKE, pathlib.PurePosixPath("CMakeLists.txt"))

    def count(path, include):
        return len(problems_in(pathlib.PurePosixPath(path), f'#include "{include}"\n', libraries))

    assert count("high/c.cc", "low/a.h") == 0  # through middle
    assert count("high/c.cc", "high/other.h") == 0
    assert count("high/c.cc", "side/d.h") == 1
    assert count("low/a.h", "middle/b.h") == 1
    assert count("low/main.cc", "middle/b.h") == 0  # in no library
