"""The words of the command line, run to their end."""
import os
import subprocess

from headgate_test import daemon


def headgate_says(*arguments, cwd=None, stdin=None):
    """What `headgate ARGUMENTS` printed, and its exit status."""
    return subprocess.run([daemon.binary(), *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False,
                          cwd=cwd, input=stdin, env={**os.environ, **daemon.SANITIZER_OPTIONS})
