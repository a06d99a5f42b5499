"""A minimal Debian 12 on the disk, made by debootstrap once and kept under build/box for the next run."""
import functools
import hashlib
import os
import pathlib
import re
import shutil
import subprocess

import packages

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = ROOT / "build/box"
SUITE = "bookworm"
# Beside the libraries that the package depends on. The package's own scripts and the tests use these.
PACKAGES = ("systemd", "systemd-sysv", "dbus", "curl", "logrotate")
LOG = CACHE / "debootstrap.log"


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def mirror():
    """Where apt on this machine has Debian 12 from; none if it has not."""
    listed = output("apt-get", "indextargets", "--format", "$(ORIGIN) $(CODENAME) $(COMPONENT) $(REPO_URI)",
                    "Created-By: Packages")
    for line in listed.splitlines():
        words = line.split()
        if words[:3] == ["Debian", SUITE, "main"]:
            return words[3]
    return None


def providers():
    """Name that some installed packages only provide -> one of them; debootstrap knows packages by their own names alone.
    Where the package was built, all that it depends on is installed."""
    found = {}
    for line in output("dpkg-query", "--show", "--showformat", "${Package}|${Provides}\\n").splitlines():
        name, _, provided = line.partition("|")
        found.update({word.split()[0]: name for word in provided.split(",") if word.strip()})
    return found


def dependencies(package):
    """Names of the packages that must be there for this one to be installed: the box has no network."""
    fields = output("dpkg-deb", "--field", str(package), "Depends", "Pre-Depends")
    text = re.sub(r"^[\w-]+:", ",", fields, flags=re.MULTILINE)
    first = [part.split("|")[0].split()[0] for part in text.split(",") if part.strip()]
    provided = providers()
    return sorted({provided.get(name, name) for name in first})


def why_not():
    """Why no box can be made here; None if one can, as far as can be told beforehand."""
    if os.geteuid() != 0:
        return "it takes root to boot one (systemd-nspawn)"
    for program in ("debootstrap", "systemd-nspawn", "nsenter"):
        if not shutil.which(program):
            return f"there is no {program}"
    if mirror() is None:
        return f"apt here knows no Debian {SUITE} to make one from"
    return None


@functools.cache
def made(package):
    """The folder of a system in which `package` can be installed. Nobody writes to it."""
    names = sorted({*PACKAGES, *dependencies(package)})
    key = hashlib.sha256(" ".join([SUITE, *names]).encode()).hexdigest()[:12]
    folder = CACHE / key
    if folder.exists():
        return folder
    partial = folder.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    debs = CACHE / "debs"
    debs.mkdir(parents=True, exist_ok=True)
    with open(LOG, "wb") as log:
        ran = subprocess.run(["debootstrap", "--variant=minbase", f"--cache-dir={debs}", f"--include={','.join(names)}", SUITE,
                              str(partial), mirror()], stdout=log, stderr=subprocess.STDOUT, check=False, timeout=500)
    tail = LOG.read_text(errors="replace")[-2000:]
    assert ran.returncode == 0, f"debootstrap ended with {ran.returncode}:\n{tail}"
    partial.rename(folder)
    return folder


if __name__ == "__main__":
    # By itself, since it takes longer than a test may.
    reason = why_not()
    print(f"no box is made here: {reason}" if reason else made(packages.built()))
