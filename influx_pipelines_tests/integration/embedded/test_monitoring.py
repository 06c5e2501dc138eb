"""Checks, notification endpoints and rules over HTTP: what no recorded case reaches."""

from __future__ import annotations

from typing import Any

import pytest

from influx_pipelines_tests.embedded import Embedded

pytestmark = pytest.mark.embedded_process

QUERY = 'from(bucket: "b") |> range(start: -1h) |> filter(fn: (r) => r._field == "v")'
CHECK = {"type": "threshold", "status": "active", "every": "1h", "query": {"text": QUERY}}
HOOK = {"type": "http", "status": "active", "url": "http://127.0.0.1:1/", "method": "POST"}
HOOK["authMethod"] = "none"


def call(server: Embedded, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    answer = server.request(method, f"/api/v2/{path}", json=body)
    return answer.status, answer.json() if answer.data else None


@pytest.fixture
def org(shared: Embedded) -> str:
    return str(call(shared, "GET", "orgs?org=org")[1]["orgs"][0]["id"])


def test_lists_that_are_left_out_or_empty_are_null(shared: Embedded, org: str) -> None:
    """Go's slices of what was appended to nothing: `[]` came back for an empty list."""
    builder = {"tags": [{"key": "_field"}]}
    query = {"text": QUERY, "builderConfig": builder}
    body = {**CHECK, "orgID": org, "name": "empty", "query": query, "thresholds": []}
    status, check = call(shared, "POST", "checks", body)
    assert (status, check["thresholds"], check["labels"]) == (201, None, [])
    assert check["query"]["builderConfig"]["tags"][0]["values"] is None


def test_a_label_is_put_once_and_only_if_it_exists(shared: Embedded, org: str) -> None:
    """Labels of a new check that are unknown, malformed or there twice were stored as they came."""
    label = call(shared, "POST", "labels", {"orgID": org, "name": "l"})[1]["label"]["id"]
    labels = [label, label.upper(), "xyz", "0123456789abcdef"]
    body = {**CHECK, "orgID": org, "name": "labelled", "labels": labels}
    assert [one["id"] for one in call(shared, "POST", "checks", body)[1]["labels"]] == [label]


@pytest.mark.parametrize(
    ("field", "value", "status", "message"),
    [
        ("every", 5, 500, "a panic has occurred"),
        ("every", 30, 400, "Check Every can't be empty"),
        ("sleepUntil", 5, 400, "Time.UnmarshalJSON: input is not a JSON string"),
    ],
)
def test_durations_and_times_of_other_types(
    shared: Embedded, org: str, field: str, value: Any, status: int, message: str
) -> None:
    """Go cuts both ends off the text of a duration, and falls over one with a single letter."""
    path = "checks" if field == "every" else "notificationRules"
    kind = {"type": "http"} if field == "sleepUntil" else {}
    answer = call(shared, "POST", path, {**CHECK, **kind, "orgID": org, "name": "x", field: value})
    assert answer == (status, {"code": answer[1]["code"], "message": message})


def test_an_endpoint_moves_to_the_organisation_it_is_put_into(shared: Embedded, org: str) -> None:
    """The real server keeps the ID alone; without an organisation it cannot make its key."""
    endpoint = call(shared, "POST", "notificationEndpoints", {**HOOK, "orgID": org, "name": "e"})[1]
    path = f"notificationEndpoints/{endpoint['id']}"
    other = call(shared, "POST", "orgs", {"name": "other"})[1]["id"]
    assert call(shared, "PUT", path, {**HOOK, "name": "e", "orgID": other})[1]["orgID"] == other
    status, answer = call(shared, "PUT", path, {**HOOK, "name": "e"})
    assert (status, answer["message"].split(" is an ")[1]) == (
        400,
        "invalid format: no ID was provided",
    )


def test_endpoints_are_listed_for_a_user_too(shared: Embedded, org: str) -> None:
    """Any well-formed ID of a user will do: it filters nothing."""
    call(shared, "POST", "notificationEndpoints", {**HOOK, "orgID": org, "name": "listed"})
    found = call(shared, "GET", "notificationEndpoints?user=0123456789abcdef")[1]
    assert "listed" in [one["name"] for one in found["notificationEndpoints"]]
    assert call(shared, "GET", "notificationEndpoints?user=x")[0] == 400


def test_of_two_names_of_an_organisation_a_task_takes_the_name(shared: Embedded, org: str) -> None:
    """The name was looked up first, so its error stood behind words that are for a single one."""
    flux = 'option task = {name: "t", every: 1h}\nbuckets()'
    body = {"orgID": org, "org": "nobody", "flux": flux}
    message = 'organization name "nobody" not found'
    assert call(shared, "POST", "tasks", body) == (404, {"code": "not found", "message": message})


def test_who_may_read_a_rule_may_read_its_script(shared: Embedded, org: str) -> None:
    """The real server asks for no right to the endpoint that stands in it."""
    hook = {**HOOK, "orgID": org, "name": "of a rule"}
    endpoint = call(shared, "POST", "notificationEndpoints", hook)[1]["id"]
    body = {"orgID": org, "type": "http", "name": "r", "status": "active", "every": "1h"}
    rule = call(shared, "POST", "notificationRules", {**body, "endpointID": endpoint})[1]["id"]
    right = {"action": "read", "resource": {"type": "notificationRules", "orgID": org}}
    token = call(shared, "POST", "authorizations", {"orgID": org, "permissions": [right]})[1]
    path = f"/api/v2/notificationRules/{rule}/query"
    assert shared.request("GET", path, token=token["token"]).status == 200
