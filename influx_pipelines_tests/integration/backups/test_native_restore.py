"""The fake server forgives and refuses as a real one was recorded to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from influx_pipelines.influx.client import Influx
from influx_pipelines_tests.services.native_restore import RestoringServer

GROUP = {
    "id": 7,
    "startTime": "2019-12-30T00:00:00Z",
    "endTime": "2020-01-06T00:00:00Z",
    "shards": [{"id": 9, "shardOwners": []}],
}
POLICY = {
    "name": "autogen",
    "replicaN": 1,
    "duration": 0,
    "shardGroupDuration": 604_800_000_000_000,
}


def entry(client: Influx, **more: Any) -> bytes:
    about = {
        "organizationID": client.org_id,
        "organizationName": client.org,
        "bucketName": "b",
        "retentionPolicies": [POLICY | {"subscriptions": [], "shardGroups": [GROUP]}],
    }
    return json.dumps(about | more).encode()


def test_rubbish_in_the_place_of_a_shard_is_a_success(operator: Influx) -> None:
    send = operator.transport.send
    made = send("POST", "/api/v2/restore/bucketMetadata", body=entry(operator))
    found = json.loads(made.body)
    assert (made.status, found["name"], found["shardMappings"][0]["oldId"]) == (201, "b", 9)
    new = found["shardMappings"][0]["newId"]
    answer = send("POST", f"/api/v2/restore/shards/{new}", body=b"this is not a tar")
    assert (answer.status, answer.body) == (200, b"")
    taken = send("POST", "/api/v2/restore/bucketMetadata", body=entry(operator))
    assert (taken.status, json.loads(taken.body)) == (
        422,
        {"code": "conflict", "message": "bucket with name b already exists"},
    )


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        ("shards/4000000000", b"", 500, "An internal error has occurred - check server logs"),
        ("shards/seven", b"", 500, "An internal error has occurred - check server logs"),
        ("bucketMetadata", b"nope", 400, "failed to unmarshal json: invalid character"),
    ],
)
def test_errors_are_those_of_a_real_server(
    operator: Influx, path: str, body: bytes, status: int, message: str
) -> None:
    answer = operator.transport.send("POST", f"/api/v2/restore/{path}", body=body)
    assert answer.status == status
    assert json.loads(answer.body)["message"].startswith(message)


def test_without_one_retention_policy_nothing_is_made(operator: Influx) -> None:
    body = entry(operator, retentionPolicies=[])
    answer = operator.transport.send("POST", "/api/v2/restore/bucketMetadata", body=body)
    assert answer.status == 500
    assert "attempting to restore 0 retention policies" in answer.body.decode()
    assert operator.find_bucket("b") is None


def test_only_the_operator_may(restoring: RestoringServer, influx: Influx) -> None:
    with Influx(restoring.url, "unknown", influx.org) as client:
        answer = client.transport.send("POST", "/api/v2/restore/kv", body=b"")
    assert (answer.status, json.loads(answer.body)["message"]) == (401, "unauthorized access")
