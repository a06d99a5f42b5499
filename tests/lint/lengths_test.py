"""Nothing grows past what one reads at once: files, functions, folders."""
import ast
import collections
import pathlib
import re

import tree
from cpp_text import code_of, end_of_group, line_of

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
FOLDER_PARTS_MAX = 15  # a header and its source are one part

TYPE_HEADER = re.compile(r"(?:^|\s)(?:class|struct|union|enum)\b[^()]*$")
SCOPE_HEADER = re.compile(r'(?:^|\s)(?:namespace\b[^()]*|extern\s+"[^"]*")\s*$')


def _without_templates(header):
    """`template <class T> T f()` is no class; neither is what alignas() stands before a function."""
    header = re.sub(r"\balignas\s*\([^()]*\)", " ", header)
    while match := re.search(r"\btemplate\s*<", header):
        depth, at = 0, match.end() - 1
        while at < len(header):
            depth += {"<": 1, ">": -1}.get(header[at], 0)
            at += 1
            if depth == 0:
                break
        header = header[:match.start()] + " " + header[at:]
    return header


def functions(text):
    """(name, first line, lines) of every function body at namespace or class level."""
    code = code_of(text)
    found, at, header_start, name = [], 0, 0, "?"
    while at < len(code):
        if code[at] in ";}":
            # After a brace initialiser of a constructor the header goes on: `: a_{1}, b_{2} {`.
            header_start = at + 1
            if code[at] == ";":
                name = "?"
        elif code[at] == "(":
            at = end_of_group(code, at)
            continue
        elif code[at] == "{":
            header = _without_templates(code[header_start:at])
            if TYPE_HEADER.search(header) or SCOPE_HEADER.search(header):
                header_start = at + 1
                name = "?"
            else:
                if match := re.search(r"([\w:~]+(?:\s*operator\s*\S+)?)\s*\(", header):
                    name = match.group(1) if name == "?" else name
                end = end_of_group(code, at)
                is_table = re.search(r"=\s*$", header) or ("(" not in header and header.strip(" \n,"))
                if not is_table or name != "?":
                    found.append((name, line_of(code, at), code.count("\n", at, end) + 1))
                at = header_start = end
                continue
        at += 1
    return found


def python_functions(text):
    return [(node.name, node.lineno, node.end_lineno - node.lineno + 1) for node in ast.walk(ast.parse(text))
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def long_functions(path, text):
    of_file = python_functions(text) if str(path).endswith(".py") else functions(text)
    return [f"{path}:{line}: {name} has {lines} lines; {FUNCTION_LINES_MAX} at most"
            for name, line, lines in of_file if lines > FUNCTION_LINES_MAX]


def sources():
    return [path for path in tree.files(".cc", ".c", ".h", ".py") if not tree.corpus(path)]


def test_files():
    lengths = {path: tree.read(path).count("\n") for path in sources()}
    problems = [f"{path}: {lines} lines; {FILE_LINES_MAX} at most" for path, lines in lengths.items()
                if lines > FILE_LINES_MAX]
    assert not problems, tree.listed(problems)


def test_functions():
    problems = [problem for path in sources() for problem in long_functions(path, tree.read(path))]
    assert not problems, tree.listed(problems)


def full_folders(paths):
    parts = {(path.parent, path.stem) for path in paths if path.name not in ("__init__.py", "conftest.py")}
    counts = collections.Counter(folder for folder, _ in parts)
    return [f"{folder}: {count} parts; {FOLDER_PARTS_MAX} at most" for folder, count in sorted(counts.items())
            if count > FOLDER_PARTS_MAX]


def test_folders():
    problems = full_folders(sources())
    assert not problems, tree.listed(problems)


def test_catches_full_folders():
    def folder(count):
        return [pathlib.PurePosixPath(f"net/part{i}{suffix}") for i in range(count) for suffix in (".h", ".cc")]

    assert full_folders(folder(15)) == []
    assert full_folders(folder(16)) == ["net: 16 parts; 15 at most"]


def body(lines):
    return "{\n" + "  run();\n" * (lines - 2) + "}\n"


def test_catches_long_functions():
    for header in ("int f(int x) ", "template <class T> T A::f() const noexcept ", "A::A(int x) : a_{x}, b_(x) ",
                   "A::A() : a_{1} ", "TEST(Name, what) ", "auto f() -> std::vector<int> ",
                   "class A { int b_ = 1; void f() ", "namespace a { namespace { int f() ", "bool operator==(A, B) "):
        closers = "}" * (header.count("{") - header.count("}"))
        for lines, expected in ((70, 0), (71, 1)):
            assert len(long_functions("x.cc", header + body(lines) + closers)) == expected, header


def test_is_not_fooled():
    for text in ('const char* s = "{";\nint f() { return 1; }\n' + "int g();\n" * 100,
                 "// {\nnamespace a {\n" + "int g();\n" * 100 + "}",
                 "struct alignas(64) A {\n" + "int g;\n" * 100 + "};",
                 "enum class E : int {\n" + "kA,\n" * 100 + "};",
                 "constexpr std::array<int, 100> kTable = {\n" + "1,\n" * 100 + "};",
                 "constexpr int kTable[]{\n" + "1,\n" * 100 + "};",
                 'extern "C" {\n' + "int g();\n" * 100 + "}",
                 "char c = '{'; int big = 100'000;\n" + "int g();\n" * 100):
        assert long_functions("x.cc", text) == [], text[:40]


def test_catches_long_python_functions():
    assert len(long_functions("x.py", "def f():\n" + "    run()\n" * 70)) == 1
    assert long_functions("x.py", "def f():\n" + "    run()\n" * 69) == []
