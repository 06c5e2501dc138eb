"""The nightly backup runs at 23:59 by the clocks of its zone, whatever these do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from influx_pipelines.defs.backups.automation import CRON, backup_nightly, nightly


def ticks(zone: str, first: date, now: datetime) -> Sequence[datetime]:
    """The times between a day and a frozen clock at which Dagster evaluates the schedule.

    Partitions by a cron line are cut by the iterator that its scheduler goes by.
    """
    schedule = nightly(zone)
    assert schedule.execution_timezone == zone
    cut = dg.TimeWindowPartitionsDefinition(
        start=datetime.combine(first, datetime.min.time()),
        fmt="%Y-%m-%dT%H:%M:%S%z",
        timezone=zone,
        cron_schedule=str(schedule.cron_schedule),
        end_offset=1,
    )
    return [datetime.fromisoformat(key) for key in cut.get_partition_keys(current_time=now)]


@pytest.mark.parametrize(
    ("zone", "first", "utc_hours"),
    [
        ("Europe/Berlin", date(2026, 3, 27), [22, 22, 21, 21]),  # an hour is left out
        ("Europe/Berlin", date(2026, 10, 23), [21, 21, 22, 22]),  # an hour comes twice
        ("Asia/Singapore", date(2026, 3, 27), [15, 15, 15, 15]),
        ("Asia/Beirut", date(2026, 10, 23), [20, 20, 21, 21]),  # 23:59 comes twice on the 24th
    ],
)
def test_one_backup_each_night_at_23_59_local_time_over_a_change_of_the_clocks(
    zone: str, first: date, utc_hours: list[int]
) -> None:
    """The hour that comes twice held 23:59 twice in Beirut; one backup of that night is enough."""
    frozen = datetime.combine(first + timedelta(days=len(utc_hours)), datetime.min.time())
    found = ticks(zone, first, frozen.replace(hour=1, tzinfo=ZoneInfo(zone)))
    nights = [first + timedelta(days=night) for night in range(len(utc_hours))]
    assert [one.astimezone(ZoneInfo(zone)).date() for one in found] == nights
    assert {f"{one.astimezone(ZoneInfo(zone)):%H:%M}" for one in found} == {"23:59"}
    assert [one.astimezone(UTC).hour for one in found] == utc_hours
    for one in found:
        context = dg.build_schedule_context(scheduled_execution_time=one)
        requests = nightly(zone).evaluate_tick(context).run_requests
        assert requests is not None
        assert len(requests) == 1


def test_the_zone_is_singapore_unless_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (backup_nightly.execution_timezone, CRON) == ("Asia/Singapore", "59 23 * * *")


def test_a_run_may_take_twelve_hours() -> None:
    """Other runs are ended after two: a large server takes longer."""
    from influx_pipelines.definitions import defs

    job = defs().resolve_job_def("backup")
    assert job.tags["dagster/max_runtime"] == "43200"
    assert nightly("UTC").job_name == job.name
