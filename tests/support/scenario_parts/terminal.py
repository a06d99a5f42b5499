"""A real terminal, tmux without anybody in front of it: what a program draws there, and what somebody types."""
import os
import shlex
import shutil
import subprocess
import tempfile
import time

TURN = 0.05


class Terminal:
    """Runs a command, a list, in a terminal of that size. Its screen stays after the command has ended."""

    def __init__(self, command, columns=80, rows=24, environment=None):
        self.folder = tempfile.mkdtemp(prefix="headgate-tmux-")
        self.socket = os.path.join(self.folder, "tmux")
        variables = {"LANG": "C.UTF-8", "TERM": "xterm-256color", **(environment or {})}
        words = ["env", *(f"{name}={value}" for name, value in variables.items()), *map(str, command)]
        self._tmux("new-session", "-d", "-x", columns, "-y", rows, shlex.join(words), ";",
                   "set-option", "-g", "remain-on-exit", "on", ";", "set-option", "-g", "status", "off",
                   ";", "set-option", "-g", "escape-time", "0")
        self.resize(columns, rows)

    def _tmux(self, *arguments):
        # -u: it draws UTF-8 whatever the locale of the tests is.
        return subprocess.run(["tmux", "-u", "-S", self.socket, "-f", "/dev/null", *map(str, arguments)], check=True,
                              capture_output=True, text=True, timeout=20).stdout

    def lines(self):
        return self._tmux("capture-pane", "-p").splitlines()

    def screen(self):
        return "\n".join(self.lines())

    def colors(self):
        """The screen with its SGR sequences."""
        return self._tmux("capture-pane", "-p", "-e")

    def type(self, *keys):
        """Keys by tmux' names: q, Down, C-c."""
        self._tmux("send-keys", *keys)

    def resize(self, columns, rows):
        self._tmux("resize-window", "-x", columns, "-y", rows)

    def pid(self):
        return int(self._tmux("display-message", "-p", "#{pane_pid}"))

    def wait(self, what, timeout=30):
        """Until the text is on the screen, or the function of the screen says yes; returns the screen."""
        condition = what if callable(what) else lambda screen: what in screen
        deadline = time.monotonic() + timeout
        while True:
            screen = self.screen()
            if condition(screen):
                return screen
            assert time.monotonic() < deadline, f"not within {timeout} s: {what}\n{screen}"
            time.sleep(TURN)

    def close(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], check=False, capture_output=True, timeout=20)
        shutil.rmtree(self.folder, ignore_errors=True)
