"""Payloads of InfluxDB as statuses; the seventeen recorded situations among them."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influx_pipelines.alerts import monitoring, webhook
from influx_pipelines.alerts.knowledge import Columns, Known
from influx_pipelines.alerts.statuses import BadStatus
from influx_pipelines_tests.deliveries import posted, rows, situations

SITUATIONS = dict(situations())
NOTHING_KNOWN = Known("test")
PAYLOAD = posted(SITUATIONS["http-none-crit"])[0]


def _key(status: Any) -> tuple:
    return (status.check_id, status.series_key, status.level, status.status_time)


@pytest.mark.parametrize("name", SITUATIONS)
def test_what_was_posted_is_what_is_read_back(name: str) -> None:
    recording = SITUATIONS[name]
    read = [monitoring.status_of("test", row) for row in rows(recording)]
    known = Known(
        "test", {one.check_id: one.columns for one in monitoring.lessons_of(read) if one.columns}
    )
    by_key = {_key(status): status for status in read}
    for body in posted(recording):
        status = webhook.parse(body, known)
        same = by_key[_key(status)]
        assert status.message == same.message.replace("\r\n", "\n")
        for column in ("check_name", "check_type", "tags", "fields", "source_time"):
            assert getattr(status, column) == getattr(same, column), column
        assert list(map(type, status.fields.values())) == list(map(type, same.fields.values()))
        assert webhook.parse(body, NOTHING_KNOWN).series_key == status.series_key


def test_what_is_no_status_of_influxdb_is_refused() -> None:
    """A rule of Slack's type, pointed at the webhook, sends another format."""
    for name in ("slack-crit", "http-redirect-301"):
        body = SITUATIONS[name]["requests"][-1]["body"]
        with pytest.raises(BadStatus):
            webhook.parse(body, NOTHING_KNOWN)


def test_a_text_that_is_a_field_is_no_tag_once_that_is_known() -> None:
    payload = {**PAYLOAD, "reason": "it broke", "usage": 97}
    columns = Columns(
        frozenset({"dc", "host", "team"}), frozenset({"usage"}), frozenset({"reason"})
    )
    status = webhook.parse(payload, Known("test", {payload["_check_id"]: columns}))
    assert status.tags == {"dc": "x", "host": "a", "team": "blue"}
    assert status.fields == {"reason": "it broke", "usage": 97.0}
    assert isinstance(status.fields["usage"], float)
    assert not status.guessed
    guess = webhook.parse(payload, NOTHING_KNOWN)
    assert guess.guessed
    assert "reason" in guess.tags


def test_a_text_of_which_nothing_is_known_may_be_a_new_tag() -> None:
    """A host got a tag that the check's series had not had: by webhook it was a field."""
    columns = Columns(frozenset({"dc", "host", "team"}))
    known = Known("test", {PAYLOAD["_check_id"]: columns})
    assert not webhook.parse(PAYLOAD, known).guessed
    status = webhook.parse({**PAYLOAD, "rack": "7"}, known)
    assert status.guessed
    assert status.tags["rack"] == "7"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("_check_id", None),
        ("_check_id", ""),
        ("_check_id", "x" * 65),
        ("_check_name", 7),
        ("_level", "catastrophe"),
        ("_level", ["crit"]),
        ("_message", {"a": 1}),
        ("_status_timestamp", "2026-11-22T01:00:00Z"),
        ("_status_timestamp", True),
        ("_status_timestamp", 2**63),
        ("_source_timestamp", 1.5),
        ("usage", [1]),
    ],
)
def test_a_wrong_member_is_named(member: str, value: object) -> None:
    with pytest.raises(BadStatus, match=member):
        webhook.parse({**PAYLOAD, member: value}, NOTHING_KNOWN)


TEXT = st.text(st.sampled_from(["a", "'", "<", "\0", "\ud800", "日"]), max_size=9)
JSON = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXT, st.just({"a": [[]]}))


@given(st.dictionaries(st.sampled_from([*PAYLOAD, "other"]), JSON, max_size=4))
def test_any_json_is_a_status_or_refused(changes: dict[str, object]) -> None:
    try:
        status = webhook.parse({**PAYLOAD, **changes}, NOTHING_KNOWN)
    except BadStatus:
        return
    status.message.encode()
    assert "\0" not in status.message
    assert all(math.isfinite(v) for v in status.fields.values() if isinstance(v, float))
