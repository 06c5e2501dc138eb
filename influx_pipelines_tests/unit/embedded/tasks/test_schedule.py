"""When a task is due."""

from __future__ import annotations

from typing import Any

from influx_pipelines.embedded.tasks.schedule import next_run, seconds, text_of


def task(**fields: Any) -> dict[str, Any]:
    times = dict.fromkeys(("latestCompleted", "latestScheduled"), "2024-01-31T10:20:30Z")
    return {**times, "every": "1h", "cron": "", "offset": "", **fields}


def test_an_offset_moves_the_run_and_not_the_time_it_is_for() -> None:
    now = seconds("2024-01-31T10:30:00Z")
    scheduled, begin = next_run(task(offset="10m"), now)
    assert (text_of(scheduled), text_of(begin)) == ("2024-01-31T11:00:00Z", "2024-01-31T11:10:00Z")


def test_of_missed_times_only_the_last_one_counts() -> None:
    now = seconds("2024-01-31T15:09:00Z")
    scheduled, begin = next_run(task(offset="10m"), now)
    assert text_of(scheduled) == "2024-01-31T14:00:00Z"
    assert begin <= now


def test_what_was_scheduled_or_completed_later_counts() -> None:
    for name in ("latestCompleted", "latestScheduled"):
        found = next_run(task(**{name: "2024-01-31T12:00:00Z"}), 0)
        assert text_of(found[0]) == "2024-01-31T13:00:00Z"
