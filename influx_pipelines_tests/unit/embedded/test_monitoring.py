"""The scripts behind checks and notification rules, beyond the recorded ones."""

from __future__ import annotations

from typing import Any

import pytest

from influx_pipelines.embedded.monitoring.checks import ScriptError, check_script
from influx_pipelines.embedded.monitoring.custom import lacking
from influx_pipelines.embedded.monitoring.rules import rule_script
from influx_pipelines.flux.faults import faults_of_script
from influx_pipelines.flux.parser import parse, recover

RANGE = 'from(bucket: "b") |> range(start: -5m, stop: -1m)'
FIELD = 'filter(fn: (r) => r._field == "v")'


def check(query: str = f"{RANGE} |> {FIELD}", **fields: Any) -> str:
    document = {
        "type": "threshold", "id": "0a", "name": "n", "every": "1h", "offset": None, "tags": None,
        "statusMessageTemplate": "", "thresholds": None, "query": {"text": query}, **fields,
    }  # fmt: skip
    return check_script(document)


def deadman(query: str, **fields: Any) -> str:
    times = {"timeSince": "90s", "staleTime": "1d2h", "level": "CRIT", **fields}
    return check(query, type="deadman", **times)


def rule(*status_rules: dict[str, Any], **fields: Any) -> str:
    document = {
        "type": "http", "id": "0b", "name": "n", "every": "10m", "offset": None, "tagRules": [],
        "statusRules": status_rules, "endpointID": "0c", **fields,
    }  # fmt: skip
    endpoint = {"name": "e", "url": "http://127.0.0.1/", "authMethod": "none", "token": ""}
    return rule_script(document, endpoint)


def levels(now: str, before: str | None = None) -> dict[str, Any]:
    return {"currentLevel": now, "previousLevel": before}


@pytest.mark.parametrize("text", ['a "b"\n\\ {r.x} é', "NAME", "TAGS", "", "option task = {}"])
def test_texts_stay_texts(text: str) -> None:
    script = check(name=text, tags=[{"key": "NAME", "value": text}])
    literal = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    assert f"option task = {{name: {literal}, every: 1h}}" in script
    assert f"tags: {{NAME: {literal}}}" in script
    assert not faults_of_script(recover(script))
    assert f"_notification_rule_name: {literal}" in rule(levels("CRIT"), name=text)


def test_a_message_is_a_template() -> None:
    assert 'messageFn = (r) => "a ${r.x} b"' in check(statusMessageTemplate="a ${r.x} b")


def test_the_period_replaces_the_range_and_every_window() -> None:
    window = "aggregateWindow(every: 7m, fn: mean, period: 3m)"
    script = check(f"{RANGE} |> {FIELD} |> {window}", every="1h30m")
    assert "range(start: -1h30m)" in script
    assert "aggregateWindow(every: 1h30m, fn: mean, period: 3m, createEmpty: false)" in script


def test_a_deadman_check_loses_its_windows_and_looks_back_its_stale_time() -> None:
    window = "aggregateWindow(every: 7m, fn: mean)"
    script = deadman(f"{RANGE} |> {window} |> {FIELD} |> {window} |> {window}")
    assert "range(start: -1d2h)" in script
    assert script.count("aggregateWindow") == 1  # of two in a row only the later one goes
    assert 'monitor["deadman"](t: experimental["subDuration"](from: now(), d: 90s))' in script


def test_a_yield_at_the_end_goes() -> None:
    script = check(f'{RANGE} |> {FIELD} |> yield(name: "x")')
    assert "yield" not in script
    assert script.startswith('import "influxdata/influxdb/monitor"\nimport "influxdata')


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (RANGE, "expected a single field but got: []"),
        (f'{RANGE} |> {FIELD} |> filter(fn: (r) => r["_field"] == "w")',
         "expected a single field but got: [v w]"),
        (f'{RANGE} |> filter(fn: (r) => "v" == r._field)', "expected a single field but got: []"),
    ],
)  # fmt: skip
def test_a_threshold_needs_one_field(query: str, message: str) -> None:
    with pytest.raises(ScriptError) as refused:
        check(query)
    assert str(refused.value) == message


def test_a_query_with_faults_has_no_script() -> None:
    with pytest.raises(ScriptError, match=r"^loc 1:\d+-1:\d+: "):
        deadman("from(bucket: ")


@pytest.mark.parametrize(
    ("threshold", "test"),
    [
        ({"type": "greater", "value": -0.5}, 'r["a.b"] > -0.5'),
        ({"type": "lesser", "value": 1e21}, 'r["a.b"] < 1000000000000000000000.0'),
        ({"type": "range", "within": True, "max": 2}, 'r["a.b"] < 2.0 and r["a.b"] > 0.0'),
        ({"type": "range", "within": False, "min": 1, "max": 2},
         'r["a.b"] < 1.0 or r["a.b"] > 2.0'),
    ],
)  # fmt: skip
def test_thresholds(threshold: dict[str, Any], test: str) -> None:
    query = f'{RANGE} |> filter(fn: (r) => r._field == "a.b")'
    script = check(query, thresholds=[{"level": "UNKNOWN", **threshold}])
    assert f"unknown = (r) => {test}\n" in script
    assert "messageFn: messageFn, unknown: unknown)" in script


@pytest.mark.parametrize(
    ("every", "back"),
    [("30s", "60s"), ("10m", "11m"), ("1h30m", "2h30m"), ("1d", "2d"), ("1mo", "2mo")],
)
def test_a_rule_looks_back_a_little_longer_than_its_period(every: str, back: str) -> None:
    assert f'monitor["from"](start: -{back})' in rule(levels("CRIT"), every=every)


def test_levels_of_a_rule() -> None:
    script = rule(levels("CRIT", "ANY"), levels("ANY"), levels("OK", "CRIT"))
    assert (
        'any_to_crit = statuses |> monitor["stateChanges"](fromLevel: "any", toLevel: "crit")'
        in (" ".join(script.split()))
    )
    assert "any = statuses |> filter(fn: (r) => true)" in script
    assert "union(tables: [any_to_crit, any, crit_to_ok])" in script
    assert not faults_of_script(parse(script))


def test_tags_of_a_rule_are_compared_whatever_their_operator() -> None:
    tags = [{"key": k, "value": v, "operator": "notequalregex"} for k, v in ("ab", "cd")]
    assert 'fn: (r) => r["a"] == "b" and r["c"] == "d")' in rule(levels("OK"), tagRules=tags)


def test_a_custom_check_may_be_written_in_any_order() -> None:
    script = """check = {tags: {}, _type: "custom", _check_name: "n"}
        option task = {offset: 0s, every: 1h, name: "n"}"""
    assert lacking(parse(script), "n") is None
    assert lacking(parse(f"option {script}"), "n") is None
    assert lacking(parse(script), "m") == (
        "_check_name parameter on check object must match check name"
    )
