"""The life of an incident."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from influx_pipelines.alerts.lifecycle import REOPEN_WITHIN, Seen, fold

START = datetime(2026, 11, 22, tzinfo=UTC)


def _fold(*statuses: tuple[float, str]) -> list:
    return fold(Seen(START + timedelta(minutes=minute), level) for minute, level in statuses)


def _told(*statuses: tuple[float, str]) -> list[tuple]:
    return [
        (event.kind, event.number, event.seen.level)
        for _, events in _fold(*statuses)
        for event in events
    ]


def test_a_series_that_is_well_has_no_incident() -> None:
    assert _fold((0, "ok"), (1, "ok")) == []


def test_an_incident_lasts_from_the_first_bad_status_to_the_first_good_one() -> None:
    ((course, _),) = _fold((0, "ok"), (1, "warn"), (2, "crit"), (3, "warn"), (4, "ok"), (5, "ok"))
    assert course.opened_at == START + timedelta(minutes=1)
    assert course.resolved_at == START + timedelta(minutes=4)
    assert (course.peak_level, course.level, course.statuses) == ("crit", "warn", 3)
    assert course.resolution == "recovered"


def test_the_same_level_again_is_not_told_again() -> None:
    told = _told((0, "warn"), (1, "warn"), (2, "crit"), (3, "crit"), (4, "warn"), (5, "ok"))
    assert told == [
        ("opened", 0, "warn"),
        ("changed", 1, "crit"),
        ("changed", 2, "warn"),
        ("resolved", 0, "ok"),
    ]


def test_a_series_that_flaps_opens_its_incident_again() -> None:
    soon = REOPEN_WITHIN.total_seconds() / 60
    ((course, events),) = _fold((0, "crit"), (1, "ok"), (1 + soon, "crit"))
    assert course.resolved_at is None
    assert course.reopened == 1
    assert [(event.kind, event.number) for event in events] == [
        ("opened", 0),
        ("resolved", 0),
        ("opened", 1),
    ]
    assert len(_fold((0, "crit"), (1, "ok"), (1.1 + soon, "crit"))) == 2


def test_a_first_status_that_is_bad_opens_an_incident() -> None:
    """InfluxDB's own rule from any to crit never fires for it."""
    assert _told((0, "crit")) == [("opened", 0, "crit")]
