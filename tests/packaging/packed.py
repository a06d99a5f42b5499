"""Where the package is, and commands run for what they print."""
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build/package"


def package():
    """The package that `./dev package` left."""
    found = sorted(FOLDER.glob("headgate_*.deb"))
    assert len(found) == 1, f"{len(found)} packages in {FOLDER}: run ./dev package"
    return found[0]


def output(*command, **options):
    """What a command prints; it must end well and have nothing to complain of."""
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **options)
    assert ran.returncode == 0 and ran.stderr == "", f"{command}: {ran.returncode}\n{ran.stderr}"
    return ran.stdout
