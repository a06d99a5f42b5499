"""docs/migrating.md: its configurations are valid, and its tables say what nginx, HAProxy and headgate do."""
import contextlib
import time

import pytest

import migrating_page
from migrating_backends import ADDRESSES, Backend
from migrating_play import play
from migrating_programs import Program

COMPARISONS = migrating_page.comparisons()
# How long a program may take to notice that a backend is in trouble.
NOTICED_WITHIN = 30
FILES = {"assets/app.js": "let x;\n", "assets/.hidden": "no\n", "assets/docs/index.html": "<p>docs\n"}


@contextlib.contextmanager
def running(comparison, name, folder):
    """The program with the comparison's snippet, and its backends by address."""
    with contextlib.ExitStack() as stack:
        backends = {address: Backend() for address in ADDRESSES}
        for backend in backends.values():
            stack.callback(backend.close)
        program = Program(name, comparison.blocks[name], folder, {at: backend.port for at, backend in backends.items()})
        stack.callback(program.stop)
        for file, text in FILES.items():
            path = program.folder / "srv" / "www" / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        yield program.start(), backends


def make_trouble(program, backends, trouble):
    """headgate's first check decides at once and is waited for; HAProxy's over TCP are resets that no server sees."""
    address, kind = trouble
    if "health:" in program.text:
        assert backends[address].checked.wait(30), f"{program.name} does not check"
    if kind == "refuses":
        backends[address].refuse()
    elif kind == "breaks off":
        backends[address].breaks_off = True


@pytest.mark.parametrize("name", migrating_page.PROGRAMS)
@pytest.mark.parametrize("comparison", COMPARISONS, ids=str)
def test_configurations_are_valid(comparison, name, tmp_path):
    if name not in comparison.blocks:
        assert all(row.results[name] is None for row in comparison.rows)
        return
    program = Program(name, comparison.blocks[name], tmp_path / "program", {at: 9 + i for i, at in enumerate(ADDRESSES)})
    (program.folder / "srv" / "www").mkdir(parents=True, exist_ok=True)
    status, output = program.check()
    assert status == 0, f"{output}{program.text}"
    assert "warning" not in output.lower(), output


@pytest.mark.parametrize("name", migrating_page.PROGRAMS)
@pytest.mark.parametrize("comparison", [one for one in COMPARISONS if one.rows], ids=str)
def test_the_table(comparison, name, tmp_path):
    problems = []
    calm = [row for row in comparison.rows if row.results[name] is not None and not row.request.trouble]
    if calm:
        with running(comparison, name, tmp_path / "calm") as (program, backends):
            for row in calm:
                outcome = play(program, backends, row.request)
                if wrong := outcome.mismatches(row.results[name]):
                    problems.append(f"{row}: not {', '.join(wrong)}\n{outcome}")
    for number, row in enumerate(comparison.rows):
        if row.results[name] is None or not row.request.trouble:
            continue
        with running(comparison, name, tmp_path / f"trouble-{number}") as (program, backends):
            make_trouble(program, backends, row.request.trouble)
            deadline = time.monotonic() + (NOTICED_WITHIN if row.request.noticed else 0)
            while True:
                outcome = play(program, backends, row.request)
                wrong = outcome.mismatches(row.results[name])
                if not wrong or time.monotonic() > deadline:
                    break
            if wrong:
                problems.append(f"{row}: not {', '.join(wrong)}\n{outcome}")
    assert not problems, "\n".join(problems)
