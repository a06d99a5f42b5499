"""Sessions of TLS go on over an upgrade: the keys of tickets pass from process to process, and nowhere else."""
import pathlib
import re
import subprocess

import pytest

from headgate_test import answering, proxy_yaml
from scenario_parts.certificates import issue


def session(port, folder, *options):
    """openssl's client asks for a page; whether it resumed, and in `folder`/session what to resume next."""
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", "shop.example", "-ign_eof",
                           "-sess_out", folder / "session", *options],
                          input=b"GET / HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n", capture_output=True,
                          timeout=20, check=False)
    text = done.stdout.decode()
    assert "HTTP/1.1 200" in text, text + done.stderr.decode()
    return re.search(r"^(New|Reused), ", text, re.MULTILINE)[1]


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_a_session_of_the_old_process_is_resumed_at_the_new_one(headgate, origin, tmp_path, version):
    issue("shop.example").write(tmp_path, "shop")
    listener = f"tls: {{ certificates: [{{ cert: {tmp_path}/shop.pem, key: {tmp_path}/shop.key }}] }}"
    gate = headgate(proxy_yaml(origin(answering()), listener=listener))
    port = gate.port()
    assert session(port, tmp_path, version) == "New"
    assert session(port, tmp_path, version, "-sess_in", tmp_path / "session") == "Reused"
    old = gate.upgrade()
    assert old.wait(20) == 0
    assert session(port, tmp_path, version, "-sess_in", tmp_path / "session") == "Reused"
    # And once more: what was inherited is handed on.
    assert gate.upgrade().wait(20) == 0
    assert session(port, tmp_path, version, "-sess_in", tmp_path / "session") == "Reused"
    assert not re.search(r"\b[0-9a-f]{64}\b", "\n".join(gate.lines))
    assert {path.name for path in pathlib.Path(gate.file).parent.iterdir()} <= {"headgate.yaml", "headgate.stdout"}
