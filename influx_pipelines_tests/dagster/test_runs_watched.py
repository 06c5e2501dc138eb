"""Failed and stuck runs are told to their owner, once, and their end, too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from sqlalchemy import select

from influx_pipelines.alerts.database import Database
from influx_pipelines.alerts.delivery.load import load_config
from influx_pipelines.alerts.delivery.worker import deliver_due
from influx_pipelines.alerts.models import Incident
from influx_pipelines.alerts.vanishing import end_vanished
from influx_pipelines.defs.housekeeping import watch
from influx_pipelines.defs.housekeeping.heartbeats import watch_daemons
from influx_pipelines.defs.housekeeping.standing_failures import (
    failed_assets,
    failed_checks,
    nothing_left_broken,
    standing_failures,
)
from influx_pipelines.defs.housekeeping.streaks import Streaks
from influx_pipelines.defs.housekeeping.stuck import stuck_runs
from influx_pipelines.resources import AlertStoreResource, EstateResource
from influx_pipelines_tests.integration.doctor.setup import BEAT
from influx_pipelines_tests.receiver import Receiver

BROKEN = {"now": True}


@dg.asset(owners=["team:weather"])
def thing() -> None:
    if BROKEN["now"]:
        raise dg.Failure("it is broken", allow_retries=False)


class Watched:
    """An instance, the store, and the sensor over both."""

    def __init__(self, instance: dg.DagsterInstance, folder: Path) -> None:
        self.instance, self.folder = instance, folder
        self.url = f"sqlite:///{folder / 'alerts.db'}"
        self.database = Database(self.url)
        self.database.migrate()
        self.definitions = dg.Definitions(assets=[thing])
        self.cursor: str | None = Streaks(datetime.now(UTC).timestamp() - 5).dump()

    def run(self, *, broken: bool) -> None:
        BROKEN["now"] = broken
        job = self.definitions.resolve_implicit_global_asset_job_def()
        selection = [thing.key]
        job.execute_in_process(
            instance=self.instance, raise_on_error=False, asset_selection=selection
        )

    def tick(self, url: str = "") -> Any:
        context = dg.build_sensor_context(
            instance=self.instance, cursor=self.cursor, definitions=self.definitions
        )
        result = watch.runs_watched(
            context,
            estate=EstateResource(folder=str(self.folder)),
            alert_store=AlertStoreResource(url=url or self.url),
        )
        if isinstance(result, dg.SensorResult):
            self.cursor = result.cursor
        return result

    def incidents(self) -> list[tuple[str, str, str]]:
        with self.database.reading() as session:
            found = session.scalars(select(Incident).order_by(Incident.id)).all()
            return [(one.series.check_name, one.series.tags["owner"], one.state) for one in found]


@pytest.fixture
def watched(instance: dg.DagsterInstance, home: Path, tmp_path: Path) -> Iterator[Watched]:
    yield Watched(instance, tmp_path)
    BROKEN["now"] = True


def test_two_failures_in_a_row_are_told_to_the_owner_once_and_the_next_success_ends_them(
    watched: Watched,
) -> None:
    config = "channels: [{name: sky, file: %s}, {name: log, log: true}]\ndefault: [log]\n"
    route = "routes: [{when: {owner: 'team:weather'}, channels: [sky]}]\n"
    address = watched.folder / "address"
    (watched.folder / "alerts.yaml").write_text(config % address + route)
    watched.run(broken=True)
    watched.tick()
    assert watched.incidents() == []
    watched.run(broken=True)
    for _ in range(2):
        watched.tick()
    assert watched.incidents() == [("run failures", "team:weather", "open")]
    with Receiver() as receiver:
        address.write_text(receiver.slack)
        deliver_due(watched.database, load_config(watched.folder))
        watched.run(broken=False)
        watched.tick()
        deliver_due(watched.database, load_config(watched.folder))
        assert len(receiver.texts) == 2
        assert "thing: 2 runs failed in a row" in receiver.texts[0]
    assert watched.incidents() == [("run failures", "team:weather", "resolved")]


def test_a_success_between_two_failures_tells_nobody(watched: Watched) -> None:
    for broken in (True, False, True):
        watched.run(broken=broken)
    watched.tick()
    assert watched.incidents() == []


def test_a_stuck_run_is_told_and_its_end_too(watched: Watched) -> None:
    job = watched.definitions.resolve_implicit_global_asset_job_def()
    run = watched.instance.create_run_for_job(
        job, status=dg.DagsterRunStatus.NOT_STARTED, asset_selection=frozenset({thing.key})
    )
    later = datetime.now(UTC) + timedelta(minutes=31)
    bounds = (timedelta(minutes=30), timedelta(hours=2))
    assert stuck_runs(watched.instance, datetime.now(UTC), *bounds) == []
    (found,) = stuck_runs(watched.instance, later, *bounds)
    assert (found.subject, found.run_id, found.state) == ("thing", run.run_id, "not_started")
    owner = {"thing": "team:weather"}.__getitem__
    from influx_pipelines.alerts.store import record

    with watched.database.session() as session:
        statuses = watch._hangings("unknown", [found], {}, later, owner)
        assert record(session, statuses * 2).new == 1
    assert watched.incidents() == [("stuck runs", "team:weather", "open")]
    watched.instance.delete_run(run.run_id)
    tags = {"subject": "thing", "owner": "team:weather"}
    with watched.database.session() as session:
        record(session, watch._hangings("unknown", [], {"thing": tags}, later, owner))
    assert watched.incidents() == [("stuck runs", "team:weather", "resolved")]


def test_silence_ends_no_incident_of_the_orchestrator(watched: Watched) -> None:
    """InfluxDB says nothing of a failed run: after a day it counted as vanished."""
    for _ in range(2):
        watched.run(broken=True)
    watched.tick()
    later = datetime.now(UTC) + timedelta(days=3)
    assert not end_vanished(watched.database, "unknown", later, findings=False)
    assert not end_vanished(watched.database, "unknown", later, findings=True)


def test_a_database_that_is_down_loses_no_failure(watched: Watched) -> None:
    for _ in range(2):
        watched.run(broken=True)
    assert isinstance(watched.tick(f"sqlite:///{watched.folder}/no/such/alerts.db"), dg.SkipReason)
    watched.tick()
    assert len(watched.incidents()) == 1


def beat(instance: dg.DagsterInstance, time: datetime) -> None:
    value = {**BEAT, "timestamp": time.timestamp()}
    instance.add_daemon_heartbeat(dg.deserialize_value(json.dumps(value)))


def test_a_daemon_that_falls_silent_is_told_by_whoever_delivers_and_so_is_its_return(
    watched: Watched,
) -> None:
    now = datetime.now(UTC)
    look = (watched.database, "unknown", "team:platform")
    beat(watched.instance, now)
    assert watch_daemons(watched.instance, *look, now) == []
    for minutes in (6, 7):
        later = now + timedelta(minutes=minutes)
        assert watch_daemons(watched.instance, *look, later) == ["sensor"]
    assert watched.incidents() == [("daemon heartbeat", "team:platform", "open")]
    beat(watched.instance, now + timedelta(minutes=8))
    assert watch_daemons(watched.instance, *look, now + timedelta(minutes=8)) == []
    assert watched.incidents() == [("daemon heartbeat", "team:platform", "resolved")]


def test_what_is_left_broken_is_named_until_it_is_mended(watched: Watched) -> None:
    judged = {}
    for broken in (True, False):
        watched.run(broken=broken)
        rows = list(failed_assets(watched.instance, {thing.key}))
        judged[broken] = nothing_left_broken(rows)
    assert judged[True].description == "thing: its last run failed"
    assert (judged[True].passed, judged[False].passed) == (False, True)
    assert dg.materialize([thing, standing_failures], instance=watched.instance).success


def test_a_failed_check_of_a_good_asset_is_left_broken(watched: Watched) -> None:
    dg.materialize([thing_checked], instance=watched.instance)
    key = dg.AssetCheckKey(thing_checked.key, "whole")
    (row,) = failed_checks(watched.instance, [key])
    assert (row["asset"], row["what"]) == ("thing_checked", "asset check whole failed (warning)")


@dg.asset(check_specs=[dg.AssetCheckSpec("whole", asset="thing_checked")])
def thing_checked() -> dg.MaterializeResult:
    warn = dg.AssetCheckSeverity.WARN
    failed = dg.AssetCheckResult(check_name="whole", passed=False, severity=warn)
    return dg.MaterializeResult(check_results=[failed])
