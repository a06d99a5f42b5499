"""The dashboard's files and its tests: lengths, nothing dead, nothing inline, nothing from elsewhere."""
import pathlib
import re

import cmake_lists
import tree

PAGE = pathlib.PurePosixPath("proxy/admin/dashboard/page")
FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
LINE_CHARACTERS_MAX = 120
FOLDER_FILES_MAX = 15

IMPORT = re.compile(r'^(?:import|export)\b[^;]*?\bfrom\s+"([^"]+)"|^import\s+"([^"]+)"', re.MULTILINE)
EXPORT = re.compile(r"^export (?:async )?(?:function|const|class) (\w+)", re.MULTILINE)
REFERENCE = re.compile(r'(?:src|href)="/dashboard/([^"]+)"')
# What a string, a comment, a template or a regular expression holds is no code.
NO_CODE = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|(?<=[(,=:] )/(?:\\.|[^/\\\n])+/\w*', re.DOTALL)
MARKUP = {  # pattern -> why not
    r"\b(?:inner|outer)HTML\b|\binsertAdjacentHTML\b|\bdocument\.write\b|\bsetHTML\w*\(|\bDOMParser\b":
        "text goes through textContent, so that no name becomes markup",
    r"\beval\(|\bnew Function\b|\bset(?:Timeout|Interval)\(\s*[\"'`]": "no code from text",
    r"<style\b|\sstyle=|\son\w+=\"|<script(?![^>]*\bsrc=)": "nothing inline: the page's policy forbids it",
    r"https?://(?!www\.w3\.org/2000/svg)|[\"'(]//\w": "nothing from elsewhere",
}


def page_files(*suffixes):
    return [path for path in tree.files(*suffixes) if path.is_relative_to(PAGE)]


def scripts():
    return tree.files(".js")


def functions(text):
    """(first line, lines) of every body in braces that follows a parameter list."""
    code = NO_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    found, opened = [], []
    for at, character in enumerate(code):
        if character == "{":
            is_body = re.search(r"(?:\)|=>)\s*$", code[max(0, at - 40):at])
            is_statement = re.search(r"\b(?:if|for|while|switch|catch)\s*\([^{}]*\)\s*$", code[max(0, at - 200):at])
            opened.append(at if is_body and not is_statement else None)
        elif character == "}" and opened:
            start = opened.pop()
            if start is not None:
                found.append((code.count("\n", 0, start) + 1, code.count("\n", start, at) + 1))
    return found


def long_parts(path, text):
    problems = []
    if text.count("\n") > FILE_LINES_MAX:
        problems.append(f"{path}: {text.count(chr(10))} lines; {FILE_LINES_MAX} at most")
    problems += [f"{path}:{number}: {len(line)} characters; {LINE_CHARACTERS_MAX} at most"
                 for number, line in enumerate(text.splitlines(), 1)
                 if len(line) > LINE_CHARACTERS_MAX and path.suffix != ".svg"]
    if path.suffix == ".js":
        problems += [f"{path}:{line}: a function of {lines} lines; {FUNCTION_LINES_MAX} at most"
                     for line, lines in functions(text) if lines > FUNCTION_LINES_MAX]
    return problems


def imported(path, text):
    """The paths that a module imports; packages are left out."""
    names = [first or second for first, second in IMPORT.findall(text)]
    parts = [(path.parent / name).parts for name in names if name.startswith(".")]
    return {pathlib.PurePosixPath(*_without_dots(part)) for part in parts}


def _without_dots(parts):
    out = []
    for part in parts:
        if part == "..":
            out.pop()
        elif part != ".":
            out.append(part)
    return out


def unused_exports(texts):
    problems = []
    for path, text in texts.items():
        others = "\n".join(other for where, other in texts.items() if where != path)
        problems += [f"{path}: nobody imports {name}" for name in EXPORT.findall(text)
                     if not re.search(rf"\b{name}\b", others)]
    return problems


def forbidden(path, text):
    return [f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {match[0].strip()}: {why}"
            for pattern, why in MARKUP.items() for match in re.finditer(pattern, text)]


def embedded():
    """What CMake puts into the binary."""
    text = tree.read(PAGE.parent / "CMakeLists.txt")
    words = next(arguments for name, arguments in cmake_lists.calls(text) if name == "headgate_embed")
    return set(words[words.index("FILES") + 1:])


def test_lengths():
    files = [*page_files(".html", ".css", ".js"), *[path for path in scripts() if not path.is_relative_to(PAGE)]]
    problems = [problem for path in files for problem in long_parts(path, tree.read(path))]
    folders = [path.parent for path in files]
    problems += [f"{folder}: {folders.count(folder)} files; {FOLDER_FILES_MAX} at most" for folder in set(folders)
                 if folders.count(folder) > FOLDER_FILES_MAX]
    assert not problems, tree.listed(problems)


def test_every_file_of_the_page_is_embedded():
    assert embedded() == {str(path.relative_to(PAGE)) for path in page_files()}


def test_every_file_is_used():
    modules = {path: tree.read(path) for path in scripts()}
    used = {target for path, text in modules.items() for target in imported(path, text)}
    used |= {PAGE / name for name in REFERENCE.findall(tree.read(PAGE / "index.html"))}
    started = "".join(tree.read(path) for path in tree.files(".py"))  # programs that tests run by name
    used |= {path for path in modules if f'"{path.name}"' in started}
    problems = [f"{path}: nothing uses it" for path in [*modules, *page_files(".css", ".svg")]
                if path not in used and not path.name.endswith("_test.js")]
    missing = [f"{path}: imported, not there" for path in used
               if not (tree.ROOT / path).is_file() and path.name != "digest.js"]  # made by the server
    assert not problems + missing, tree.listed(problems + missing)


def test_what_is_exported_is_imported():
    problems = unused_exports({path: tree.read(path) for path in scripts()})
    assert not problems, tree.listed(problems)


def test_nothing_inline_and_nothing_from_elsewhere():
    problems = [problem for path in page_files() for problem in forbidden(path, tree.read(path))]
    assert not problems, tree.listed(problems)


def test_the_lock_file_names_no_host():
    text = tree.read("tests/browser/package-lock.json")
    assert '"integrity": "sha512-' in text and "://" not in text and '"resolved"' not in text


def test_catches():
    path = pathlib.PurePosixPath("a.js")
    assert functions("function f(a) {\n" + "  run();\n" * 70 + "}\n") == [(1, 72)]
    assert functions('const f = () => {\n  if (x) {\n  }\n  return "{";\n};\n') == [(1, 5)]
    assert long_parts(path, "x\n" * 501) and long_parts(path, "x" * 121) and not long_parts(path, "x" * 120)
    assert imported(pathlib.PurePosixPath("a/b/c.js"), 'import { x } from "../d.js";\nimport fs from "node:fs";\n') == {
        pathlib.PurePosixPath("a/d.js")}
    assert unused_exports({"a.js": "export const lost = 1;\n", "b.js": "x"}) == ["a.js: nobody imports lost"]
    for text in ("node.innerHTML = name", "eval(x)", '<p style="color: red">', '<script>x</script>',
                 'import "https://example.com/x.js"', "url(//example.com/a.png)"):
        assert forbidden(path, text), text
    for text in ('<script src="/dashboard/x.js"></script>', "node.textContent = name // a comment",
                 '"http://www.w3.org/2000/svg"'):
        assert not forbidden(path, text), text
