import time

from headgate_test import curl, processes
from headgate_test.pressure.dnsperf import parse


def test_nginx_serves_files_to_curl(nginx):
    server = nginx()
    server.write("hello.txt", b"hello")
    answer = curl(f"http://{server.address}/hello.txt")
    assert (answer.exit_code, answer.status, answer.body) == (0, 200, b"hello")
    assert curl(f"http://{server.address}/none").status == 404


def test_nginx_takes_locations_and_hosts(nginx):
    server = nginx('location /ping { return 201 "pong"; }', hosts=["127.0.0.9"])
    assert curl(f"http://127.0.0.9:{server.port}/ping").status == 201


def test_curl_tells_what_went_wrong():
    answer = curl("http://127.0.0.1:1/")
    assert (answer.exit_code, answer.status) == (7, 0)
    assert "connect" in answer.error.lower()


def test_the_scripted_client_reads_nginx(nginx, client):
    server = nginx('location /ping { return 200 "pong"; }')
    peer = client(server.port)
    assert [peer.get("/ping").body for _ in range(3)] == [b"pong"] * 3
    peer.send(b"HEAD /ping HTTP/1.1\r\nHost: a\r\n\r\n")
    head = peer.read_response(to="HEAD")
    assert (head.get("Content-Length"), head.body) == ("4", b"")
    assert peer.get("/ping").status == 200


def test_the_kernel_tells_of_the_process_tree(nginx):
    server = nginx()
    pid = server.process.pid
    assert len(processes.tree(pid)) >= 2  # master and worker
    assert 1 << 20 < processes.pss_bytes(pid) < processes.rss_bytes(pid) < 1 << 28
    assert processes.cpu_seconds(pid) >= 0
    assert processes.descriptors(pid) > 3


def test_a_process_tree_may_change_while_it_is_told_of():
    """A shell with 2,000 children that end at once: walks meet processes that are just going."""
    shell = processes.start(["sh", "-c", "i=0; while [ $i -lt 2000 ]; do /bin/true & i=$((i+1)); done; wait"])
    walks = 0
    while shell.poll() is None:
        assert processes.tree(shell.pid)[0] == shell.pid
        assert processes.cpu_seconds(shell.pid) >= 0
        walks += 1
    assert walks > 10
    assert processes.tree(shell.pid) == [shell.pid]  # it is gone


def test_wrk_reports(nginx, wrk):
    server = nginx('location /ping { return 200 "pong"; }\n location /no { return 500; }')
    good = wrk(f"http://{server.address}/ping", 1, connections=4).report()
    assert good.requests > 100 and good.errors == 0
    assert 0 < good.p50 <= good.p99 < 1
    bad = wrk(f"http://{server.address}/no", 1, connections=4).report()
    assert bad.failed == bad.requests > 0


LOST_AND_WRONG = """
  Queries sent:         1003
  Queries completed:    998 (99.50%)
  Queries lost:         2 (0.20%)
  Queries interrupted:  3 (0.30%)

  Response codes:       NOERROR 990 (99.20%), SERVFAIL 8 (0.80%)
  Average packet size:  request 38, response 54
  Queries per second:   92611.157816
"""


def test_lost_and_wrong_answers_are_errors():
    told = parse(LOST_AND_WRONG)
    assert told.answers == 998 and told.rate == 92611.157816
    assert told.errors() == 10 and told.errors("SERVFAIL") == 992


def test_dnsperf_reports(headgate, dnsperf):
    """What is under way when it is told to stop is no error; an answer of another code than expected is one."""
    gate = headgate("""
listeners: { names: { bind: "127.0.0.1:0", protocol: dns, zones: [example.com] } }
dns: { zones: { example.com: { ns: [ns.example.com], names: { www: { a: [192.0.2.1] } } } } }
""")
    load = dnsperf("127.0.0.1", gate.port("names"), ["www.example.com A"], 30, 500)
    time.sleep(0.5)
    told = load.report()
    assert told.answers > 50 and told.errors() == 0 and told.errors("NXDOMAIN") == told.sent
