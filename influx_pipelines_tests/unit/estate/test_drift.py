from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from influx_pipelines.estate.changes import Change, Finding
from influx_pipelines.estate.drift import drift, remember, remembered
from influx_pipelines.estate.plan import Plan

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)
ONE, OTHER = Change("variable", "one", "create"), Change("variable", "other", "update")


def test_a_difference_is_told_with_the_time_since_it_was_first_seen(tmp_path: Path) -> None:
    path = tmp_path / "home" / "drift.json"
    remember(path, drift(Plan((ONE,)), remembered(path), NOW))
    found = drift(Plan((ONE, OTHER)), remembered(path), LATER)
    assert [row["since"] for row in found.rows] == [NOW.isoformat(), LATER.isoformat()]


def test_one_that_was_gone_meanwhile_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "drift.json"
    for changes, moment in (((ONE,), NOW), ((), NOW), ((ONE,), LATER)):
        found = drift(Plan(changes), remembered(path), moment)
        remember(path, found)
    assert found.rows[0]["since"] == LATER.isoformat()


def test_conflicts_are_drift_and_what_is_only_to_be_known_is_not() -> None:
    findings = (
        Finding("variable", "a", "conflict", ""),
        Finding("variable", "b", "in use", ""),
        Finding("variable", "c", "undeclared", ""),
    )
    assert [row["name"] for row in drift(Plan((), findings), {}, NOW).rows] == ["a"]
