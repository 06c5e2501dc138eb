"""Deleting: what goes, which types become free, what stays listed."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from influx_pipelines_tests.embedded import Embedded

pytestmark = pytest.mark.embedded_process
NEW_YEAR = 1577836800000000000
DAY = 86_400_000_000_000
ALL = {"start": "1970-01-01T00:00:00Z", "stop": "2100-01-01T00:00:00Z"}


class Bucket:
    """A bucket of its own for each test."""

    def __init__(self, server: Embedded) -> None:
        self.server = server
        self.name = f"b{secrets.token_hex(6)}"
        org_id = server.request("GET", "/api/v2/orgs").json()["orgs"][0]["id"]
        rules: list[dict[str, Any]] = []
        body = {"orgID": org_id, "name": self.name, "retentionRules": rules}
        assert server.request("POST", "/api/v2/buckets", json=body).status == 201

    def write(self, lines: str) -> int:
        path = f"/api/v2/write?org=org&bucket={self.name}"
        return self.server.request("POST", path, body=lines.encode()).status

    def delete(self, predicate: str = "", **bounds: str) -> int:
        body = {**ALL, **bounds, "predicate": predicate}
        path = f"/api/v2/delete?org=org&bucket={self.name}"
        return self.server.request("POST", path, json=body).status

    def values(self) -> list[str]:
        flux = f'from(bucket: "{self.name}") |> range(start: 0) |> keep(columns: ["_value"])'
        answer = self.server.request("POST", "/api/v2/query?org=org", json={"query": flux})
        return sorted(
            line.split(",")[-1] for line in answer.data.decode().split() if ",_result" in line
        )

    def show(self, what: str) -> list[str]:
        answer = self.server.request("GET", f"/query?db={self.name}&q=SHOW+{what}").json()
        series = answer["results"][0].get("series", [])
        return [" ".join(map(str, value)) for row in series for value in row["values"]]


@pytest.fixture
def bucket(shared: Embedded) -> Bucket:
    return Bucket(shared)


def test_a_type_is_free_again_when_the_measurement_has_left_the_shard_group(
    bucket: Bucket,
) -> None:
    assert bucket.write(f"m,s=1 f=1 {NEW_YEAR}\nm,s=2 g=1 {NEW_YEAR}") == 204
    assert bucket.delete("s=1") == 204
    assert bucket.write(f"m,s=3 f=1i {NEW_YEAR}") == 422  # a series of m is left
    assert bucket.delete("s=2") == 204
    assert bucket.write(f"m,s=3 f=1i,g=true {NEW_YEAR}") == 204


def test_a_type_stays_in_the_shard_groups_that_were_not_emptied(bucket: Bucket) -> None:
    assert bucket.write(f"m f=1 {NEW_YEAR}\nm f=2 {NEW_YEAR + 14 * DAY}") == 204
    assert bucket.delete(stop="2020-01-02T00:00:00Z") == 204
    assert bucket.write(f"m f=1i {NEW_YEAR + 14 * DAY}") == 422
    assert bucket.write(f"m f=1i {NEW_YEAR}") == 204
    assert bucket.show("FIELD+KEYS") == ["f integer", "f float"]


def test_a_series_is_listed_until_its_last_point_has_gone(bucket: Bucket) -> None:
    assert bucket.write(f"m,s=1 f=1 {NEW_YEAR}\nm,s=1 f=2 {NEW_YEAR + DAY}\nn f=3 1") == 204
    assert bucket.delete("s=1", stop="2020-01-01T00:00:00Z") == 204
    assert bucket.show("SERIES") == ["m,s=1", "n"]
    assert bucket.delete("s=1") == 204
    assert bucket.show("SERIES") == ["n"]
    assert bucket.show("MEASUREMENTS") == ["n"]


def test_an_other_measurement_deletes_only_those_before_it_where_it_is(bucket: Bucket) -> None:
    """The server ends its walk through a shard group at the measurement that is named."""
    later = NEW_YEAR + 14 * DAY
    assert (
        bucket.write(f"a f=1 {NEW_YEAR}\nm f=2 {NEW_YEAR}\nz f=3 {NEW_YEAR}\na f=4 {later}") == 204
    )
    assert bucket.delete('_measurement!="m"') == 204
    assert bucket.values() == ["2", "3", "4"]
    assert bucket.delete('_measurement!="m" AND _measurement!="a"') == 204
    assert bucket.values() == ["2", "4"]


def test_both_ends_are_deleted_to_the_nanosecond(bucket: Bucket) -> None:
    assert bucket.write("\n".join(f"m f={n} {NEW_YEAR + n}" for n in range(5))) == 204
    bounds = {"start": "2020-01-01T00:00:00.000000001Z", "stop": "2020-01-01T00:00:00.000000003Z"}
    assert bucket.delete(**bounds) == 204
    assert bucket.values() == ["0", "4"]


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"start": "2020-02-30T00:00:00Z", "stop": "x"}, 400, "field start"),
        ({"start": "2020-01-01t00:00:00Z", "stop": "x"}, 400, "field start"),
        ({"start": "2020-01-01T24:00:00Z", "stop": "x"}, 400, "field start"),
        ({"START": "2020-01-01T00:00:00,5+01:00", "stop": "x"}, 400, "field stop"),
        ({**ALL, "stop": "1600-01-01T00:00:00Z"}, 400, "must not be after 2262"),
        ({**ALL, "predicate": 5}, 400, "deleteRequestDecode.predicate of type string"),
        ({**ALL, "predicate": "("}, 400, "extra ( seen"),
        ({**ALL, "predicate": "a=1 AND ("}, 400, "extra ( seen"),
        ({**ALL, "predicate": "(" * 5000}, 400, "extra ( seen"),
    ],
)
def test_a_bad_body_is_refused_before_the_bucket_is_looked_for(
    shared: Embedded, body: dict[str, Any], status: int, says: str
) -> None:
    answer = shared.request("POST", "/api/v2/delete?org=org&bucket=nowhere", json=body)
    assert answer.status == status
    assert says in answer.json()["message"]
