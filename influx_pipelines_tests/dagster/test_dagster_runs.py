"""Runs of Dagster, read from an instance and written to a server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from influx_pipelines.defs.ci.orchestrator import store
from influx_pipelines.defs.ci.orchestrator.assets import (
    all_written,
    dagster_runs,
    on_time,
    runs_succeed,
)
from influx_pipelines.defs.ci.orchestrator.health import Health
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import Unauthorized
from influx_pipelines_tests.dagster.conftest import World

SINCE = datetime.now(UTC) - timedelta(days=1)
SECRET = "token-that-nobody-reads"


@dg.asset
def good() -> None: ...


@dg.asset(retry_policy=dg.RetryPolicy(max_retries=1))
def bad() -> None:
    raise ValueError(SECRET)


@dg.asset
def refused() -> None:
    try:
        raise Unauthorized(SECRET)
    except Unauthorized as error:
        raise dg.Failure(SECRET, allow_retries=False) from error


def checks(result: dg.ExecuteInProcessResult) -> dict[str, bool]:
    return {found.check_name: found.passed for found in result.get_asset_check_evaluations()}


def rows(world: World, measurement: str) -> list[dict[str, Any]]:
    return world.client.read("dagster", measurement, start="-1h").rows()


@pytest.fixture
def ran(world: World) -> World:
    """Three runs, one good, two that failed."""
    world.bucket("dagster")
    world.run(good, tags={"dagster/schedule_name": "nightly", "dagster/partition": "p1"})
    world.run(bad)
    world.run(refused)
    return world


def test_runs_and_steps_are_written_once_however_often_they_are_looked_at(ran: World) -> None:
    first = ran.run(dagster_runs)
    assert first.success
    assert checks(first) == {
        "all_written": True,
        "runs_succeed": False,
        "orchestrator_on_time": True,
    }
    before = rows(ran, "dagster_run")
    found = {(row["status"], row["failure"], row["launched_by"]) for row in before}
    assert found == {
        ("SUCCESS", "none", "schedule"),
        ("FAILURE", "ValueError", "hand"),
        ("FAILURE", "Unauthorized", "hand"),
    }
    (nightly,) = [row for row in before if row["launched_by"] == "schedule"]
    assert nightly["partition"] == "p1"
    assert nightly["duration_seconds"] > 0
    (again,) = [row for row in rows(ran, "dagster_step") if row["step"] == "bad"]
    assert (again["asset"], again["retries"], again["status"]) == ("bad", 1, "FAILURE")
    everything = ran.client.query('from(bucket: "dagster") |> range(start: -1h)').rows()
    assert SECRET not in str(everything)
    written = store.copy_runs(ran.client, ran.instance, SINCE).written
    assert [run.id for run in written] == [first.run_id], "the pass itself, now that it is over"
    assert len(rows(ran, "dagster_run")) == len(before) + 1


def test_a_pass_is_bounded_and_the_next_one_goes_on(
    ran: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "AT_MOST", 2)
    passes = [store.copy_runs(ran.client, ran.instance, SINCE) for _ in range(3)]
    assert [(len(one.written), one.waiting) for one in passes] == [(2, 1), (1, 0), (0, 0)]
    assert not any(one.lost for one in passes)
    ran.client.delete("dagster", "dagster_run")
    again = store.copy_runs(ran.client, ran.instance, SINCE)
    assert len(again.written) == 2, "points that were deleted come back"


def test_a_run_that_is_not_there_after_it_was_written_fails_the_check(
    ran: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Influx, "write", lambda *_, **__: None)
    done = store.copy_runs(ran.client, ran.instance, SINCE)
    assert len(done.lost) == 3
    assert not all_written(done).passed


def test_a_queue_that_does_not_move_fails_the_check() -> None:
    assert not on_time(Health([{"oldest_seconds": 700.0}])).passed


@pytest.mark.parametrize(("failed", "passed"), [(1, True), (2, False)])
def test_more_than_a_fifth_of_failed_runs_fails_the_check(failed: int, passed: bool) -> None:
    jobs = [{"job": "j", "SUCCESS": 4, "FAILURE": failed, "CANCELED": 0}]
    assert runs_succeed(jobs).passed is passed
