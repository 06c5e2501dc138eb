"""Runs of tasks for times that are past: what they write, what is skipped, what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from influx_pipelines.estate import taskruns
from influx_pipelines.estate.backfill import Backfill, BackfillError, Bounds, failure, summary
from influx_pipelines.estate.backfill_lane import Lane
from influx_pipelines.estate.kinds.task import TaskKind
from influx_pipelines.estate.load import load
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.taskruns import TaskRuns, text_of
from influx_pipelines_tests.world import World

HOUR = timedelta(hours=1)
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
DAY = TODAY - 2 * 24 * HOUR
SUMS = """option task = {name: "sums", cron: "0 */6 * * *", offset: 90s}
from(bucket: "in") |> range(start: -6h) |> aggregateWindow(every: 6h, fn: sum, createEmpty: false)
    |> to(bucket: "out")
"""
BROKEN = """option task = {name: "broken", every: 1h}
from(bucket: "nowhere") |> range(start: -1h)
"""


@pytest.fixture
def world(influx: Influx, tmp_path: Path) -> World:
    made = World(influx, tmp_path)
    for name in ("in", "out"):
        influx.create_bucket(name, retention_seconds=0)
    for name, script in {"sums": SUMS, "broken": BROKEN}.items():
        (made.folder / f"{name}.flux").write_text(script)
    made.declare(
        "tasks:\n  - {name: sums, script: sums.flux}\n  - {name: broken, script: broken.flux}\n"
    )
    made.apply()
    return made


def backfill(world: World, *names: str, start: datetime = DAY, **options: Any) -> Backfill:
    stop = start + 24 * HOUR
    return Backfill(world.client, load(world.folder).of("tasks"), names, start, stop, **options)


def task_id(world: World, name: str) -> str:
    (found,) = [one for one in TaskKind.collection.all(world.client) if one.name == name]
    return found.id


def test_the_points_of_each_run_are_those_of_the_window_before_its_time(world: World) -> None:
    rows = [{"time": DAY + hour * HOUR, "v": hour + 3} for hour in (-3, 0, 3, 5, 6, 12, 18, 23)]
    world.client.write(rows, bucket="in", measurement="m")
    outcomes = list(backfill(world, "sums").run())
    times = [DAY + hour * HOUR for hour in (0, 6, 12, 18)]
    assert [(one.moment, one.status) for one in outcomes] == [(time, "success") for time in times]
    found = world.client.read("out", "m", start=DAY - 24 * HOUR).rows()
    assert [(row["_time"], row["v"]) for row in found] == list(
        zip(times, [0, 3 + 6 + 8, 9, 15], strict=True)
    )


def test_a_time_whose_run_succeeded_is_run_only_again(world: World) -> None:
    list(backfill(world, "sums").run())
    work = backfill(world, "sums")
    assert (work.total, work.skipped) == (0, 4)
    assert summary(list(work.run()), work.skipped) == "4 skipped"
    assert backfill(world, "sums", again=True).total == 4
    assert backfill(world, "sums", start=DAY - 12 * HOUR).total == 2


def test_a_run_that_the_server_has_dropped_is_known_from_its_copy(world: World) -> None:
    world.client.create_bucket(taskruns.BUCKET, retention_seconds=0)
    task = task_id(world, "sums")
    for hour, status in ((6, "success"), (12, "failed"), (30, "success")):
        moment = DAY + hour * HOUR
        row = {"time": moment, "taskID": task, "status": status, "scheduledFor": text_of(moment)}
        world.client.write(
            [row], bucket=taskruns.BUCKET, measurement="runs", tags=["taskID", "status"]
        )
    work = backfill(world, "sums")
    assert [moment.hour for moment in work.todo["sums"]] == [0, 12, 18]


def test_runs_are_listed_to_the_end_page_by_page(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("influx_pipelines.influx.taskruns.PAGE", 3)
    for _ in range(2):
        list(backfill(world, "sums", again=True).run())
    found = list(TaskRuns(world.client, task_id(world, "sums")).within(DAY, DAY + 24 * HOUR))
    assert [run.scheduled_for.hour for run in found] == [18, 18, 12, 12, 6, 6, 0, 0]
    assert len({run.id for run in found}) == 8


def test_a_run_whose_task_is_deleted_meanwhile_is_gone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is found nowhere, and was waited for to the end of the time."""
    monkeypatch.setattr("influx_pipelines.estate.backfill_lane.GONE_SECONDS", 0)
    task = task_id(world, "sums")
    lane = Lane(TaskRuns(world.client, task), "sums", [DAY])
    assert lane.step() == []
    world.client.request("DELETE", f"/api/v2/tasks/{task}")
    assert [one.status for one in lane.step()] == ["gone"]
    assert lane.is_done


def test_of_today_the_times_are_left_that_the_server_comes_to_itself(world: World) -> None:
    now = datetime.now(UTC)
    todo = backfill(world, "broken", start=TODAY).todo["broken"]
    assert todo == [TODAY + hour * HOUR for hour in range(now.hour + 1)]
    assert backfill(world, "broken", start=TODAY + 24 * HOUR).total == 0


def test_after_five_failed_runs_the_rest_of_a_task_is_left(world: World) -> None:
    outcomes = list(backfill(world, "broken", "sums").run())
    statuses = [one.status for one in outcomes if one.task == "broken"]
    assert statuses == ["failed"] * 5 + ["not started"] * 19
    assert [one.status for one in outcomes if one.task == "sums"] == ["success"] * 4
    assert "could not find bucket" in next(one.log for one in outcomes if one.task == "broken")
    told = failure(outcomes)
    assert told.startswith("24 of 28 runs did not succeed: broken of ")
    assert told.endswith(" and 19 more.")


def test_what_time_does_not_suffice_for_is_not_started(world: World) -> None:
    outcomes = list(backfill(world, "sums", bounds=Bounds(minutes=0)).run())
    assert [one.status for one in outcomes] == ["not started"] * 4


def test_who_stops_early_leaves_no_run_under_way(world: World) -> None:
    work = backfill(world, "sums", "broken").run()
    next(work)
    work.close()
    left = backfill(world, "sums", "broken")
    assert left.total + left.skipped == 28
    assert left.skipped <= 1  # none is under way


@pytest.mark.parametrize(
    ("names", "options", "text"),
    [
        (["sum"], {}, "There is no task 'sum' in the estate: did you mean sums?"),
        (["idle", "new"], {}, "'idle' is inactive.*'new' is not on the server: apply the estate"),
        (["broken"], {"bounds": Bounds(runs=23)}, "more than 23 runs .*: name fewer tasks"),
    ],
)
def test_what_cannot_be_run_is_refused_with_a_remedy(
    world: World, names: list[str], options: dict[str, Any], text: str
) -> None:
    (world.folder / "idle.flux").write_text(SUMS.replace('"sums"', '"idle"'))
    world.declare("tasks: [{name: idle, script: idle.flux, status: inactive}]\n")
    world.apply()
    (world.folder / "new.flux").write_text(SUMS.replace('"sums"', '"new"'))
    entries = [f"{{name: {n}, script: {n}.flux}}" for n in ("sums", "broken", "idle", "new")]
    world.declare(f"tasks: [{', '.join(entries)}]\n")
    with pytest.raises(BackfillError, match=text):
        backfill(world, *names, **options)
