"""Queries over HTTP: what a request may be, and errors where only errors are wanted."""

from __future__ import annotations

from typing import Any

import pytest

from influx_pipelines_tests.embedded import Embedded

pytestmark = pytest.mark.embedded_process
PATH = "/api/v2/query?org=org"
STRUCT = "json: cannot unmarshal number into Go struct field "
ALL = ["datatype", "group", "default"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "request headers: EOF"),
        (b"[]", "cannot unmarshal array into Go value of type http.QueryRequest"),
        (b"null", "body: request body requires either query or AST"),
        ({"query": "", "type": "sql"}, "body: request body requires either query or AST"),
        ({"dialect": 5}, STRUCT + "QueryRequest.dialect of type http.QueryDialect"),
        ({"dialect": {"header": 5}}, STRUCT + "QueryDialect.dialect.header of type bool"),
        ({"dialect": {"annotations": 5}}, "QueryDialect.dialect.annotations of type []string"),
        ({"dialect": {"annotations": [5]}}, "QueryDialect.dialect.annotations of type string"),
        ({"dialect": {"delimiter": "é"}}, "invalid dialect delimeter: must be length 1"),
        ({"dialect": {"delimiter": "::", "commentPrefix": "##"}}, "must be length 0 or 1"),
        ({"dialect": {"delimiter": "::", "annotations": ["x"]}}, "must be length 1"),
        ({"now": 5}, "Time.UnmarshalJSON: input is not a JSON string"),
        ({"now": ""}, 'cannot parse "" as "2006"'),
    ],
)
def test_a_request_is_read_whole_before_it_is_judged(
    shared: Embedded, body: bytes | dict[str, Any], says: str
) -> None:
    """Broken dialects had other words, an empty body and an empty `now` were let through."""
    if isinstance(body, bytes):
        headers = {"Content-Type": "application/json"}
        answer = shared.request("POST", PATH, body=body, headers=headers)
    else:
        answer = shared.request("POST", PATH, json={"query": "buckets()", **body})
    assert answer.status == 400
    assert answer.json()["message"].endswith(says)


@pytest.mark.parametrize(
    ("script", "shown"),
    [
        ('die(msg: "a, b")', '"error calling function ""die"" @1:1-1:17: a, b"'),
        ("nope()", "error @1:1-1:5: undefined identifier nope"),
        ('from(bucket: "x") |> range(start: 0)', '"failed to initialize execute state: could not'),
        (
            'from(bucket: "first") |> range(start: 0) |> mean()',
            "unsupported input type for mean aggregate: string",
        ),
    ],
)
def test_an_error_is_a_table_where_only_errors_are_wanted(
    shared: Embedded, script: str, shown: str
) -> None:
    """It came without annotations and quotes; that of a stream that broke off was lost."""
    lines = b'a f=1 1\nb f="x" 1'
    assert shared.request("POST", "/api/v2/write?org=org&bucket=first", body=lines).status == 204
    answer = shared.request(
        "POST",
        PATH,
        json={"query": script, "dialect": {"annotations": ALL}},
        headers={"Prefer": "return-no-content-with-error"},
    )
    head = "#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n,error,reference\r\n,"
    assert answer.status == 200
    assert answer.data.decode().startswith(head + shown)


def test_what_does_not_parse_is_no_result_of_a_run(shared: Embedded) -> None:
    headers = {"Prefer": "return-no-content-with-error"}
    answer = shared.request("POST", PATH, json={"query": "x = ("}, headers=headers)
    assert answer.status == 400


@pytest.mark.parametrize(
    ("tag", "status"),
    [("_time", 500), ("_value", 500), ("_start", 501), ("_stop", 501), ("result", 200)],
)
def test_a_tag_with_the_name_of_a_column_is_stored_and_spoils_reading(
    shared: Embedded, tag: str, status: int
) -> None:
    """It took the place of the column."""
    body = f"{tag}s,{tag}=x f=1 1".encode()
    assert shared.request("POST", "/api/v2/write?org=org&bucket=first", body=body).status == 204
    read = 'from(bucket: "first") |> range(start: 0) |> filter(fn: (r) => r._measurement == "'
    answer = shared.request("POST", PATH, json={"query": f'{read}{tag}s")'})
    assert answer.status == status
    if status == 200:
        assert answer.data.decode().splitlines()[0].startswith(",result,table,_start,")
        assert answer.data.decode().splitlines()[0].endswith(",result")
