import itertools

import base_system
import packages
import pytest
from box import Box
from headgate_test.fixtures import wrk  # noqa: F401

NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def bare_box(tmp_path_factory):
    """A box in which headgate has never been; skipped, with the reason, where none can be made."""
    if reason := base_system.why_not():
        pytest.skip(f"no box is booted here: {reason}")
    package = packages.built()
    folder = tmp_path_factory.mktemp("box")
    box = Box(base_system.made(package), packages.shelf(folder), folder / "console.log")
    yield box
    box.close()


@pytest.fixture(scope="module")
def box(bare_box):
    """A box in which the package was installed, and nothing else was done."""
    bare_box.install(packages.FIRST)
    return bare_box


@pytest.fixture
def configured(box):
    """configured(yaml, reload=True): the daemon runs on that configuration; afterwards on that of the package."""
    path = "/etc/headgate/headgate.yaml"
    before = box.run("cat", path)
    yield lambda yaml: (box.write(path, yaml), box.run("systemctl", "reload", "headgate"))
    box.write(path, before)
    box.run("systemctl", "reset-failed", "headgate")
    box.run("systemctl", "reload-or-restart", "headgate")
