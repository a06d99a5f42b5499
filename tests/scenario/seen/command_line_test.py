"""The words of the command line besides run."""
import re

import pytest

from headgate_test.command import headgate_says

GOOD = """workers: 2
listeners:
  web: { bind: 127.0.0.1:8080 }
pools:
  app:
    backends: [10.0.0.1:80, { address: "10.0.0.2:80", weight: 3 }]
    health: { http: { path: /healthz } }
routes:
  - name: old
    match: { host: old.example.com }
    redirect: { to: "https://example.com{uri}" }
  - pool: app
admin: { bind: 127.0.0.1:9900 }
"""


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["run", "--help"], ["check", "--help"], ["demo", "--help"],
                                       ["version", "--help"], ["explain", "--help"], ["replay", "--help"]])
def test_help_fits_a_terminal(arguments):
    done = headgate_says(*arguments)
    assert done.returncode == 0 and done.stderr == ""
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 80, max(lines, key=len)
    assert all(line == line.rstrip() for line in lines)
    assert "Usage: headgate" in done.stdout


def test_help_names_every_word_signal_and_status():
    text = headgate_says("--help").stdout
    for word in ("run", "demo", "check", "explain", "replay", "version", "HUP", "USR1", "TERM", "INT", "Exit status"):
        assert word in text, text


@pytest.mark.parametrize("arguments", [["version"], ["--version"]])
def test_version(arguments):
    done = headgate_says(*arguments)
    assert done.returncode == 0
    assert re.fullmatch(r"headgate \d+\.\d+\.\d+\n", done.stdout)


def test_a_mistyped_word():
    done = headgate_says("rnu")
    assert "no word 'rnu' (did you mean 'run'?)" in done.stderr and "check" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["rnu"], ["check"], ["--nope"], ["run", "a", "b"], ["check", "a", "b"],
                                       ["demo", "x"], ["version", "--loud"], ["explain"], ["explain", "a.yaml"],
                                       ["replay", "a.yaml"]])
def test_wrong_usage_ends_with_2(arguments):
    done = headgate_says(*arguments)
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert done.stdout == ""
    assert "--help" in done.stderr
    assert len(done.stderr.splitlines()) <= 4


def test_check_of_a_good_file(tmp_path):
    (tmp_path / "good.yaml").write_text(GOOD)
    done = headgate_says("check", "good.yaml", cwd=tmp_path)
    assert done.returncode == 0 and done.stderr == ""
    for what in ("web", "127.0.0.1:8080", "app", "10.0.0.2:80", "old", "9900"):
        assert what in done.stdout, done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_check_of_a_bad_file(tmp_path):
    (tmp_path / "bad.yaml").write_text(GOOD.replace("weight: 3", "weight: heavy").replace("- pool: app", "- pool: ap"))
    done = headgate_says("check", "bad.yaml", cwd=tmp_path)
    assert done.returncode == 2 and done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[0].startswith("bad.yaml:6:") and "pools.app.backends[1].weight" in lines[0]
    assert lines[1].startswith("bad.yaml:12:") and "no pool named 'ap' (did you mean 'app'?)" in lines[1]
    assert lines[2] == "bad.yaml: 2 problems"


def test_check_refuses_what_a_start_would(tmp_path):
    (tmp_path / "bad.yaml").write_text(GOOD + "access_log: { format: '{nothing}' }\n")
    assert headgate_says("check", "bad.yaml", cwd=tmp_path).returncode == 2


@pytest.mark.parametrize("text", ["", "\0", "a: *b", "[" * 5000, "x: " + "y" * 100_000, "- 1\n- 2\n"])
def test_check_of_what_is_no_configuration(tmp_path, text):
    (tmp_path / "bad.yaml").write_bytes(text.encode())
    done = headgate_says("check", "bad.yaml", cwd=tmp_path)
    assert done.returncode == 2 and "bad.yaml" in done.stderr
    assert "Sanitizer" not in done.stderr


def test_check_of_a_folder(tmp_path):
    done = headgate_says("check", tmp_path)
    assert done.returncode == 2 and str(tmp_path) in done.stderr


def test_check_opens_no_port(tmp_path, headgate):
    file = tmp_path / "same.yaml"
    gate = headgate(GOOD.replace("8080", "0").replace("9900", "0"))
    file.write_text(GOOD.replace("127.0.0.1:8080", f"127.0.0.1:{gate.port()}"))
    assert headgate_says("check", file).returncode == 0
