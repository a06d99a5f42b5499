"""headgate replay keeps up with a log of a day: 100,000 lines in less than two seconds of the processor."""
import json
import os
import resource
import subprocess

from headgate_test import daemon

LINES = 100_000
CPU_SECONDS_MAX = 2
ROUTES = "".join(f"  - {{ name: r{i}, match: {{ host: h{i}.example, path: /p{i}/ }}, pool: app }}\n" for i in range(200))
YAML = f"""listeners: {{ web: {{ bind: 127.0.0.1:8080 }} }}
pools: {{ app: {{ backends: [10.0.0.1:80] }}, two: {{ backends: [10.0.0.2:80] }} }}
routes:
  - {{ name: beta, match: {{ path: /shop/, cookie: {{ beta: "1" }} }}, pool: two }}
{ROUTES}  - {{ name: app, match: {{ host: www.example.com }}, pool: app }}
"""


def line(number):
    """A line as long as headgate writes them: about 550 bytes."""
    path = ("/", f"/shop/{number}", f"/api/v1/items/{number}", "/assets/application.js")[number % 4]
    return json.dumps({
        "time": "2026-11-23T06:10:25.123Z", "request_id": f"{number:032x}", "client": f"192.0.2.{number % 250}", "listener": "web",
        "method": "GET", "scheme": "http", "host": "www.example.com" if number % 3 else f"h{number % 200}.example", "path": path,
        "query": f"a=b&c={number}", "protocol": "HTTP/1.1", "status": 200, "request_bytes": 0, "response_bytes": 1234,
        "total_us": 1234, "route": "app", "pool": "app", "backend": "10.0.0.1:80", "backend_address": "10.0.0.1:80",
        "connection_reused": True, "retries": 0, "choose_us": 10, "connect_us": 20, "first_byte_us": 1000,
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Safari/537.36",
        "referer": "https://www.example.com/index.html"}, separators=(",", ":"))


def test_a_hundred_thousand_lines(tmp_path):
    (tmp_path / "old.yaml").write_text(YAML)
    (tmp_path / "new.yaml").write_text(YAML.replace("routes:\n", "routes:\n  - { name: api, match: { path: /api/ }, pool: two }\n"))
    (tmp_path / "access.log").write_text("\n".join(map(line, range(LINES))) + "\n")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([daemon.binary(), "replay", "old.yaml", "--against", "new.yaml", "--log", "access.log", "--json"],
                          cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False, env=dict(os.environ))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    assert report["compared"] == LINES and report["changed"] == LINES // 4
    # The processor's time and not the clock's: what else runs on the machine is not headgate's.
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{used:.2f} s of the processor")
    assert used < CPU_SECONDS_MAX
