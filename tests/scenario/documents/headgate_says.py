"""What `headgate check` says of a file."""
import os
import subprocess

from headgate_test import daemon


def check(file):
    return subprocess.run([daemon.binary(), "check", file], capture_output=True, text=True, timeout=60, check=False,
                          env={**os.environ, **daemon.SANITIZER_OPTIONS})
