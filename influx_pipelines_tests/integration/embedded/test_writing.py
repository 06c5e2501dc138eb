"""Scripts that write, and whose rights they have."""

from __future__ import annotations

from typing import Any

import pytest

from influx_pipelines_tests.embedded import Embedded

pytestmark = pytest.mark.embedded_process
ROWS = (
    'import "array" array.from(rows: [{_time: 2020-01-01T00:00:00Z, _measurement: "m", '
    '_field: "f", _value: 1.5}]) |> to(bucket: "first"%s)'
)


def query(shared: Embedded, flux: str, **more: Any) -> Any:
    return shared.request("POST", "/api/v2/query?org=org", json={"query": flux}, **more)


def test_what_is_written_can_be_read(shared: Embedded) -> None:
    assert query(shared, ROWS % ', org: "org"').status == 200
    text = query(shared, 'from(bucket: "first") |> range(start: 0)').data.decode()
    assert "2020-01-01T00:00:00Z,1.5,f,m" in text


@pytest.mark.parametrize("actions", [["read"], ["write"]])
def test_who_may_not_read_and_write_the_bucket_cannot_write(
    shared: Embedded, actions: list[str]
) -> None:
    org = shared.request("GET", "/api/v2/orgs").json()["orgs"][0]["id"]
    permissions = [{"action": a, "resource": {"type": "buckets", "orgID": org}} for a in actions]
    made = {"orgID": org, "permissions": permissions}
    token = shared.request("POST", "/api/v2/authorizations", json=made).json()["token"]
    answer = query(shared, ROWS % "", token=token)
    assert answer.status == {"read": 403, "write": 404}[actions[0]]
    secret = 'import "influxdata/influxdb/secrets" import "array" '
    secret += 'array.from(rows: [{v: secrets.get(key: "x")}])'
    assert query(shared, secret, token=token).status == 401


def test_another_organisation_is_no_target(shared: Embedded) -> None:
    shared.request("POST", "/api/v2/orgs", json={"name": "other"})
    assert query(shared, ROWS % ', org: "other"').status == 400
    assert query(shared, ROWS % ', org: "nosuch"').status == 404


def test_a_field_of_another_type_is_an_internal_error(shared: Embedded) -> None:
    assert query(shared, ROWS % "").status == 200
    answer = query(shared, (ROWS % "").replace("1.5", '"text"'))
    assert answer.status == 500
    assert answer.json()["message"] == "An internal error has occurred - check server logs"
