"""The OpenAPI file against the server: every operation answers as it says, and nothing else is answered."""
import itertools
import re

import jsonschema
import pytest

from headgate_test import answering, proxy_yaml
from scenario_parts.api import BASE, Api, with_admin

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")


@pytest.fixture
def served(headgate, origin, client, tmp_path):
    """A headgate with some traffic behind it, its API with every right, and its description."""
    yaml = with_admin(proxy_yaml(origin(answering()), pool="health: { http: { path: / } }",
                                 route="cache: { store: edge }", more="caches: { edge: {} }\nregions: { eu: {} }"),
                      f"bind: 127.0.0.1:0, socket: {tmp_path}/admin.sock")
    gate, api = headgate(yaml), Api(tmp_path / "admin.sock")
    peer = client(gate.port())
    for _ in range(3):
        peer.get()
    return gate, api, api.get("/openapi.json")


class Description:
    def __init__(self, document):
        self.document = document
        self.resolver = jsonschema.RefResolver("", document)

    def resolved(self, part):
        while "$ref" in part:
            part = self.resolver.resolve(part["$ref"])[1]
        return part

    def operations(self):
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                yield path, method.upper(), operation

    def check(self, operation, answer):
        """The answer is one that the operation lists, and its body is of the schema that stands there."""
        assert str(answer.status) in operation["responses"], (operation["operationId"], answer)
        response = self.resolved(operation["responses"][str(answer.status)])
        (media_type, content), = response["content"].items()
        assert answer.fields["content-type"] == media_type
        jsonschema.Draft202012Validator(content["schema"], resolver=self.resolver).validate(answer.body)
        for name in response.get("headers", {}):
            assert name.lower() in answer.fields

    def example_body(self, operation):
        if "requestBody" not in operation:
            return None
        content = operation["requestBody"]["content"]["application/json"]
        jsonschema.Draft202012Validator(content["schema"], resolver=self.resolver).validate(content["example"])
        return content["example"]


def filled(path, backend):
    path = path.replace("{region}", "x" if backend == "x" else "eu")
    return path.replace("{pool}", "app").replace("{id}", backend).replace("{cache}", "edge")


def test_it_is_an_openapi_3_1_document(served):
    document = served[2]
    assert document["openapi"].startswith("3.1.") and document["servers"] == [{"url": BASE}]
    identities = [operation["operationId"] for _, _, operation in Description(document).operations()]
    assert len(set(identities)) == len(identities)
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    used = set(re.findall(r'"#/components/(\w+/\w+)"', served[1].ask("GET", "/openapi.json").text))
    defined = {f"{kind}/{name}" for kind, parts in document["components"].items() for name in parts
               if kind != "securitySchemes"}
    assert used == defined, "everything is used and nothing is missing"


def test_every_operation_answers_as_described(served):
    gate, api, document = served
    description = Description(document)
    backend = api.get("/backends")["backends"][0]["id"]
    ends = ("/upgrade", "/stop")  # come last
    asked = [each for each in description.operations() if each[0] not in ends]
    assert len(asked) >= 19
    for path, method, operation in asked:
        if path.endswith("/weight"):
            api.backend("app", backend, "enable")
        answer = api.ask(method, filled(path, backend), description.example_body(operation))
        description.check(operation, answer)
        assert answer.status == 200, (path, answer)
    # Once more, with everything in it that there may be.
    api.backend("app", backend, "drain", over="1h", why="x")
    gate.write(gate.file.read_text() + "nonsense: 1\n")
    for path, method, body in [("/reload", "POST", {}), ("/pools", "GET", None), ("/status", "GET", None),
                               ("/config", "GET", None), ("/events", "GET", None), ("/reloads", "GET", None),
                               ("/history?seconds=901&pool=app", "GET", None)]:
        operation = document["paths"][path.partition("?")[0]][method.lower()]
        description.check(operation, api.ask(method, path, body))


def test_what_ends_the_process_answers_as_described(served):
    gate, api, document = served
    description, answers = Description(document), []
    old = gate.upgrade(ask=lambda: answers.append(api.ask("POST", "/upgrade", {})))
    assert answers[0].status == 200
    description.check(document["paths"]["/upgrade"]["post"], answers[0])
    assert old.wait(20) == 0
    stopped = api.ask("POST", "/stop", {})
    assert stopped.status == 202
    description.check(document["paths"]["/stop"]["post"], stopped)
    assert gate.process.wait(20) == 0
    gate.stop()


def test_every_operation_refuses_as_described(served):
    gate, api, document = served
    description = Description(document)
    open_door = Api(gate.admin_port)
    for path, method, operation in description.operations():
        changes = operation["security"] == [{"token": []}]
        refused = open_door.ask(method, filled(path, "x"), {} if changes else None)
        if changes:
            assert refused.status == 403, path
            description.check(operation, refused)
            wrong = api.ask(method, filled(path, "x"), {"no such member": 1})
            assert wrong.status == 400, path
            description.check(operation, wrong)
            for raw, fields in [(b" " * 70000, {}), (b"{}", {"Content-Type": "text/plain"})]:
                description.check(operation, api.ask(method, filled(path, "x"), raw=raw, fields=fields))
        foreign = open_door.ask(method, filled(path, "x"), {} if changes else None, fields={"Host": "evil.example"})
        description.check(operation, foreign)
        if "404" in operation["responses"] and "{" in path:
            body = description.example_body(operation)
            answer = api.ask(method, re.sub(r"\{\w+\}", "nowhere", path), body)
            assert answer.status == 404
            description.check(operation, answer)


def test_nothing_is_answered_that_is_not_described(served):
    _, api, document = served
    described = {(path, method) for path, method, _ in Description(document).operations()}
    for path, method in itertools.product(document["paths"], METHODS):
        if (path, method) in described:
            continue
        answer = api.ask(method, filled(path, "x"), {} if method != "GET" else None)
        assert answer.status == 405, (method, path)
        allowed = {name.strip() for name in answer.fields["allow"].split(",")}
        assert allowed - {"HEAD"} == {other for one, other in described if one == path}, path
