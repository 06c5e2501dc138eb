"""Monitoring checks, notification endpoints and rules: what is declared, and what is compared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from influx_pipelines.estate import plan
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.load import load
from influx_pipelines.estate.observed import Observed
from influx_pipelines.estate.ownership import MARKER
from influx_pipelines.estate.plan import Plan
from influx_pipelines.estate.problems import EstateError
from influx_pipelines.influx.models import MonitoringCheck, NotificationEndpoint, NotificationRule
from influx_pipelines_tests.conftest import ROOT

KINDS = ("monitoring_check", "notification_endpoint", "notification_rule")
BUCKET = "buckets:\n  - name: b\n"
QUERY = 'from(bucket: "b") |> range(start: -1m) |> filter(fn: (r) => r._field == "v")'
CHECK = f"monitoring_checks:\n  - name: c\n    every: 1m\n    query: '{QUERY}'\n"
CRIT = "    thresholds: [{level: crit, above: 5}]\n"
ENDPOINT = "notification_endpoints:\n  - name: e\n    type: http\n    url: https://host/path\n"
RULE = """notification_rules:
  - name: r
    endpoint: e
    every: 1m
    statuses: [{current: crit}]
"""
Planned = Callable[..., Plan]


@pytest.fixture
def planned(tmp_path: Path) -> Planned:
    def make(text: str, **found: Any) -> Plan:
        folder = tmp_path / "estate"
        folder.mkdir(exist_ok=True)
        (folder / "e.yaml").write_text(text)
        ledger = Ledger.open(tmp_path / "ledger.json", "http://here", "org")
        others = {name: (value,) for name, value in found.items()}
        return plan(load(folder), Observed(others=others), ledger, kinds=KINDS)

    return make


def check(**other: Any) -> MonitoringCheck:
    """As the server tells the check of these tests."""
    told = {
        "id": "1",
        "name": "c",
        "description": MARKER,
        "type": "threshold",
        "every": "60s",
        "query": {"text": QUERY, "editMode": "", "builderConfig": {"buckets": []}},
        "statusMessageTemplate": "${ r._level }: ${ r._check_name }",
        "tags": None,
        "thresholds": [{"type": "greater", "level": "CRIT", "value": 5, "allValues": False}],
        "taskID": "9",
    }
    return MonitoringCheck.model_validate({**told, **other})


def endpoint(**other: Any) -> NotificationEndpoint:
    told = {
        "id": "2",
        "name": "e",
        "description": MARKER,
        "type": "http",
        "url": "https://host/path",
        "method": "POST",
        "authMethod": "none",
    }
    return NotificationEndpoint.model_validate({**told, **other})


def rule(**other: Any) -> NotificationRule:
    told = {
        "id": "3",
        "name": "r",
        "description": MARKER,
        "type": "http",
        "every": "1m",
        "endpointID": "2",
        "statusRules": [{"currentLevel": "CRIT", "previousLevel": None}],
    }
    return NotificationRule.model_validate({**told, **other})


EVERYTHING = BUCKET + CHECK + CRIT + ENDPOINT + RULE
THERE = {
    "monitoring_check": check(),
    "notification_endpoint": endpoint(),
    "notification_rule": rule(),
}


def test_what_the_server_writes_otherwise_is_no_difference(planned: Planned) -> None:
    assert planned(EVERYTHING, **THERE) == Plan()


@pytest.mark.parametrize(
    ("kind", "found", "differs"),
    [
        ("monitoring_check", check(status="inactive"), ["status"]),
        ("monitoring_check", check(every="2m", offset="5s"), ["every", "offset"]),
        ("monitoring_check", check(tags=[{"key": "a", "value": "b"}]), ["tags"]),
        ("monitoring_check", check(thresholds=None), ["thresholds"]),
        ("monitoring_check", check(query={"text": "other"}), ["query"]),
        ("notification_endpoint", endpoint(url="https://other/"), ["url"]),
        ("notification_endpoint", endpoint(headers={"X-A": "b"}), ["headers"]),
        (
            "notification_endpoint",
            endpoint(authMethod="bearer", token="secret: 0123456789abcdef-token"),
            ["token", "authMethod"],
        ),
        ("notification_rule", rule(endpointID="7"), ["endpoint"]),
        ("notification_rule", rule(limit=1, limitEvery=5), ["limit", "limitEvery"]),
        ("notification_rule", rule(tagRules=[{"key": "a", "value": "b"}]), ["tagRules"]),
    ],
)
def test_a_change_by_hand_is_named_field_by_field(
    planned: Planned, kind: str, found: Any, differs: list[str]
) -> None:
    (change,) = planned(EVERYTHING, **{**THERE, kind: found}).changes
    assert (change.kind, change.action, list(change.after)) == (kind, "update", differs)


def test_bounds_of_a_range_that_are_zero_are_left_out_by_the_server(planned: Planned) -> None:
    text = BUCKET + CHECK + "    thresholds: [{level: warn, within: [0, 5]}]\n"
    told = {"type": "range", "level": "WARN", "max": 5, "within": True, "allValues": False}
    assert planned(text, monitoring_check=check(thresholds=[told])) == Plan()


def test_a_credential_is_the_name_of_a_secret(planned: Planned) -> None:
    text = "secrets:\n  - {name: hook, env: HOOK}\n" + ENDPOINT + "    token: hook\n"
    found = endpoint(authMethod="bearer", token="secret: hook")
    assert planned(text, notification_endpoint=found) == Plan()


def test_what_the_server_ignores_is_a_finding_and_no_conflict(planned: Planned) -> None:
    text = (
        ENDPOINT + "    method: PUT\n    headers: {X-A: b}\n    active: false\n" + RULE
    ) + "    limit: 1\n    limit_every: 60\n    tags: [{key: a, value: b, operator: notequal}]\n"
    found = planned(text)
    assert [(f.name, f.state) for f in found.findings] == [("e", "ignored")] * 3 + [
        ("r", "ignored")
    ] * 2
    assert found.conflicts == ()
    assert "takes it as equal" in found.findings[3].text


def test_one_check_an_application_has_its_bucket_as_a_text_of_the_query(planned: Planned) -> None:
    text = "applications:\n  names: ['a-b', 'c${d}']\n"
    text += CHECK.replace("name: c", "name: '{bucket} check'\n    each: application")
    found = planned(text.replace('"b"', '"{bucket}"') + CRIT).changes
    assert [change.name for change in found] == ["a_b check", "c${d} check"]
    queries = [change.after["query"].partition(")")[0] for change in found]
    assert queries == ['from(bucket: "a_b"', 'from(bucket: "c\\x24{d}"']


SLACK = ENDPOINT.replace("http\n", "slack\n")


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        (CHECK.replace('"b"', '"x"') + CRIT, "4:5", "there is no bucket 'x' in the estate"),
        (CHECK, "2:5", "either thresholds or time_since"),
        (CHECK + CRIT + "    time_since: 1m\n", "2:5", "either thresholds or time_since"),
        (CHECK + CRIT + "    offset: 1m\n", "2:5", "shorter than every"),
        (CHECK + CRIT + "    level: warn\n", "2:5", "go with time_since only"),
        (CHECK + "    time_since: 1d\n", "2:5", "stale_time must be longer"),
        (CHECK + CRIT.replace("above: 5", "above: 5, below: 4"), "5:18", "one of below, above"),
        (CHECK + CRIT.replace("above: 5", "within: [5, 4]"), "5:18", "lesser bound first"),
        (CHECK + CRIT.replace("above: 5", "above: x"), "5:32", "above"),
        (CHECK + CRIT.replace("crit", "unknown"), "5:19", "level"),
        (CHECK + CRIT.replace("}]", "}, {level: crit, below: 1}]"), "2:5", "of one level"),
        (CHECK + CRIT + "    each: application\n", "2:5", "{bucket} or {Bucket} in its name"),
        (CHECK.replace("_field", "_f") + CRIT, "2:5", "compare _field with one text"),
        (CHECK.replace("from(", "from((") + CRIT, "4:5", "no Flux, at 1:"),
        (CHECK.replace("from(", "x = from(") + CRIT, "4:5", "no other script becomes a check"),
        (CHECK.replace("1m\n", "1mo\n") + CRIT, "3:5", "no whole number of seconds"),
        (ENDPOINT + "    token: hook\n", "5:5", "there is no secret 'hook' in the estate"),
        (ENDPOINT + f"    token: {'hush' * 13}\n", "5:5", "the name of a secret"),
        (ENDPOINT + "    username: hush\n", "2:5", "username and password go together"),
        (ENDPOINT.replace("https:", "ftp:"), "4:5", "no address such as"),
        (ENDPOINT.replace("host", "me:hush@host"), "4:5", "name secrets as its credentials"),
        (SLACK.replace("host/path", "hooks.slack.com/services/hush"), "4:5", "a secret itself"),
        (SLACK + "    method: POST\n", "2:5", "an endpoint of Slack has no method"),
        (RULE, "3:5", "there is no notification_endpoint 'e' in the estate"),
        (SLACK + RULE, "6:5", "is of type slack: its rule needs a message"),
        (ENDPOINT + RULE + "    message: m\n", "6:5", "type http: its rule takes no message"),
        (RULE + "    limit: 5\n", "2:5", "limit and limit_every go together"),
        (RULE.replace("}]", "}, {current: crit}]"), "2:5", "two statuses are the same"),
    ],
)
def test_a_mistake_is_named_with_its_place_before_anything_is_sent(
    planned: Planned, text: str, place: str, says: str
) -> None:
    with pytest.raises(EstateError) as caught:
        planned(text)
    found = [str(problem) for problem in caught.value.problems]
    assert any(one.startswith(f"estate/e.yaml:{place}") and says in one for one in found), found
    assert "hush" not in str(found)


def test_the_four_standard_checks_are_shipped_with_their_thresholds() -> None:
    checks = load(ROOT / "estate").of("monitoring_checks")
    found = {
        name: [(one.level, one.below or one.above) for one in checks[name].thresholds]
        for name in ("CPU CHECK", "MEMORY CHECK", "DISK USAGE CHECK", "CRITICAL SERVICES CHECK")
    }
    assert found == {
        "CPU CHECK": [("info", 25), ("warn", 15), ("crit", 5)],
        "MEMORY CHECK": [("info", 25), ("warn", 15), ("crit", 10)],
        "DISK USAGE CHECK": [("info", 75), ("warn", 85), ("crit", 90)],
        "CRITICAL SERVICES CHECK": [("crit", 2)],
    }


def test_every_declared_source_has_a_check_for_its_silence() -> None:
    declared = load(ROOT / "estate")
    silences = [c.query for c in declared.of("monitoring_checks").values() if c.time_since]
    for bucket in ("monitoring", "WeatherAPI", "ci_jobs", "argocd", "ingress_nginx"):
        assert any(f'from(bucket: "{bucket}")' in query for query in silences), bucket
