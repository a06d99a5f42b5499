"""docs/operations/when.md: the log lines that it shows are those of the daemon, brought about one by one."""
import re
import signal

from headgate_test import answering, proxy_yaml
from headgate_test.daemon import Headgate
from headgate_test.ports import free_port
from scenario_parts import pages

ROWS = {row[0]: row for row in
        ([cell.strip() for cell in line.strip().strip("|").split("|")]
         for line in pages.read("docs/operations/when.md").splitlines() if line.startswith("| ") and "---" not in line)}


def shown(when):
    """A pattern for the first text in backquotes that the row shows; "..." is anything, names and addresses are any."""
    text = re.search(r"`([^`]+)`", ROWS[when][1])[1]
    pattern = re.escape(text.strip(". "))
    for example, any_of_them in ((r"app\-2", r"\S+"), (r"10\.0\.1\.12:8080", r"\S+"), (r"0\.0\.0\.0:80", r"\S+"),
                                 (r"\.\.\.", ".*"), (r"30\ s", r"\d+ s")):
        pattern = pattern.replace(example, any_of_them)
    return pattern


def test_a_backend_is_down(headgate):
    gate = headgate(proxy_yaml(f"127.0.0.1:{free_port()}", pool="health: { tcp: {} }"))
    gate.wait_log(shown("a backend is down"))


def test_a_backend_is_ejected(headgate, origin, client):
    bad, good = origin(answering(status=503, reason="No")), origin(answering())
    gate = headgate(proxy_yaml(bad, good, pool="health: { outlier: { errors: 1 } }"))
    peer = client(gate.port())
    for _ in range(2):
        peer.get()
    gate.wait_log(shown("a backend is ejected"))


def test_a_reload_is_refused(headgate):
    gate = headgate("listeners: { web: { bind: 127.0.0.1:0 } }\n")
    assert gate.reload("listeners: {}\n") == "refused"
    gate.wait_log(shown("a reload is refused"))


def test_the_address_is_in_use(headgate, tmp_path):
    port = headgate("listeners: { web: { bind: 127.0.0.1:0 } }\n").port()
    second = Headgate(tmp_path, f"listeners: {{ web: {{ bind: 127.0.0.1:{port} }} }}\n", wait=False)
    second.wait_log(shown("the address is in use"))
    assert second.process.wait(20) == 1
    second.kill()


def test_another_number_of_workers(headgate):
    gate = headgate("workers: 1\nlisteners: { web: { bind: 127.0.0.1:0 } }\n")
    assert gate.reload("workers: 2\nlisteners: { web: { bind: 127.0.0.1:0 } }\n") == "reloaded"
    gate.wait_log(shown("a change of `workers` does nothing"))


def test_a_stop_that_takes_long(headgate, origin, client):
    silent = origin(lambda connection: connection.read_request() and connection.read_to_end(60))
    gate = headgate(proxy_yaml(silent, more="drain_timeout: 60s"))
    peer = client(gate.port())
    peer.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    silent.wait_requests(1)
    gate.process.send_signal(signal.SIGTERM)
    gate.wait_log(shown("a stop takes long"))
    gate.stop()  # the second one


def test_the_metrics_and_endings_that_pages_name_exist():
    metrics = {row[0].strip("`") for row in pages.rows(pages.read("docs/operations/metrics.md"))}
    endings = {row[0].strip("`") for row in pages.rows(pages.read("docs/operations/endings.md"))}
    assert len(metrics) > 40 and len(endings) > 15
    problems = []
    for page in pages.pages():
        text = pages.read(page)
        for name in re.findall(r"`(headgate_[a-z_]+)`", text):
            if name not in metrics and re.sub(r"_(sum|count|bucket)$", "", name) not in metrics:
                problems.append(f"{page}: {name} is no metric")
        for name in re.findall(r"`ending` `([a-z_]+)`", text) + re.findall(r"503 `([a-z_]+)`", text):
            if name not in endings:
                problems.append(f"{page}: {name} is no ending")
    assert not problems, "\n".join(problems)
