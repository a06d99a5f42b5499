"""What the documents tell the reader to type exists, and so do the files that they link to."""
import re

import tree

COMMAND = re.compile(r"\./dev +([a-z]+)")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
COMMANDS = ("demo", "build", "package", "test", "bench", "conformance", "lab", "fuzz", "format")


def commands_of(script):
    """The subcommands that `dev` takes."""
    cases = script[script.rindex('case "$command" in'):]
    return {name for names in re.findall(r"^  ([a-z][-a-z |]*)\)", cases, re.MULTILINE) for name in names.split(" | ")}


def unknown_commands(path, text, known):
    return [f"{path}: ./dev {name}: no such command" for name in COMMAND.findall(text) if name not in known]


def broken_links(path, text, exists):
    return [f"{path}: {link} is not there" for link in LINK.findall(text) if not exists(link)]


def test_commands_exist():
    known = commands_of(tree.read("dev"))
    problems = [problem for path in tree.files(".md") for problem in unknown_commands(path, tree.read(path), known)]
    assert not problems, tree.listed(problems)


def test_links_lead_somewhere():
    problems = [problem for path in tree.files(".md") for problem in broken_links(
        path, tree.read(path), lambda link, at=path: (tree.ROOT / at.parent / link).exists())]
    assert not problems, tree.listed(problems)


def test_the_readme_names_every_command():
    text = tree.read("README.md")
    missing = [name for name in COMMANDS if f"./dev {name}" not in text]
    assert not missing and set(COMMANDS) <= commands_of(tree.read("dev"))


def unlisted(index, folder, pages):
    """Pages of a folder beside an index that the index does not link to."""
    linked = LINK.findall(index)
    return [f"{folder}/{name}: the index does not link to it" for name in pages if f"{folder}/{name}" not in linked]


def test_the_pages_of_operations_are_in_their_index():
    pages = [path.name for path in tree.files(".md") if path.parent.parts == ("docs", "operations")]
    problems = unlisted(tree.read("docs/operations.md"), "operations", pages)
    assert pages and not problems, tree.listed(problems)


def test_catches():
    known = commands_of('f() {\n  x) ;;\n}\ncase "$command" in\n  build) b ;;\n  help | -h) h ;;\n  *) e ;;\nesac\n')
    assert known == {"build", "help", "-h"}
    assert unknown_commands("README.md", "run `./dev deploy` or ./dev build", known) == [
        "README.md: ./dev deploy: no such command"]
    assert broken_links("README.md", "[a](docs/none.md) [b](https://example.com)", lambda link: False) == [
        "README.md: docs/none.md is not there"]
    assert unlisted("[a](operations/a.md)", "operations", ["a.md", "b.md"]) == [
        "operations/b.md: the index does not link to it"]
