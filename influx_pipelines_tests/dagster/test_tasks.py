"""The asset checks that watch tasks."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from influx_pipelines.defs.tasks.assets import task_runs, tasks
from influx_pipelines.defs.tasks.automation import task_watch
from influx_pipelines.defs.tasks.checks import active_and_on_time, last_runs_succeeded
from influx_pipelines.estate import taskruns
from influx_pipelines.estate.kinds.task import TaskScript
from influx_pipelines.estate.ownership import MARKER
from influx_pipelines.estate.taskwatch import late, not_running
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
    (row,) = world.client.read(taskruns.BUCKET, "runs", start=taskruns.WINDOW).rows()
    assert (row["name"], row["status"]) == ("mine", "failed")
    assert "could not find bucket" in row["logs"]


def test_a_long_run_that_ends_after_later_ones_is_copied_too(world: World, task: str) -> None:
    """A run is kept at the time when it began: a copy from the newest one on would miss it."""
    world.bucket(taskruns.BUCKET)
    failing_run(world, task)
    copied(world)
    began = datetime.now(UTC) - timedelta(hours=7)
    tags = {"taskID": "0000000000000001", "status": "success"}
    fields = {"runID": "0000000000000002", "name": "of a task that was deleted", "logs": "[]"}
    world.client.write(
        [{"time": began, **tags, **fields}],
        bucket=taskruns.SYSTEM_BUCKET,
        measurement="runs",
        tags=list(tags),
    )
    assert copied(world) == (True, {"runs": 2, "without_copy": 0})
    rows = world.client.read(taskruns.BUCKET, "runs", start=taskruns.WINDOW).rows()
    assert [row["status"] for row in rows] == ["failed", "success"]


def test_the_address_of_a_webhook_is_in_no_metadata_and_no_copy(world: World, task: str) -> None:
    """A secret that was stored with a line end is told in the error of the run that uses it."""
    world.bucket(taskruns.BUCKET)
    send = """import "array"
import "http"
option task = {name: "mine", every: 1h}
sent = http.post(url: "http://127.0.0.1:1/hooks/s3cr3t\\n", data: bytes(v: "a"))
array.from(rows: [{_value: sent}])
"""
    world.client.request("PATCH", task, json={"flux": send})
    failing_run(world, task)
    failed = str(evaluate(world, last_runs_succeeded)[1]["failed"])
    assert "http://127.0.0.1:1/***" in failed
    copied(world)
    rows = str(world.client.read(taskruns.BUCKET, "runs", fields=["logs"], start="-1h").rows())
    assert "http://127.0.0.1:1/***" in rows
    assert "s3cr3t" not in failed + rows


def test_a_run_without_a_copy_fails_the_check(
    world: World, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.bucket(taskruns.BUCKET)
    failing_run(world, task)
    monkeypatch.setattr(Influx, "write", lambda *_, **__: None)
    assert copied(world) == (False, {"runs": 1, "without_copy": 1})


def one(**changes: Any) -> Task:
    return Task(id="1", name="a", description=MARKER).model_copy(update=changes)


@pytest.mark.parametrize(
    ("last", "changes", "expected"),
    [
        ("24T11:45", {}, 0),
        ("24T11:40", {}, 1),
        ("24T11:40", {"status": "inactive"}, 0),
        ("24T11:40", {"description": "theirs"}, 0),
        ("23T00:00", {"every": "1d"}, 1),
        ("24T00:00", {"every": "", "cron": "0 0 * * *"}, 0),
        ("23T11:00", {"every": "", "cron": "0 11 * * *"}, 0),
        ("23T10:50", {"every": "", "cron": "50 10 * * *"}, 1),
    ],
)
def test_a_task_is_late_after_its_next_time_a_period_its_offset_and_five_minutes(
    last: str, changes: dict[str, str], expected: int
) -> None:
    """A period counts for an hour at most, so that a daily task is missed on the same day."""
    completed = datetime.fromisoformat(f"2026-11-{last}:00Z")
    found = one(**{"every": "5m", "offset": "1m30s", "latest_completed": completed, **changes})
    assert len(late([found], NOW)) == expected


def test_a_task_that_never_ran_is_late_from_when_it_was_made() -> None:
    (row,) = late([one(every="1h", created_at=NOW - timedelta(hours=5))], NOW)
    assert (row["missed"], row["last_run"]) == ("2026-11-24T08:00:00+00:00", "never")
    assert late([one(every="1h", created_at=NOW - timedelta(hours=1))], NOW) == []


def test_a_task_as_declared_is_not_missing_because_somebody_else_made_it() -> None:
    declared = {"a": TaskScript(name="a", flux="")}
    assert not_running(declared, [one(description="theirs")]) == []


# ------------------------------------------------------------------ the sensor


class Watch:
    """The sensor with its cursor, as the daemon calls it."""

    def __init__(self, world: World) -> None:
        self.world, self.cursor = world, ""

    def look(self) -> str:
        """The key of the run that it asks for, or why it asks for none."""
        context = dg.build_sensor_context(
            instance=self.world.instance, cursor=self.cursor, resources=self.world.resources
        )
        result = task_watch(context)
        if isinstance(result, dg.SkipReason):
            return result.skip_message or ""
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor or ""
        (request,) = result.run_requests or []
        return request.run_key or ""


QUIET = "Nothing has changed with the tasks."


def test_trouble_that_comes_goes_and_comes_again_is_a_run_each_and_quiet_none(
    world: World, task: str
) -> None:
    watch = Watch(world)
    keys = [watch.look()]
    assert watch.look() == QUIET
    for status in ("inactive", "active", "inactive"):
        world.client.request("PATCH", task, json={"status": status})
        keys.append(watch.look())
        assert watch.look() == QUIET
    world.client.request("DELETE", task)
    keys.append(watch.look())
    assert len(set(keys)) == len(keys) == 5
    assert len(watch.cursor) < 40


def test_a_failed_run_is_seen_and_one_that_fails_again_asks_for_nothing(
    world: World, task: str
) -> None:
    watch = Watch(world)
    quiet = watch.look()
    failing_run(world, task)
    assert watch.look() != quiet
    failing_run(world, task)
    assert watch.look() == QUIET


def test_a_sensor_that_cannot_look_says_why_and_concludes_nothing(
    world: World, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list of a token that may see nothing is empty, and no task was missing."""
    watch = Watch(world)
    watch.look()
    before = watch.cursor
    monkeypatch.setattr(Influx, "find_bucket", lambda *_: None)
    assert "Nothing was concluded" in watch.look()
    world.declare("tasks: 5\n")
    assert "buckets.yaml:1:" in watch.look()
    world.declare("tasks: []\n")
    world.resource = world.resource.model_copy(update={"url": "http://127.0.0.1:1"})
    assert "could not be looked at" in watch.look()
    assert watch.cursor == before
