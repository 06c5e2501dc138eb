"""What is told, what is held back, and what is dropped."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from influx_pipelines.alerts.matching import matches
from influx_pipelines.alerts.policy import (
    SEND,
    Policy,
    Question,
    Repeat,
    Silenced,
    Suppression,
    Verdict,
    judge,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FACTS = {"level": "crit", "check": "state", "cluster": "idf", "phase": "Pending"}
OPENED = Question("opened", FACTS, NOW, over=False, acknowledged=False, told=False, held=False)
PENDING = Policy(suppressions=[Suppression({"phase": "Pending"}, timedelta(minutes=15))])
SILENCE = Silenced(3, {"cluster": "i*"}, NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    ("matchers", "fits"),
    [
        ({}, True),
        ({"cluster": "idf"}, True),
        ({"cluster": "i?f", "level": "[cw]*"}, True),
        ({"cluster": "IDF"}, False),
        ({"cluster": "idf", "level": "warn"}, False),
        ({"host": ""}, True),
        ({"host": "?*"}, False),
    ],
)
def test_every_pattern_has_to_fit(matchers: dict[str, str], fits: bool) -> None:
    assert matches(matchers, FACTS) is fits


def test_a_suppression_holds_a_message_back_no_longer_than_it_says() -> None:
    until = NOW + timedelta(minutes=15)
    assert judge(OPENED, PENDING, [], NOW) == Verdict("hold", "suppressed", until)
    assert judge(replace(OPENED, held=True), PENDING, [], until) == SEND


def test_what_was_over_while_it_was_held_back_is_never_told() -> None:
    held = replace(OPENED, held=True, over=True)
    assert judge(held, PENDING, [], NOW + timedelta(hours=1)).action == "drop"
    resolved = replace(OPENED, kind="resolved", over=True)
    assert judge(resolved, PENDING, [], NOW).action == "drop"


def test_what_came_late_is_told_though_it_is_over() -> None:
    """After an outage every incident is delivered, those that nobody saw too."""
    assert judge(replace(OPENED, over=True), Policy(), [], NOW) == SEND
    told = replace(OPENED, kind="resolved", over=True, told=True)
    assert judge(told, Policy(), [], NOW) == SEND


def test_a_silence_holds_the_first_message_until_its_end_and_drops_the_others() -> None:
    assert judge(OPENED, Policy(), [SILENCE], NOW) == Verdict("hold", "silence 3", SILENCE.ends_at)
    for kind in ("changed", "repeat", "resolved"):
        asked = replace(OPENED, kind=kind, told=True)
        assert judge(asked, Policy(), [SILENCE], NOW) == Verdict("drop", "silence 3")
    other = replace(SILENCE, matchers={"cluster": "summit"})
    assert judge(OPENED, Policy(), [other], NOW) == SEND


def test_a_level_that_is_told_nobody_of_is_told_once_it_rises() -> None:
    info = replace(OPENED, facts={**FACTS, "level": "info"})
    assert judge(info, Policy(), [], NOW).action == "drop"
    assert judge(replace(OPENED, kind="changed"), Policy(), [], NOW) == SEND
    sinks = replace(info, kind="changed", told=True)
    assert judge(sinks, Policy(), [], NOW) == SEND


def test_an_acknowledged_incident_is_not_repeated() -> None:
    repeat = replace(OPENED, kind="repeat", told=True)
    assert judge(repeat, Policy(), [], NOW) == SEND
    assert judge(replace(repeat, acknowledged=True), Policy(), [], NOW).action == "drop"
    assert judge(replace(repeat, over=True), Policy(), [], NOW).action == "drop"


def test_the_first_repeat_rule_that_matches_counts() -> None:
    policy = Policy(
        repeats=[Repeat({"level": "crit"}, timedelta(hours=1)), Repeat({"cluster": "*"}, None)]
    )
    assert policy.repeat_of(FACTS) == timedelta(hours=1)
    assert policy.repeat_of({**FACTS, "level": "warn"}) is None
    assert policy.repeat_of({"level": "warn"}) is None
    assert Policy().repeat_of(FACTS) == timedelta(hours=4)
