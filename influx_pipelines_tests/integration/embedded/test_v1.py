"""The older API: who may come in, where a write goes, how answers look."""

from __future__ import annotations

import base64
import secrets
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from influx_pipelines_tests.embedded import Embedded

pytestmark = pytest.mark.embedded_process
NEW_YEAR = 1577836800000000000
LINES = (
    f"cpu,host=a,dc=x u=1 {NEW_YEAR}\ncpu,host=b u=2,n=1i {NEW_YEAR}\nmem,host=a f=3u {NEW_YEAR}"
)


@pytest.fixture(scope="module")
def database(shared: Embedded) -> str:
    name = f"d{secrets.token_hex(6)}"
    org_id = shared.request("GET", "/api/v2/orgs").json()["orgs"][0]["id"]
    assert (
        shared.request("POST", "/api/v2/buckets", json={"orgID": org_id, "name": name}).status
        == 201
    )
    assert shared.request("POST", f"/write?db={name}", body=LINES.encode()).status == 204
    return name


def query(server: Embedded, database: str, statement: str, accept: str = "", **more: Any) -> Any:
    path = f"/query?{urlencode({'db': database, 'q': statement, **more})}"
    return server.request("GET", path, headers={"Accept": accept} if accept else {})


def basic(name: str, token: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{token}".encode()).decode()


@pytest.mark.parametrize(
    ("header", "parameters", "status"),
    [
        ("Token {token}", {}, 200),
        ("Token any:{token}", {}, 200),
        ("Token any:x", {"u": "any", "p": "{token}"}, 200),  # the parameters come first
        ("Token {token}", {"u": "any"}, 200),  # one alone does not count
        ("Token  {token}", {}, 401),
        ("token {token}", {}, 401),
        ("Bearer {token}", {}, 401),
        ("Basic !", {}, 401),
        ("", {}, 401),
    ],
)
@pytest.mark.parametrize("path", ["/query", "/write"])
def test_credentials(
    shared: Embedded, header: str, parameters: dict[str, str], status: int, path: str
) -> None:
    token = shared.token
    sent = {name: value.format(token=token) for name, value in parameters.items()}
    headers = {"Authorization": header.format(token=token)} if header else {}
    answer = shared.request(
        "POST",
        f"{path}?{urlencode({**sent, 'db': 'first', 'q': ';'})}",
        token=None,
        headers=headers,
    )
    assert answer.status == (204 if status == 200 and path == "/write" else status)


def test_basic_takes_the_token_as_the_password(shared: Embedded) -> None:
    for token, status in ((shared.token, 200), ("wrong", 401)):
        headers = {"Authorization": basic("any", token)}
        assert shared.request("GET", "/query?q=;", token=None, headers=headers).status == status


def test_an_inactive_token_is_no_token(shared: Embedded) -> None:
    org_id = shared.request("GET", "/api/v2/orgs").json()["orgs"][0]["id"]
    permissions = [{"action": "read", "resource": {"type": "buckets"}}]
    body = {"orgID": org_id, "permissions": permissions, "status": "inactive"}
    made = shared.request("POST", "/api/v2/authorizations", json=body).json()
    answer = shared.request("GET", "/query?q=;", token=made["token"])
    assert (answer.status, answer.json()["message"]) == (401, "Unauthorized")


def test_a_missing_time_is_cut_to_hours_though_times_are_not_scaled_by_them(
    shared: Embedded,
) -> None:
    body = b"cut f=1"
    assert shared.request("POST", "/write?db=first&precision=h", body=body).status == 204
    flux = (
        'from(bucket: "first") |> range(start: -2h) |> filter(fn: (r) => r._measurement == "cut")'
    )
    text = shared.request("POST", "/api/v2/query?org=org", json={"query": flux}).data.decode()
    assert ":00:00Z," in text.splitlines()[1]


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        ("SHOW TAG KEYS", [["dc"], ["host"], ["host"]]),
        ("SHOW TAG KEYS FROM /^c/ LIMIT 1 OFFSET 1", [["host"]]),
        ("SHOW TAG KEYS WITH KEY = dc", [["dc"], ["host"], ["host"]]),  # read and not honoured
        ("SHOW TAG KEYS WHERE host = 'b'", [["host"]]),
        ("SHOW TAG VALUES WITH KEY != dc", [["host", "a"], ["host", "b"], ["host", "a"]]),
        ("SHOW TAG VALUES WITH KEY =~ /^d/ WHERE host !~ /b/", [["dc", "x"]]),
        ("SHOW TAG VALUES FROM cpu WITH KEY = host WHERE dc = ''", [["host", "b"]]),
        ("SHOW TAG VALUES FROM cpu WITH KEY = host WHERE dc != 'x' OR host = 'a'",
         [["host", "a"], ["host", "b"]]),
        ("SHOW MEASUREMENTS WHERE host != 'b'", [["mem"]]),
        ("SHOW MEASUREMENTS WHERE dc != 'y' AND host =~ /./", [["cpu"]]),
        ("SHOW MEASUREMENTS WITH MEASUREMENT = mem", [["mem"]]),
        ("SHOW FIELD KEYS OFFSET 1", [["u", "float"]]),
        ("SHOW SERIES FROM cpu, mem WHERE dc = '' LIMIT 1", [["cpu,host=b"]]),
        ("SHOW SERIES WHERE nothing = ''", [["cpu,dc=x,host=a"], ["cpu,host=b"], ["mem,host=a"]]),
        ("SHOW SERIES WHERE nothing = 'x'", []),
    ],
)  # fmt: skip
def test_clauses(shared: Embedded, database: str, statement: str, values: list[list[str]]) -> None:
    answer = query(shared, database, statement)
    assert answer.status == 200, answer.data
    series = answer.json()["results"][0].get("series", [])
    assert [value for row in series for value in row["values"]] == values


@pytest.mark.parametrize(
    ("statements", "results"),
    [
        ("SHOW TAG KEYS ON x; SHOW DATABASES; SHOW USERS", ["not executed"]),
        ("SHOW USERS", ["not implemented: SHOW USERS"]),
        ("SHOW TAG KEYS WHERE a = \"b\"", None),
        ("SHOW MEASUREMENTS WHERE time > 1", None),
        ("SHOW MEASUREMENTS WHERE time = 'x'",
         ["SHOW MEASUREMENTS doesn't support time in WHERE clause"]),
        ("SHOW SERIES FROM other.p.cpu", ["database not found: other"]),
        ("SHOW SERIES FROM p.cpu", ["retention policy not found: p"]),
        ("SHOW MEASUREMENTS; SHOW TAG KEYS WHERE u = 'x'", None),  # a field
    ],
)  # fmt: skip
def test_errors_stand_in_the_results_and_what_is_not_done_is_refused_as_a_whole(
    shared: Embedded, database: str, statements: str, results: list[str] | None
) -> None:
    answer = query(shared, database, statements)
    if results is None:
        assert answer.status == 501
        assert answer.json()["message"].endswith("is not supported by the embedded server")
    else:
        assert [result["error"] for result in answer.json()["results"]] == results


def test_what_a_token_may_not_read_is_not_there(shared: Embedded, database: str) -> None:
    org_id = shared.request("GET", "/api/v2/orgs").json()["orgs"][0]["id"]
    buckets = shared.request("GET", "/api/v2/buckets?name=first&org=org").json()["buckets"]
    resource = {"type": "buckets", "id": buckets[0]["id"], "orgID": org_id}
    body = {"orgID": org_id, "permissions": [{"action": "read", "resource": resource}]}
    token = shared.request("POST", "/api/v2/authorizations", json=body).json()["token"]
    found = shared.request("GET", "/query?q=SHOW+DATABASES", token=token).json()
    assert found["results"][0]["series"][0]["values"] == [["first"]]
    path = f"/query?db={database}&q=" + quote("SHOW TAG KEYS")
    error = shared.request("GET", path, token=token).json()["results"][0]["error"]
    assert error == f"default retention policy not set for: {database}"
    assert shared.request("POST", f"/write?db={database}", body=b"m f=1", token=token).status == 404
    assert shared.request("POST", "/write?db=first", body=b"m f=1", token=token).status == 403


def test_csv_has_a_block_for_each_statement_and_no_errors(shared: Embedded, database: str) -> None:
    answer = query(
        shared,
        database,
        "SHOW TAG KEYS FROM cpu; SHOW RETENTION POLICIES; SHOW MEASUREMENTS ON nothing",
        accept="text/csv",
    )
    assert answer.headers["Content-Type"] == "text/csv"
    assert answer.data.decode() == (
        "name,tags,tagKey\ncpu,,dc\ncpu,,host\n\n"
        "name,tags,name,duration,shardGroupDuration,replicaN,default\n"
        ",,autogen,0s,168h0m0s,replicaN,true\n"  # the server's encoder forgets whole numbers
    )


def test_chunks_are_one_answer_a_line(shared: Embedded, database: str) -> None:
    answer = query(shared, database, "SHOW FIELD KEYS; SHOW USERS", chunked="true")
    assert answer.data.decode() == (
        '{"results":[{"statement_id":0,"series":[{"name":"cpu","columns":["fieldKey","fieldType"],'
        '"values":[["n","integer"],["u","float"]]}],"partial":true}]}\n'
        '{"results":[{"statement_id":0,"series":[{"name":"mem","columns":["fieldKey","fieldType"],'
        '"values":[["f","unsigned"]]}]}]}\n'
        '{"results":[{"statement_id":1,"error":"not implemented: SHOW USERS"}]}\n'
    )


def test_a_form_in_the_body_comes_before_the_address(shared: Embedded, database: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    body = urlencode({"q": "SHOW MEASUREMENTS", "db": database}).encode()
    answer = shared.request("POST", "/query?q=x&db=nothing", body=body, headers=headers)
    assert answer.json()["results"][0]["series"][0]["values"] == [["cpu"], ["mem"]]
