"""The asset checks that watch tasks."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from influx_pipelines.defs.tasks.assets import task_runs, tasks
from influx_pipelines.defs.tasks.checks import active_and_on_time, last_runs_succeeded
from influx_pipelines.estate import taskruns
from influx_pipelines.estate.ownership import MARKER
from influx_pipelines.estate.taskwatch import late
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.models import Task
from influx_pipelines_tests.dagster.conftest import World

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def task(world: World) -> str:
    """The path of a task that was applied."""
    script = 'option task = {name: "mine", every: 1h}\nfrom(bucket: "no") |> range(start: -1h)\n'
    (world.folder / "mine.flux").write_text(script)
    world.declare("tasks:\n  - {name: mine, script: mine.flux}\n")
    assert world.run(tasks).success
    params = {"orgID": world.client.org_id}
    (found,) = world.client.request("GET", "/api/v2/tasks", params=params)["tasks"]
    return f"/api/v2/tasks/{found['id']}"


def evaluate(world: World, check: dg.AssetChecksDefinition) -> tuple[bool, dict[str, Any]]:
    definitions = dg.Definitions(asset_checks=[check], resources=world.resources)
    job = definitions.resolve_implicit_global_asset_job_def()
    result = job.execute_in_process(instance=world.instance)
    (found,) = result.get_asset_check_evaluations()
    return found.passed, {name: value.value for name, value in found.metadata.items()}


def failing_run(world: World, task: str) -> None:
    run = world.client.request("POST", f"{task}/runs", json={})
    deadline = time.monotonic() + 10
    while run["status"] != "failed":
        assert time.monotonic() < deadline, run
        time.sleep(0.05)
        run = world.client.request("GET", f"{task}/runs/{run['id']}")


def test_a_declared_task_that_was_switched_off_fails_the_check(world: World, task: str) -> None:
    assert evaluate(world, active_and_on_time)[0]
    world.client.request("PATCH", task, json={"status": "inactive"})
    passed, metadata = evaluate(world, active_and_on_time)
    assert not passed
    assert "inactive" in str(metadata["not_running"])
    world.client.request("DELETE", task)
    assert "missing" in str(evaluate(world, active_and_on_time)[1]["not_running"])


def test_a_failed_run_fails_the_check_with_its_log(world: World, task: str) -> None:
    """The server keeps `Completed(failed)` and tells nobody."""
    assert evaluate(world, last_runs_succeeded)[0]
    failing_run(world, task)
    passed, metadata = evaluate(world, last_runs_succeeded)
    assert not passed
    assert "could not find bucket" in str(metadata["failed"])


def copied(world: World) -> tuple[bool, dict[str, Any]]:
    result = world.run(task_runs)
    assert result.success
    (check,) = result.get_asset_check_evaluations()
    return check.passed, {name: value.value for name, value in check.metadata.items()}


def test_finished_runs_are_copied_once_with_their_logs(world: World, task: str) -> None:
    world.bucket(taskruns.BUCKET)
    assert copied(world) == (True, {"runs": 0, "without_copy": 0})
    failing_run(world, task)
    for _ in range(2):
        assert copied(world) == (True, {"runs": 1, "without_copy": 0})
    (row,) = taskruns.runs(world.client, taskruns.BUCKET).rows()
    assert (row["name"], row["status"]) == ("mine", "failed")
    assert "could not find bucket" in row["logs"]


def test_a_run_without_a_copy_fails_the_check(
    world: World, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.bucket(taskruns.BUCKET)
    failing_run(world, task)
    monkeypatch.setattr(Influx, "write", lambda *_, **__: None)
    assert copied(world) == (False, {"runs": 1, "without_copy": 1})


@pytest.mark.parametrize(
    ("minutes", "changes", "expected"),
    [
        (16, {}, 0),
        (17, {}, 1),
        (17, {"status": "inactive"}, 0),
        (17, {"description": "theirs"}, 0),
        (17, {"every": "", "cron": "@daily"}, 0),
    ],
)
def test_a_task_is_late_after_two_periods_its_offset_and_five_minutes(
    minutes: float, changes: dict[str, str], expected: int
) -> None:
    completed = NOW - timedelta(minutes=minutes)
    one = Task(id="1", name="a", description=MARKER, every="5m", offset="1m30s")
    one = one.model_copy(update={"latest_completed": completed, **changes})
    assert len(late([one], NOW)) == expected
