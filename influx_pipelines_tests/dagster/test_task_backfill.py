"""Days of tasks as partitions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import dagster as dg
import pytest

from influx_pipelines.defs.ranges import RANGE_END, RANGE_START
from influx_pipelines.defs.tasks.assets import tasks
from influx_pipelines.defs.tasks.backfill import task_backfill
from influx_pipelines_tests.dagster.conftest import World

DAY, NEXT = "2026-11-20", "2026-11-21"
SCRIPT = """option task = {name: "mine", every: 12h}
from(bucket: params) |> range(start: -12h)
"""


@pytest.fixture
def backfilled(world: World) -> World:
    world.bucket("there")
    (world.folder / "mine.flux").write_text(SCRIPT.replace("params", '"there"'))
    (world.folder / "bad.flux").write_text(
        SCRIPT.replace("params", '"not there"').replace('"mine"', '"bad"')
    )
    entries = "{name: mine, script: mine.flux}, {name: bad, script: bad.flux}"
    world.declare(f"tasks: [{entries}]\n")
    assert world.run(tasks).success
    return world


def run(
    world: World, first: str = DAY, last: str = NEXT, **config: Any
) -> tuple[dg.ExecuteInProcessResult, bool]:
    """The run of some days, and what its asset check said."""
    result = world.run(
        task_backfill,
        tags={RANGE_START: first, RANGE_END: last},
        config={"ops": {"influx__task_backfill": {"config": config}}},
    )
    (check,) = result.get_asset_check_evaluations()
    return result, check.passed


def days(world: World) -> set[str]:
    return set(world.instance.get_materialized_partitions(task_backfill.key))


def test_many_days_without_a_named_task_are_one_run_that_does_nothing_and_says_so(
    backfilled: World,
) -> None:
    """A partition that was materialized by "materialize all" would tell of runs that never were."""
    result, passed = run(backfilled, first="2026-11-01")
    assert result.success
    assert passed
    assert days(backfilled) == set()
    (seen,) = result.get_asset_observation_events()
    assert "name tasks" in str(seen.asset_observation_data.asset_observation.metadata["summary"])


def test_each_day_of_a_task_is_a_partition_with_its_runs(backfilled: World) -> None:
    result, passed = run(backfilled, tasks=["mine"])
    assert result.success
    assert passed
    assert days(backfilled) == {DAY, NEXT}
    event = backfilled.instance.get_latest_materialization_event(task_backfill.key)
    assert event is not None
    made = event.asset_materialization
    assert made is not None
    assert made.metadata["summary"].value == "2 success"
    assert f"{NEXT}T12:00:00Z" in str(made.metadata["by_run"].value)


def test_a_failed_run_fails_its_day_and_the_check_and_is_named(backfilled: World) -> None:
    backfilled.bucket("not there")
    assert run(backfilled, last=DAY, tasks=["bad"])[0].success
    found = backfilled.client.find_bucket("not there")
    assert found is not None
    backfilled.client.delete_bucket(found)
    result, passed = run(backfilled, tasks=["mine", "bad"])
    assert not result.success
    assert not passed
    assert days(backfilled) == {DAY}
    (failed,) = result.get_step_failure_events()
    error = failed.step_failure_data.user_failure_data
    assert error is not None
    assert f"2 of 6 runs did not succeed: bad of {NEXT}T00:00:00Z (failed)" in str(
        error.description
    )
    assert "could not find bucket" in str(error.metadata["by_run"].value)


def test_today_is_the_last_day() -> None:
    definition = task_backfill.partitions_def
    assert definition is not None
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    with dg.partition_loading_context(now):
        assert definition.get_last_partition_key() == "2026-11-24"
