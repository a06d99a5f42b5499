"""What docs/api.md shows works as it is written, but for where the socket is."""
import re
import shlex
import subprocess

from headgate_test import answering, proxy_yaml
from scenario_parts import pages
from scenario_parts.api import with_admin

COMMAND = re.compile(r"^    (curl .+)$", re.MULTILINE)
SOCKET = "/run/headgate/admin.sock"


def test_every_command_is_answered(headgate, origin, tmp_path):
    unix = tmp_path / "admin.sock"
    backend = origin(answering())
    yaml = proxy_yaml("x:1").replace('"x:1"', f'{{ id: app-1, address: "{backend.address}" }}')
    headgate(with_admin(yaml, f"socket: {unix}"))
    commands = COMMAND.findall(pages.read("docs/api.md"))
    assert len(commands) >= 6
    for command in commands:
        assert SOCKET in command
        done = subprocess.run(shlex.split(command.replace(SOCKET, str(unix))) + ["--fail-with-body"],
                              capture_output=True, timeout=30, check=False)
        assert done.returncode == 0 and done.stdout.startswith(b"{"), (command, done)
