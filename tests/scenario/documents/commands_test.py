"""The commands of docs/operations/debugging.md and tuning.md run, and show something, beside a headgate with traffic.

Their addresses and files are moved to those of the test; what is compared is that they say something and end well.
"""
import os
import re
import subprocess

import pytest

from headgate_test import answering, daemon, proxy_yaml
from scenario_parts import pages

PAGES = ("docs/operations/debugging.md", "docs/operations/tuning.md")
COMMAND = re.compile(r"^ {4,6}((?:curl|jq|grep|headgate|nstat|ps|ss|sysctl|top) .*)$", re.MULTILINE)
COMMANDS = [(page, command) for page in PAGES for command in COMMAND.findall(pages.read(page))]
# What may rightly have nothing to show beside a headgate that is well.
MAY_BE_SILENT = ("client_gone",)


@pytest.fixture
def site(headgate, origin, client, tmp_path):
    """A headgate with a request that went well, one to a backend that is not there, and one that was slow."""
    log = tmp_path / "access.log"
    gate = headgate(proxy_yaml(origin(answering()), more=f"access_log: {{ file: {log} }}",
                               route="- match: { path: /none }", pool="").replace(
        "  - pool: app\n    - match: { path: /none }\n",
        "  - match: { path: /none }\n    pool: none\n  - pool: app\n").replace(
        "pools:\n", "pools:\n  none: { backends: [127.0.0.1:1], retry: { attempts: 0 } }\n").replace(
        "admin: { bind: 127.0.0.1:0 }", f"admin: {{ bind: 127.0.0.1:0, socket: {tmp_path}/admin.sock }}"))
    gate.socket = tmp_path / "admin.sock"
    peer = client(gate.port("web"))
    assert peer.get().status == 200
    failed = peer.get("/none")
    assert failed.status == 502
    gate.request_id = failed.get("X-Request-Id")
    gate.access_log = log
    return gate


def moved(command, gate):
    for page, here in (("localhost:9900", f"127.0.0.1:{gate.admin_port}"),
                       ("/var/log/headgate/access.log", str(gate.access_log)),
                       ("/etc/headgate/headgate.yaml", str(gate.file)),
                       ("$(pidof headgate)", str(gate.pid)),
                       ("REQUEST_ID", gate.request_id),
                       (".total_us > 1000000", ".total_us > 0")):
        command = command.replace(page, here)
    return re.sub(r"^headgate ", f"{daemon.binary()} ", command)


def test_the_commands_show_something(site):
    deadline_seconds = 10
    subprocess.run(["sh", "-c", f"until grep -q {site.request_id} {site.access_log}; do sleep 0.02; done"],
                   timeout=deadline_seconds, check=True)
    problems = []
    for page, command in COMMANDS:
        here = moved(command, site)
        done = subprocess.run(["sh", "-c", here], capture_output=True, text=True, timeout=60, check=False,
                              env={**os.environ, **daemon.SANITIZER_OPTIONS, "HEADGATE_SOCKET": str(site.socket)})
        silent = not done.stdout.strip() and not any(word in command for word in MAY_BE_SILENT)
        if done.returncode != 0 or silent or done.stderr:
            problems.append(f"{page}: {here}\n  ended with {done.returncode}\n{done.stdout[:500]}{done.stderr[:500]}")
    assert len(COMMANDS) > 20 and not problems, "\n".join(problems)
