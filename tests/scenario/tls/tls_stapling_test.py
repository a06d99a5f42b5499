"""`ocsp: fetch`: responses of the authority itself, here openssl's responder, are shown beside the certificate."""
import re
import subprocess

import pytest

from headgate_test import answering, processes, proxy_yaml
from headgate_test.command import headgate_says
from headgate_test.ports import free_port
from scenario_parts.certificates import issue
from scenario_parts.watching import wait_until


class Authority:
    """A CA, a certificate of its, and openssl's responder for it, which runs when it is started."""

    def __init__(self, folder):
        self.folder, self.port, self.process = folder, free_port(), None
        self.ca = issue(common_name="authority", is_ca=True)
        self.ca.write(folder, "ca")
        self.shop = issue("shop.example", by=self.ca, ocsp_at=f"http://127.0.0.1:{self.port}/")
        self.shop.write(folder, "shop", chain=[self.ca])
        self.write_index("V", "")

    def write_index(self, state, revoked_at):
        serial = f"{self.shop.certificate.serial_number:X}"
        (self.folder / "index.txt").write_text(
            f"{state}\t350101000000Z\t{revoked_at}\t{serial if len(serial) % 2 == 0 else '0' + serial}\tunknown\t/CN=shop\n")

    def start(self):
        self.process = processes.start(
            ["openssl", "ocsp", "-index", self.folder / "index.txt", "-port", str(self.port), "-rsigner",
             self.folder / "ca.pem", "-rkey", self.folder / "ca.key", "-CA", self.folder / "ca.pem", "-nmin", "60",
             "-ignore_err"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def close(self):
        if self.process:
            processes.stop(self.process)


@pytest.fixture
def authority(tmp_path):
    made = Authority(tmp_path)
    yield made
    made.close()


def listener(folder):
    return f"tls: {{ certificates: [{{ cert: {folder}/shop.pem, key: {folder}/shop.key, ocsp: fetch }}] }}"


def stapled(port, folder):
    """What openssl's client is shown of the certificate's status; empty: nothing."""
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", folder / "ca.pem", "-status"],
                          input=b"", capture_output=True, timeout=20, check=False)
    found = re.search(r"Cert Status: (\w+)", done.stdout.decode())
    return found[1] if found else ""


def test_a_response_is_fetched_as_soon_as_there_is_one(headgate, origin, tmp_path, authority):
    gate = headgate(proxy_yaml(origin(answering()), listener=listener(tmp_path)))
    gate.wait_log(rf"shop.pem: OCSP: http://127.0.0.1:{authority.port}/: connect to 127.0.0.1:{authority.port}: "
                  "Connection refused")
    assert stapled(gate.port(), tmp_path) == ""  # clients are served all the same
    authority.start()
    gate.wait_log("OCSP responses are fetched again", timeout=20)
    assert stapled(gate.port(), tmp_path) == "good"
    assert gate.reload() == "reloaded"
    assert stapled(gate.port(), tmp_path) == "good"


def test_a_revoked_certificate_is_told(headgate, origin, tmp_path, authority):
    authority.write_index("R", "250101000000Z")
    authority.start()
    wait_until(lambda: subprocess.run(["openssl", "ocsp", "-issuer", tmp_path / "ca.pem", "-cert", tmp_path / "shop.pem",
                                       "-url", f"http://127.0.0.1:{authority.port}/", "-noverify"],
                                      capture_output=True, check=False).returncode == 0, what="the responder answers")
    gate = headgate(proxy_yaml(origin(answering()), listener=listener(tmp_path)))
    gate.wait_log("its authority says that the certificate is revoked")
    assert stapled(gate.port(), tmp_path) == ""


def test_check_says_what_a_certificate_lacks(tmp_path, authority):
    file = tmp_path / "headgate.yaml"
    file.write_text("listeners:\n  web:\n    bind: 127.0.0.1:0\n    " + listener(tmp_path) + "\n")
    assert headgate_says("check", file).returncode == 0
    authority.shop.write(tmp_path, "shop")
    said = headgate_says("check", file)
    assert said.returncode == 2 and "lacks the certificate of its issuer, which belongs behind it" in said.stderr
    issue("shop.example", by=authority.ca).write(tmp_path, "shop", chain=[authority.ca])
    said = headgate_says("check", file)
    assert said.returncode == 2 and "names no OCSP responder that is asked over http" in said.stderr
