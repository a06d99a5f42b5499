"""headgate.service, as far as it can be judged without a systemd that runs; tests/system starts it."""
import re
import subprocess

import pytest
from packed import ROOT

UNIT = ROOT / "packaging/headgate.service"
EXPOSURE_MAX = 1.5


def exposure(*units):
    shown = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", *map(str, units)],
                           capture_output=True, text=True, timeout=60, env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin"})
    levels = re.findall(r"Overall exposure level for (\S+): ([\d.]+)", shown.stdout)
    assert levels, shown.stdout + shown.stderr
    return {name: float(level) for name, level in levels}


def test_exposure():
    assert exposure(UNIT)["headgate.service"] <= EXPOSURE_MAX


@pytest.mark.parametrize("line", ["ProtectSystem=strict", "PrivateMounts=yes", "SystemCallFilter=@system-service"])
def test_exposure_catches_a_directive_that_is_gone(tmp_path, line):
    text = UNIT.read_text()
    assert line in text
    weaker = tmp_path / "headgate.service"
    weaker.write_text(text.replace(line + "\n", ""))
    assert exposure(weaker)["headgate.service"] > exposure(UNIT)["headgate.service"]


def test_one_capability():
    text = UNIT.read_text()
    for key in ("AmbientCapabilities", "CapabilityBoundingSet"):
        assert re.findall(rf"^{key}=(.*)$", text, re.MULTILINE) == ["CAP_NET_BIND_SERVICE"]
