"""The real curl as a client."""
import dataclasses
import pathlib
import subprocess
import tempfile


@dataclasses.dataclass
class Answer:
    exit_code: int
    status: int   # of the last response; 0: none came
    head: str     # all heads that came, as they came
    body: bytes
    error: str


def curl(*arguments, timeout=30, stdin=None):
    """curl ARGUMENTS; `-sS` and a bound on its time are given. `stdin` is what `@-` stands for."""
    with tempfile.TemporaryDirectory() as folder:
        head, body = pathlib.Path(folder) / "head", pathlib.Path(folder) / "body"
        done = subprocess.run(["curl", "-sS", "--max-time", str(timeout), "-D", head, "-o", body,
                               "-w", "%{http_code}", *map(str, arguments)],
                              capture_output=True, timeout=timeout + 5, check=False, input=stdin)
        return Answer(exit_code=done.returncode, status=int(done.stdout[-3:] or 0),
                      head=head.read_text("latin-1") if head.exists() else "",
                      body=body.read_bytes() if body.exists() else b"", error=done.stderr.decode(errors="replace"))
