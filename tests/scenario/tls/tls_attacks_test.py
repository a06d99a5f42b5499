"""testssl.sh finds nothing above LOW in the default configuration."""
import json
import shutil
import subprocess

import pytest

from headgate_test import Headgate
from scenario_parts.certificates import issue

YAML = """\
workers: 1
listeners:
  web:
    bind: 127.0.0.1:0
    tls: { certificates: [{ cert: ecdsa.pem, key: ecdsa.key }, { cert: rsa.pem, key: rsa.key }] }
routes:
  - respond: { body: "x" }
"""
# What it says of itself and of the openssl that it runs with.
OF_ITS_OWN = {"engine_problem", "RC4", "scanProblem", "old_fart", "scanTime"}


@pytest.mark.timeout(300)
def test_testssl_finds_nothing(tmp_path):
    program = shutil.which("testssl") or shutil.which("testssl.sh")
    assert program, "testssl.sh is not installed (./dev test installs it)"
    issue("localhost").write(tmp_path, "ecdsa")
    issue("localhost", use_rsa=True).write(tmp_path, "rsa")
    gate = Headgate(tmp_path, YAML)
    found = tmp_path / "found.json"
    try:
        # Protocols, classes of ciphers, forward secrecy, vulnerabilities; certificates are the test's own.
        subprocess.run([program, "--quiet", "--color", "0", "--warnings", "off", "--fast", "-p", "-s", "-f", "-U",
                        "--jsonfile", found, f"127.0.0.1:{gate.port()}"], capture_output=True, timeout=280)
    finally:
        gate.close()
    rows = json.loads(found.read_text())
    seen = {row["id"] for row in rows}
    assert {"SSLv3", "TLS1", "TLS1_3", "heartbleed", "ROBOT", "secure_renego", "LUCKY13", "PFS"} <= seen, seen
    bad = [row for row in rows if row["severity"] not in ("OK", "INFO", "LOW") and row["id"] not in OF_ITS_OWN]
    assert not bad, bad
