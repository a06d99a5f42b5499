"""What docs/operations/capture.md tells the reader to type works, beside a headgate with traffic."""
import os
import pathlib
import re
import signal
import subprocess
import tempfile

from headgate_test import processes
from headgate_test.client import Client
from packet_lab.lab import GATE
from site_in_lab import gate_yaml

PAGE = pathlib.Path(__file__).resolve().parents[3] / "docs" / "operations" / "capture.md"
COMMAND = re.compile(r"^    ((?:ss|nstat|tcpdump) .*)$", re.MULTILINE)


class Running:
    """A command of the page, until it is interrupted or ends; `said` is what it wrote to its standard output."""

    def __init__(self, text, folder):
        self.text, self._out = text, folder / "out"
        folder.mkdir(exist_ok=True)
        with open(self._out, "wb") as out:
            self.process = processes.start(["sh", "-c", f"exec {text}"], stdout=out, stderr=subprocess.PIPE, text=True)
        self.error = ""
        while text.startswith("tcpdump") and "listening on" not in self.error:
            line = self.process.stderr.readline()
            assert line, f"{text}: {self.error}"
            self.error += line

    def end(self):
        if self.text.startswith("tcpdump"):
            self.process.send_signal(signal.SIGINT)
        _, rest = self.process.communicate(timeout=60)
        self.error += rest
        return self.process.returncode

    @property
    def said(self):
        return self._out.read_text(errors="replace")


def test_commands(site, tmp_path):
    backend = site.backend(0)
    site.start(gate_yaml([backend.address]).replace(":8080", ":80"))
    # tcpdump writes files as a user of its own, who may not enter the test's folder.
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        os.chmod(folder, 0o777)
        # The page's ports: 80 is the listener's, 8080 the backends'.
        commands = [text.replace("/var/tmp", folder).replace("port 8080", f"port {backend.port}")
                    .replace(":8080", f":{backend.port}") for text in COMMAND.findall(PAGE.read_text())]
        assert len(commands) >= 8
        with site.lab.client:
            peer = Client.connect((GATE, 80))
            assert peer.get().body == b"ok"
        with site.lab.gate:
            running = [Running(text, tmp_path / f"command-{number}") for number, text in enumerate(commands)]
        assert site.load(1, fresh=True, port=80).end().errors == 0
        for each in running:
            assert each.end() == 0, f"{each.text}: {each.error}"
            # Nothing is reset, which is as it should be.
            assert each.said or "tcp-rst" in each.text or " -w " in each.text, f"{each.text} shows nothing: {each.error}"
        assert sum(file.stat().st_size for file in pathlib.Path(folder).iterdir()) > 1000
        peer.close()
