import os
import pathlib

import packed
import pytest

import command_tree


@pytest.fixture(scope="session")
def binary():
    return pathlib.Path(os.environ["HEADGATE_BIN"]).resolve()


@pytest.fixture(scope="session")
def command(binary):
    """The words and options as the binary's help has them."""
    return command_tree.read(binary)


@pytest.fixture(scope="session")
def package():
    return packed.package()


@pytest.fixture(scope="session")
def tree(package):
    """The folder in which the package was put together."""
    return package.parent / "tree"
