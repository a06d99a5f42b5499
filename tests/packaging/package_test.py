"""What is in the package, and in what condition."""
import re

from packed import ROOT, output

FILES = {  # path in the package -> mode and owner
    "/usr/bin/headgate": "-rwxr-xr-x root/root",
    "/etc/headgate/headgate.yaml": "-rw-r--r-- root/root",
    "/etc/logrotate.d/headgate": "-rw-r--r-- root/root",
    "/etc/needrestart/restart.d/headgate.service": "-rwxr-xr-x root/root",
    "/lib/systemd/system/headgate.service": "-rw-r--r-- root/root",
    "/usr/lib/headgate/upgrade-service": "-rwxr-xr-x root/root",
    "/usr/lib/sysusers.d/headgate.conf": "-rw-r--r-- root/root",
    "/usr/lib/tmpfiles.d/headgate.conf": "-rw-r--r-- root/root",
    "/usr/share/bash-completion/completions/headgate": "-rw-r--r-- root/root",
    "/usr/share/zsh/vendor-completions/_headgate": "-rw-r--r-- root/root",
    "/usr/share/fish/vendor_completions.d/headgate.fish": "-rw-r--r-- root/root",
    "/usr/share/doc/headgate/changelog.gz": "-rw-r--r-- root/root",
    "/usr/share/doc/headgate/copyright": "-rw-r--r-- root/root",
    "/usr/share/doc/headgate/examples/headgate.socket": "-rw-r--r-- root/root",
    "/usr/share/doc/headgate/examples/ha-pair.conf": "-rw-r--r-- root/root",
    "/usr/share/headgate/www/index.html": "-rw-r--r-- root/root",
    "/usr/share/man/man8/headgate.8.gz": "-rw-r--r-- root/root",
    "/usr/share/man/man5/headgate.yaml.5.gz": "-rw-r--r-- root/root",
}


def test_contents(package):
    listed = {}
    for line in output("dpkg-deb", "--contents", str(package)).splitlines():
        mode, owner, _, _, _, name = line.split(maxsplit=5)
        listed[name.removeprefix(".")] = f"{mode} {owner}"
    files = {name: what for name, what in listed.items() if not what.startswith("d")}
    assert files == FILES


def test_versions_agree(package, binary):
    version = output("dpkg-deb", "--field", str(package), "Version").strip()
    assert output(str(binary), "version").split()[1] == version
    assert f"VERSION {version} " in (ROOT / "CMakeLists.txt").read_text()


def test_configuration_is_the_administrators(package):
    conffiles = output("dpkg-deb", "--info", str(package), "conffiles").split()
    assert set(conffiles) == {name for name in FILES if name.startswith("/etc/")}


def test_depends_on_the_libraries_that_it_uses(package):
    depends = output("dpkg-deb", "--field", str(package), "Depends")
    for library in ("libc6", "libevent-core-2.1-7", "libre2-9", "libyaml-cpp0.7", "libspdlog1.10"):
        assert library in depends


def test_nothing_is_hidden_from_lintian():
    assert not list((ROOT / "packaging").rglob("*lintian-overrides*"))


def test_scripts_are_valid(tree):
    for name in ("preinst", "postinst", "postrm"):
        output("sh", "-n", str(tree / f"debian/headgate/DEBIAN/{name}"))
    output("sh", "-n", str(tree / "upgrade-service"))


def test_the_welcome_page_needs_nothing_else():
    page = (ROOT / "packaging/www/index.html").read_text()
    assert "prefers-color-scheme: dark" in page and 'name="viewport"' in page
    assert not re.search(r"""(?:src|href)\s*=|url\(|@import|https?:""", page)
