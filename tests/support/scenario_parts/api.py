"""Asking the admin API, over the unix socket (where everything is allowed) or over TCP."""
import dataclasses
import http.client
import json
import socket
import urllib.parse

BASE = "/api/v1"


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self._path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


@dataclasses.dataclass
class ApiAnswer:
    status: int
    fields: dict  # by lower case name
    text: str

    @property
    def body(self):
        return json.loads(self.text)


class Api:
    """`where` is the path of the unix socket, or a port of 127.0.0.1."""

    def __init__(self, where, token=None, timeout=30):
        self.where, self.token, self.timeout = where, token, timeout

    def ask(self, method, path, body=None, raw=None, fields=()):
        """One request; `body` is sent as JSON, `raw` as it is."""
        if isinstance(self.where, int):
            connection = http.client.HTTPConnection("127.0.0.1", self.where, timeout=self.timeout)
        else:
            connection = UnixConnection(self.where, self.timeout)
        sent = {**({"Authorization": f"Bearer {self.token}"} if self.token else {})}
        if body is not None:
            raw = json.dumps(body)
        if raw is not None:
            sent["Content-Type"] = "application/json"
        sent.update(fields)
        try:
            connection.request(method, BASE + path, raw, sent)
            answer = connection.getresponse()
            text = answer.read().decode()
            return ApiAnswer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, text)
        finally:
            connection.close()

    def get(self, path):
        answer = self.ask("GET", path)
        assert answer.status == 200, answer
        return answer.body

    def post(self, path, body=None, status=200):
        answer = self.ask("POST", path, body)
        assert answer.status == status, answer
        return answer.body

    def backend(self, pool, backend, what, **body):
        """An operator's wish; what it is answered with."""
        return self.post(f"/pools/{quoted(pool)}/backends/{quoted(backend)}/{what}", body)


def quoted(name):
    return urllib.parse.quote(name, safe="")


def with_admin(yaml, settings):
    """The configuration of proxy_yaml with other admin settings."""
    assert "admin: { bind: 127.0.0.1:0 }" in yaml
    return yaml.replace("admin: { bind: 127.0.0.1:0 }", f"admin: {{ {settings} }}")
