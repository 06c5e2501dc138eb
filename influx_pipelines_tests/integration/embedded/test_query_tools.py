"""The syntax of scripts over HTTP: trees, and errors with their places."""

from __future__ import annotations

from typing import Any

import pytest

from influx_pipelines_tests.embedded import Embedded

pytestmark = pytest.mark.embedded_process


def asked(shared: Embedded, path: str, **body: Any) -> tuple[int, Any]:
    answer = shared.request("POST", f"/api/v2/query{path}", json=body)
    return answer.status, answer.json()


def test_a_tree_tells_places_in_bytes_source_texts_and_comments(shared: Embedded) -> None:
    status, answer = asked(shared, "/ast", query='package p\n// é\nx = "é" + y')
    package = answer["ast"]
    statement = package["files"][0]["body"][0]
    assert (status, package["package"]) == (200, "p")
    assert statement["id"]["comments"] == [{"text": "// é\n"}]
    assert statement["init"]["location"] == {
        "start": {"line": 3, "column": 5},
        "end": {"line": 3, "column": 13},
        "source": '"é" + y',
    }


def test_a_tree_of_what_tasks_refuse_is_an_error(shared: Embedded) -> None:
    status, answer = asked(shared, "/ast", query="f(")
    assert status == 400
    assert answer["message"] == "invalid AST: loc 1:1-1:3: expected RPAREN, got EOF"


def test_errors_that_the_second_look_finds_come_twice(shared: Embedded) -> None:
    found = asked(shared, "/analyze", type="flux", query="x = 1\n)\ny = )")[1]["errors"]
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
    shared: Embedded, path: str, body: dict[str, Any], text: str
) -> None:
    status, answer = asked(shared, path, **body)
    assert (status, answer["message"]) == (400, f"invalid json: json: cannot unmarshal {text}")


@pytest.mark.parametrize("script", ["(" * 3_000, "a" + " |> b()" * 3_000, '"${' * 3_000])
def test_deep_nesting_is_an_error_of_the_script(shared: Embedded, script: str) -> None:
    assert asked(shared, "/ast", query=script)[0] == 400
    assert asked(shared, "/analyze", type="flux", query=script)[1]["errors"]
    status, answer = asked(shared, "?org=org", query=script)
    assert status == 400
    assert answer["message"].startswith("compilation failed: error @")
