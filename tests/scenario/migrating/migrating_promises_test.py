"""What docs/migrating.md says besides its tables: lines of the access log, and that a reload loses nothing."""
import concurrent.futures
import re
import threading
import time

import pytest

import migrating_page
from migrating_backends import QUICK
from migrating_play import ask
from migrating_tables_test import COMPARISONS, running

LOG = next(one for one in COMPARISONS if one.name == "Access log")
PLAIN = next(one for one in COMPARISONS if one.name == "A reverse proxy with weights")
LINES = {
    "nginx": r'^127\.0\.0\.1 "GET /a\?b=c HTTP/1\.1" 200 0\.\d{3}s via 127\.0\.0\.1:\d+$',
    "haproxy": r'^127\.0\.0\.1 "GET /a\?b=c HTTP/1\.1" 200 \d+ ms via app/app-1$',
    "yaml": r'^127\.0\.0\.1 "GET /a\?b=c HTTP/1\.1" 200 \d+us via app/127\.0\.0\.1:\d+$',
}
ANOTHER = {
    "nginx": "server { listen 80; return 204; }\n",
    "haproxy": "frontend web\n    bind :80\n    http-request return status 204\n",
    "yaml": "listeners: { web: { bind: 0.0.0.0:80 } }\nroutes: [{ respond: { status: 204 } }]\n",
}
BROKEN = {"nginx": "server { listen 80; retrun 204; }\n", "haproxy": "frontend web\n    bnid :80\n", "yaml": "lisners: {}\n"}
REFUSED = {"nginx": r"\[emerg\].*retrun", "haproxy": r"unknown keyword 'bnid'", "yaml": r"configuration refused"}
WITHIN = 30


def awaited(look, what, again=lambda: None):
    """Looks until it is so; does `again` every second: HAProxy's master misses a signal that comes while it starts."""
    deadline = time.monotonic() + WITHIN
    due = time.monotonic() + 1
    while not (found := look()):
        assert time.monotonic() < deadline, what()
        if time.monotonic() > due:
            again()
            due = time.monotonic() + 1
        time.sleep(0.02)
    return found


def request(target):
    return migrating_page.request_of(f"`GET {target}`")


@pytest.mark.parametrize("name", migrating_page.PROGRAMS)
def test_the_log_has_the_line(name, tmp_path):
    with running(LOG, name, tmp_path / "program") as (program, _):
        assert ask(program.port, request("/a?b=c")).status == 200

        def logged():
            files = [program.folder / "output", *program.folder.glob("var/log/*/access.log")]
            return re.search(LINES[name], "".join(file.read_text() for file in files), re.MULTILINE)

        awaited(logged, program.output)


@pytest.mark.parametrize("name", migrating_page.PROGRAMS)
def test_a_reload_ends_nothing_and_a_mistake_changes_nothing(name, tmp_path):
    with running(PLAIN, name, tmp_path / "program") as (program, backends), \
            concurrent.futures.ThreadPoolExecutor(1) as pool:
        slow = backends["10.0.1.11"]
        slow.wait = threading.Event()
        under_way = pool.submit(ask, program.port, request("/slow"))
        assert slow.entered.acquire(timeout=WITHIN)
        program.reload(ANOTHER[name])
        awaited(lambda: (answer := ask(program.port, request(QUICK))) and answer.status == 204,
                program.output, program.ask_to_reload)
        slow.wait.set()
        assert under_way.result().status == 200
        program.reload(BROKEN[name])
        awaited(lambda: re.search(REFUSED[name], program.output()), program.output, program.ask_to_reload)
        assert ask(program.port, request(QUICK)).status == 204
