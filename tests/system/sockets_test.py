"""systemd opens the sockets: the example unit of the package, taken by its name."""
EXAMPLE = "/usr/share/doc/headgate/examples/headgate.socket"


def test_the_first_request_starts_the_daemon(box):
    box.run("systemctl", "stop", "headgate")
    unit = box.run("cat", EXAMPLE)
    assert "FileDescriptorName=web" in unit
    # Another port than the listener `web` has in the configuration: it is taken by its name.
    box.write("/etc/systemd/system/headgate.socket", unit.replace("ListenStream=80", "ListenStream=8088"))
    box.run("systemctl", "daemon-reload")
    box.run("systemctl", "start", "headgate.socket")
    assert box.property("ActiveState") == "inactive"
    assert "headgate is running" in box.run("curl", "-sSf", "http://127.0.0.1:8088/")
    assert box.property("ActiveState") == "active"
    assert box.try_("curl", "-sS", "http://127.0.0.1:80/").returncode == 7
    assert "passed by the service manager" in box.journal()


def test_a_restart_refuses_nobody(box):
    pid = box.main_pid()
    box.run("systemctl", "restart", "--no-block", "headgate")
    answers = set()
    while box.main_pid() in (0, pid) or box.property("ActiveState") != "active":
        answers.add(box.run("curl", "-sS", "--max-time", "30", "-o", "/dev/null", "-w", "%{http_code}", "http://127.0.0.1:8088/"))
    assert answers <= {"200"}
