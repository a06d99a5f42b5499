"""An await is a statement of its own in one of four shapes; coroutines are named functions, never lambdas.

    co_await e;    T x = co_await e;    x = co_await e;    co_return co_await e;

with no brace, ?:, && or || in e: compilers have destroyed temporaries of richer expressions twice. The check is of
the text, and conservative: what it does not know it refuses.
"""
import re

import pytest
import tree
from cpp_text import code_of, end_of_group, line_of

AWAIT = re.compile(r"\bco_await\b")
COROUTINE = re.compile(r"\bco_(?:await|return|yield)\b")
TARGET = r"(?:[\w:<>,*&\s]|->|\.|\[\w*\])+"  # `T x`, `x`, `this->x_`, `parts[i].x`
SHAPE = re.compile(rf"(?:(?:co_return\s+)?co_await\b|{TARGET}[\w\]]\s*=\s*co_await\b)(?P<awaited>.*)", re.DOTALL)
REFUSED = re.compile(r"[{}?]|&&|\|\||\bco_await\b")
LEADING = re.compile(r"\s*(?:else\b|do\b|case\b[^:]*(?:::[^:]*)*:(?!:)|default\s*:|\[\[\w+\]\])")
GUARD = re.compile(r"\s*(?:if\s*(?:constexpr\s*)?|while\s*|for\s*)(?=\()")


def statement_around(code, at):
    """(start, end) of the statement that the await at `at` is in; None if brackets stand around the await."""
    depth, start = 0, at
    while start > 0:
        before = code[start - 1]
        if before in ")]":
            depth += 1
        elif before in "([":
            if depth == 0:
                return None
            depth -= 1
        elif before in ";{}" and depth == 0:
            break
        start -= 1
    end = at
    while end < len(code) and code[end] not in ";}":
        end = end_of_group(code, end) if code[end] in "([{" else end + 1
    if end >= len(code) or code[end] == "}":
        return None
    return start, end


def without_guards(statement):
    """`if (x) co_await e` -> `co_await e`: the await is a statement of its own all the same."""
    while True:
        if match := LEADING.match(statement):
            statement = statement[match.end():]
        elif match := GUARD.match(statement):
            statement = statement[end_of_group(statement, match.end()):]
        else:
            return statement.strip()


def await_problems(code):
    """The places of awaits that have none of the shapes."""
    found = []
    for match in AWAIT.finditer(code):
        if code[:match.start()].rstrip().endswith("operator"):
            continue
        around = statement_around(code, match.start())
        shape = SHAPE.fullmatch(without_guards(code[slice(*around)])) if around else None
        if shape is None or REFUSED.search(shape["awaited"]):
            found.append(match.start())
    return found


NOT_BEFORE_LAMBDA = re.compile(r"(?:\w|\]|\))\s*$")
KEYWORD_BEFORE = re.compile(r"\b(?:return|co_return|co_await|co_yield|case|else)\s*$")


def lambda_bodies(code):
    """(place, body) of each lambda."""
    for match in re.finditer(r"\[", code):
        at = match.start()
        before = code[:at]
        if code.startswith("[[", at) or before.endswith("["):
            continue
        if NOT_BEFORE_LAMBDA.search(before[-40:]) and not KEYWORD_BEFORE.search(before[-40:]):
            continue
        after = end_of_group(code, at)
        parameters = re.compile(r"\s*(?:<[^{}()]*>\s*)?(?=[({])").match(code, after)
        if not parameters:
            continue
        brace = parameters.end()
        if code[brace] == "(":
            brace = end_of_group(code, brace)
            specifiers = re.compile(r"[\s\w:<>,*&]*(?:->[\s\w:<>,*&]*)?(?=\{)").match(code, brace)
            if not specifiers:
                continue
            brace = specifiers.end()
        yield at, code[brace:end_of_group(code, brace)]


def problems_in(path, text):
    code = code_of(text)
    problems = [f"{path}:{line_of(code, at)}: an await is a statement of its own: co_await e; T x = co_await e; "
                f"x = co_await e; co_return co_await e;" for at in await_problems(code)]
    problems += [f"{path}:{line_of(code, at)}: a lambda that is a coroutine: its captures die before it does"
                 for at, body in lambda_bodies(code) if COROUTINE.search(body)]
    return problems


def test_awaits_have_the_four_shapes():
    problems = [problem for path in tree.files(".cc", ".h") if not tree.corpus(path)
                for problem in problems_in(path, tree.read(path))]
    assert not problems, tree.listed(problems)


@pytest.mark.parametrize("statement", [
    "if (co_await ready()) { run(); }",
    "run(co_await ready());",
    "auto x = co_await make({1, 2});",
    "auto x = co_await make(T{1});",
    "auto x = co_await make([] { return 1; });",
    "x = co_await (a ? b() : c());",
    "x = co_await a(b && c);",
    "x = co_await a(b || c);",
    "auto x = (co_await a()).value();",
    "auto x = co_await a() + co_await b();",
    "return co_await a();",
    "T x{co_await a()};",
    "T x(co_await a());",
    "while (auto x = co_await next()) run(x);",
    "co_return T{co_await a()};",
    "auto x = f(1) + co_await a();",
    "auto t = [this]() -> Task<void> { co_return; };",
    "spawn([] { co_return; });",
])
def test_catches(statement):
    assert problems_in("x.cc", f"Task<void> f() {{\n  int y;\n  {statement}\n}}\n"), statement


@pytest.mark.parametrize("statement", [
    "co_await socket.read(buffer);",
    "Result<std::optional<Response>> response = co_await route.origin().respond(request);",
    "const auto& x = co_await a(b, c[1]);",
    "this->x_ = co_await a(\"?{\");",
    "parts[i].x = co_await a();  // co_await b() in a comment",
    "co_return co_await a();",
    "if (b && c) co_await a();",
    "else co_await a();",
    "for (int i = 0; i < 3; ++i) co_await a(i);",
    "case Phase::kHead: co_await a(); break;",
    "auto t = [this](int x) { return x; }; co_await a();",
    "if (x) { y = 1; } co_await a();",
])
def test_lets_pass(statement):
    assert problems_in("x.cc", f"Task<void> f() {{\n  int y;\n  {statement}\n}}\n") == []
