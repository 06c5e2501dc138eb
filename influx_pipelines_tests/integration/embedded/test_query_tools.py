from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from influx_pipelines.server.process import free_port
from influx_pipelines_tests.embedded import Embedded

pytestmark = pytest.mark.embedded_process


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with Embedded(tmp_path_factory.mktemp("query-tools"), free_port()) as server:
        server.set_up()
        yield server


def asked(server: Embedded, path: str, **body: Any) -> tuple[int, Any]:
    answer = server.request("POST", f"/api/v2/query{path}", json=body)
    return answer.status, answer.json()


def test_a_tree_tells_places_in_bytes_source_texts_and_comments(server: Embedded) -> None:
    status, answer = asked(server, "/ast", query='package p\n// é\nx = "é" + y')
    package = answer["ast"]
    statement = package["files"][0]["body"][0]
    assert (status, package["package"]) == (200, "p")
    assert statement["id"]["comments"] == [{"text": "// é\n"}]
    assert statement["init"]["location"] == {
        "start": {"line": 3, "column": 5},
        "end": {"line": 3, "column": 13},
        "source": '"é" + y',
    }


def test_a_tree_of_what_tasks_refuse_is_an_error(server: Embedded) -> None:
    status, answer = asked(server, "/ast", query="f(")
    assert status == 400
    assert answer["message"] == "invalid AST: loc 1:1-1:3: expected RPAREN, got EOF"


def test_errors_that_the_second_look_finds_come_twice(server: Embedded) -> None:
    found = asked(server, "/analyze", type="flux", query="x = 1\n)\ny = )")[1]["errors"]
    message = "invalid statement @2:1-2:2: )"
    assert [one["message"] for one in found][:2] == [message, message]
    assert {"line": 3, "column": 5} in [{k: one[k] for k in ("line", "column")} for one in found]


@pytest.mark.parametrize(
    ("path", "body", "text"),
    [
        ("/ast", {"query": 5}, "number into Go struct field langRequest.query of type string"),
        ("/analyze", {"type": []}, "array into Go struct field QueryRequest.type of type string"),
    ],
)
def test_a_field_of_another_type_is_400(
    server: Embedded, path: str, body: dict[str, Any], text: str
) -> None:
    status, answer = asked(server, path, **body)
    assert (status, answer["message"]) == (400, f"invalid json: json: cannot unmarshal {text}")


@pytest.mark.parametrize("script", ["(" * 3_000, "a" + " |> b()" * 3_000, '"${' * 3_000])
def test_deep_nesting_is_an_error_of_the_script(server: Embedded, script: str) -> None:
    assert asked(server, "/ast", query=script)[0] == 400
    assert asked(server, "/analyze", type="flux", query=script)[1]["errors"]
    status, answer = asked(server, "?org=org", query=script)
    assert status == 400
    assert answer["message"].startswith("compilation failed: error @")
