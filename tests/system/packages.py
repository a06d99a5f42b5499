"""The package as `./dev package` left it, and others made of it: a later version, and such as cannot be started."""
import pathlib
import re
import shutil
import subprocess

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "build/package"

# As the box sees them.
FIRST, NEXT, BROKEN, OTHER_UNIT = (f"/mnt/{name}.deb" for name in ("first", "next", "broken", "other-unit"))


def built():
    found = sorted(FOLDER.glob("headgate_*.deb"))
    assert len(found) == 1, f"{len(found)} packages in {FOLDER}: run ./dev package"
    return found[0]


def dpkg_deb(*arguments):
    subprocess.run(["dpkg-deb", *map(str, arguments)], check=True, capture_output=True, timeout=60)


def variant(folder, name, addition, change):
    """A package with a version that ends in `addition`, after `change(tree)`."""
    tree = folder / name
    dpkg_deb("--raw-extract", built(), tree)
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"^(Version: .*)$", rf"\1{addition}", control.read_text(), flags=re.MULTILINE))
    change(tree)
    dpkg_deb("--root-owner-group", "-Znone", "--build", tree, folder / f"{name}.deb")
    shutil.rmtree(tree)


def break_binary(tree):
    (tree / "usr/bin/headgate").write_text("#!/bin/sh\necho 'this build cannot start' >&2\nexit 1\n")


def change_unit(tree):
    unit = tree / "lib/systemd/system/headgate.service"
    unit.write_text(unit.read_text().replace("[Service]\n", "[Service]\nEnvironment=HEADGATE_UNIT=other\n"))


def shelf(folder):
    """A folder with all of them."""
    shelf_folder = folder / "packages"
    shelf_folder.mkdir()
    shutil.copy(built(), shelf_folder / "first.deb")
    variant(shelf_folder, "next", "+1", lambda tree: None)
    variant(shelf_folder, "broken", "+2", break_binary)
    variant(shelf_folder, "other-unit", "+3", change_unit)
    return shelf_folder
