"""When a series fell silent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from influx_pipelines.alerts.vanishing import heard_before

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("check_type", "every", "ran", "silence"),
    [
        ("finding", None, None, 15),
        ("threshold", 60, 0, 15),
        ("deadman", 3600, 0, 180),
        ("custom", None, 0, 24 * 60),
        ("threshold", 60, None, 24 * 60),
    ],
)
def test_silence_is_measured_in_periods_of_the_check(
    check_type: str, every: int | None, ran: int | None, silence: int
) -> None:
    ran_at = None if ran is None else NOW
    assert heard_before(check_type, every, ran_at, NOW) == NOW - timedelta(minutes=silence)


def test_a_server_that_was_down_makes_no_series_silent() -> None:
    """Right after its start every incident would be told to be over, and opened again."""
    down = timedelta(hours=2)
    assert heard_before("threshold", 60, NOW - down, NOW) == NOW - down - timedelta(minutes=15)


def test_a_check_that_was_deleted_keeps_no_incident_for_ever() -> None:
    long_ago = NOW - timedelta(days=9)
    assert heard_before("threshold", 60, long_ago, NOW) == NOW - timedelta(days=1)
    assert heard_before("deadman", 86400, long_ago, NOW) == NOW - timedelta(days=3)
