"""The package is installed on a bare Debian, serves at once and in its sandbox, is removed, and leaves nothing."""
import re

import packages
import pytest

# What apt, dpkg and the accounts keep of their own about everything that was ever installed.
KEPT = re.compile(r"^/(?:var/(?:lib/(?:dpkg|apt|systemd/(?:timers|random-seed|catalog))|cache/apt|log/(?:apt|dpkg\.log"
                  r"|alternatives\.log|journal))|etc/(?:passwd|group|shadow|gshadow)-?$|tmp/|root/)")
CAP_NET_BIND_SERVICE = 1 << 10


def files(box):
    listed = box.run("find", "/", "-xdev", "-printf", "%y %p\n").splitlines()
    return {line for line in listed if not KEPT.match(line.partition(" ")[2])}


@pytest.fixture(scope="module")
def story(bare_box):
    """The life of one installation, told by what was seen at each step of it."""
    seen = {"before": files(bare_box)}
    seen["install"] = bare_box.install(packages.FIRST)
    return seen


def test_it_serves_the_welcome_page(story, bare_box):
    answer = bare_box.run("curl", "-sS", "-i", "http://127.0.0.1/")
    assert answer.startswith("HTTP/1.1 200 OK") and "<title>headgate is running</title>" in answer


def test_status_shows_how_it_is(story, bare_box):
    status = bare_box.status()
    assert "active (running)" in status
    assert re.search(r'Status: "serving 1 listener; configuration of 20\d\d-', status)
    assert "man:headgate(8)" in status


def test_it_starts_at_boot(story, bare_box):
    assert bare_box.run("systemctl", "is-enabled", "headgate").strip() == "enabled"


def test_the_configuration_as_installed_is_good(story, bare_box):
    shown = bare_box.run("headgate", "check", "/etc/headgate/headgate.yaml")
    assert "web" in shown and "0.0.0.0:80" in shown


def test_it_runs_unprivileged_with_one_capability(story, bare_box):
    pid = bare_box.main_pid()
    status = dict(line.split(":\t", 1) for line in bare_box.run("cat", f"/proc/{pid}/status").splitlines() if ":\t" in line)
    user = bare_box.run("id", "-u", "headgate").strip()
    assert user != "0" and set(status["Uid"].split()) == {user}
    for which in ("CapEff", "CapPrm", "CapBnd", "CapAmb"):
        assert int(status[which], 16) == CAP_NET_BIND_SERVICE, which
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")


def test_exposure(story, bare_box):
    shown = bare_box.run("systemd-analyze", "security", "--no-pager", "headgate.service")
    assert float(re.search(r"exposure level for headgate.service: ([\d.]+)", shown)[1]) <= 1.5


def test_admin_is_for_this_machine_and_the_group(story, bare_box):
    owner = bare_box.run("stat", "--format", "%A %U %G", "/run/headgate/admin.sock", "/run/headgate", "/etc/headgate/secrets",
                         "/etc/headgate/secrets/admin", "/var/lib/headgate", "/var/cache/headgate", "/var/log/headgate")
    assert owner.splitlines() == ["srw-rw---- headgate headgate", "drwxr-x--- headgate headgate", "drwxr-x--- root headgate",
                                  "-rw-r----- root headgate"] + ["drwxr-x--- headgate headgate"] * 3
    bare_box.run("curl", "-sSf", "--unix-socket", "/run/headgate/admin.sock", "http://localhost/metrics")
    token = bare_box.run("cat", "/etc/headgate/secrets/admin").strip()
    assert len(token) >= 32
    bare_box.run("curl", "-sSf", "-H", f"Authorization: Bearer {token}", "http://127.0.0.1:9900/metrics")


def test_ctl_is_for_the_group(story, bare_box):
    nobody = ["setpriv", "--reuid=65534", "--clear-groups"]
    shown = bare_box.run(*nobody, "--regid=headgate", "headgate", "ctl", "status")
    assert "headgate.yaml" in shown and str(bare_box.main_pid()) in shown
    refused = bare_box.try_(*nobody, "--regid=65534", "headgate", "ctl", "status")
    assert refused.returncode == 1 and "ermission" in refused.stderr


def test_what_is_there_and_forbidden(story, bare_box):
    """Seen from within: nothing but its own folders can be written, and homes are not to be seen."""
    pid = bare_box.main_pid()
    as_daemon = ["nsenter", "--target", str(pid), "--mount", "--setuid", bare_box.run("id", "-u", "headgate").strip()]
    assert bare_box.try_(*as_daemon, "touch", "/etc/headgate/x").returncode != 0
    assert bare_box.try_(*as_daemon, "touch", "/usr/share/headgate/www/x").returncode != 0
    bare_box.run(*as_daemon, "touch", "/var/lib/headgate/x")
    bare_box.run("rm", "/var/lib/headgate/x")


def test_remove_stops_it_and_purge_leaves_nothing(story, bare_box):
    bare_box.run("apt-get", "remove", "--yes", "headgate")
    assert bare_box.try_("curl", "-sS", "http://127.0.0.1/").returncode == 7  # refused
    assert bare_box.try_("pgrep", "headgate").returncode != 0
    bare_box.run("test", "-e", "/etc/headgate/headgate.yaml")
    bare_box.run("test", "-e", "/var/log/headgate/access.log")

    bare_box.run("apt-get", "purge", "--yes", "headgate")
    bare_box.run("rm", "-r", "/etc/systemd/system/headgate.service.d")  # the box's own
    assert files(bare_box) - story["before"] == set()
    assert story["before"] - files(bare_box) == set()


def test_purge_leaves_what_the_administrator_made(story, bare_box):
    bare_box.install(packages.FIRST)
    bare_box.write("/etc/headgate/secrets/pair", "secret\n", mode="640")
    ran = bare_box.run("apt-get", "purge", "--yes", "headgate")
    assert "/etc/headgate" in ran  # said, not silent
    assert bare_box.run("find", "/etc/headgate", "-type", "f").split() == ["/etc/headgate/secrets/pair"]
