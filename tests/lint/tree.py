"""The files of the house, as the lint tests see them: what git tracks and what is new, not what is ignored."""
import functools
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROOMS = ("base", "wire", "net", "config", "geoip", "health", "proxy")


@functools.cache
def files(*suffixes):
    """Paths relative to the root, sorted, of the files with one of the suffixes (all files if none is given)."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                            capture_output=True, check=True).stdout.decode().split("\0")
    paths = {pathlib.PurePosixPath(name) for name in listed if name}
    return sorted(path for path in paths if (not suffixes or path.suffix in suffixes) and (ROOT / path).is_file())


def house_files(*suffixes):
    """Those of the rooms, without the tests."""
    return [path for path in files(*suffixes) if path.parts[0] in ROOMS]


def read(path):
    """The text of a file; nothing if it was moved away since it was listed."""
    try:
        return (ROOT / path).read_text(errors="replace")
    except FileNotFoundError:
        return ""


def corpus(path):
    """Whether a file is raw input of a test, to which no rule applies."""
    return "corpus" in path.parts


def listed(problems):
    """For assert messages: one problem a line."""
    return "\n" + "\n".join(problems)
