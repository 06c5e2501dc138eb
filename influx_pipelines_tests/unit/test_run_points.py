"""Runs of Dagster as points."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from influx_pipelines.defs.ci.orchestrator.health import Health, late, schedule_lag, sensor_lag
from influx_pipelines.defs.ci.orchestrator.points import (
    MILLISECOND,
    Run,
    Step,
    failure_class,
    point_time,
    run_row,
    step_rows,
)

END = 1_795_528_446.123
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def a_run(**changes: Any) -> Run:
    times = {"created": END - 10, "began": END - 7, "ended": END}
    known = {"id": "r1", "job": "j", "status": "SUCCESS", "launched_by": "hand"}
    return Run(**{**known, **times, **changes})


def test_two_runs_of_one_instant_are_two_points_and_a_run_is_always_the_same() -> None:
    times = {run_row(a_run(id=f"r{n}"))["time"] for n in range(100)}
    assert len(times) == 100
    assert point_time(END, "r1") == point_time(END, "r1")
    assert {time // MILLISECOND for time in times} == {int(END * 1000)}


def test_a_run_tells_how_long_it_waited_and_took() -> None:
    row = run_row(a_run(steps=(Step("s", END - 6, END - 1, "FAILURE"),)))
    assert (row["queue_seconds"], row["duration_seconds"]) == (3.0, 7.0)
    assert (row["steps"], row["failed_steps"]) == (1, 1)


def test_a_run_that_never_began_waited_until_its_end() -> None:
    row = run_row(a_run(began=None, status="CANCELED"))
    assert (row["queue_seconds"], row["duration_seconds"]) == (10.0, 0.0)


def test_no_time_is_negative_when_clocks_differ() -> None:
    row = run_row(a_run(created=END + 5, began=END + 1))
    assert (row["queue_seconds"], row["duration_seconds"]) == (0.0, 0.0)


def test_steps_have_few_series() -> None:
    steps = tuple(Step(f"load[{n}]", END - 5, END, "SUCCESS", ("a", "b")) for n in range(3))
    rows = step_rows(a_run(steps=steps))
    assert {(row["step"], row["asset"], row["assets"]) for row in rows} == {
        ("load", "several", "a, b")
    }
    assert len({row["time"] for row in rows}) == 3


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        (["DagsterExecutionStepExecutionError", "ValueError", "KeyError"], "ValueError"),
        (["Failure", "Unauthorized"], "Unauthorized"),
        (["Failure"], "Failure"),
        (["DagsterExecutionInterruptedError"], "DagsterExecutionInterruptedError"),
        ([], "unknown"),
    ],
)
def test_the_class_of_a_failure_is_the_first_that_is_no_wrapper(
    chain: list[str], expected: str
) -> None:
    assert failure_class(chain) == expected


class Tick:
    def __init__(self, timestamp: float, end: float | None = None) -> None:
        self.timestamp, self.end_timestamp = timestamp, end


def test_a_tick_is_late_by_what_passed_since_it_was_due() -> None:
    due = NOW.timestamp() - 300
    assert schedule_lag(Tick(due, due + 2), NOW) == 2
    assert schedule_lag(Tick(due), NOW) == 300
    assert sensor_lag([Tick(100), Tick(40)], 30) == 30
    assert sensor_lag([Tick(100)], 30) == 0


def a_tick(**changes: Any) -> dict[str, Any]:
    known = {"kind": "sensor", "automation": "a", "status": "SUCCESS"}
    return {**known, "lag_seconds": 0.0, "age_seconds": 9.0, **changes}


def daemon(healthy: bool) -> dict[str, Any]:
    return {"daemon": f"d{healthy}", "healthy": healthy, "heartbeat_seconds": 9.0}


def test_what_is_late_is_named() -> None:
    queue = [{"oldest_seconds": 601.0}]
    found = late(Health(queue, [a_tick(lag_seconds=121.0)], [daemon(True), daemon(False)]))
    assert [row["what"] for row in found] == [
        "oldest run in the queue",
        "sensor a",
        "daemon dFalse",
    ]
    assert late(Health([{"oldest_seconds": 600.0}], [], [daemon(True)])) == []


def test_a_tick_that_failed_is_named() -> None:
    (found,) = late(Health([], [a_tick(status="FAILURE")], [daemon(True)]))
    assert found["what"] == "sensor a, whose last tick failed"


def test_without_any_daemon_nothing_is_expected_of_it() -> None:
    assert late(Health([], [a_tick(lag_seconds=999.0)], [daemon(False)])) == []
