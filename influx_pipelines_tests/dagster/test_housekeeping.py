"""Housekeeping: what is old goes, what is needed or young stays, and the checks can fail."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import dagster as dg
import pytest
from sqlalchemy import func, select, update

from influx_pipelines.alerts.database import Database
from influx_pipelines.alerts.models import Delivery, Incident, Notice
from influx_pipelines.alerts.retention import expire_repeats, overdue
from influx_pipelines.alerts.store import record
from influx_pipelines.backups.alone import alone
from influx_pipelines.defs.buckets.wanted import Absence
from influx_pipelines.defs.housekeeping import (
    backup_partials,
    bucket_partitions,
    delivery_history,
    event_logs,
    job_logs,
    ticks,
)
from influx_pipelines.resources import AlertStoreResource, EstateResource
from influx_pipelines.sources.ci.store import JobStore
from influx_pipelines_tests.alerts import status
from influx_pipelines_tests.dagster.conftest import World

NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=1)
LONG_AGO = (NOW - timedelta(days=400)).timestamp()


@dg.asset
def thing() -> None: ...


def made(instance: dg.DagsterInstance) -> str:
    """The id of a run that materialized something."""
    return dg.materialize([thing], instance=instance).run_id


def cleaned(
    asset: dg.AssetsDefinition, instance: dg.DagsterInstance, folder: Path
) -> tuple[dict[str, Any], bool]:
    """The metadata of a run of an asset, and whether its check passed."""
    store = AlertStoreResource(url=f"sqlite:///{folder / 'alerts.db'}")
    resources = {"estate": EstateResource(folder=str(folder)), "alert_store": store}
    done = dg.materialize([asset], resources=resources, instance=instance)
    (event,) = done.get_asset_materialization_events()
    (check,) = done.get_asset_check_evaluations()
    return {name: one.value for name, one in event.materialization.metadata.items()}, check.passed


def test_files_of_deleted_runs_go_and_those_of_others_stay(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    """Dagster left the file of a deleted run's events as large as it was, for ever."""
    storage = tmp_path / "dagster"
    gone, kept = made(instance), made(instance)
    instance.delete_run(gone)
    files = storage / "history" / "runs"
    assert (files / f"{gone}.db").exists()
    pruned = event_logs.prune_logs(instance, storage, LATER)
    assert (pruned.event_files, pruned.left) == (1, 0)
    assert not (files / f"{gone}.db").exists()
    assert instance.all_logs(kept)
    assert instance.get_latest_materialization_event(thing.key) is not None


def test_young_files_and_output_of_runs_that_go_on_stay(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    job = dg.Definitions(assets=[thing]).resolve_implicit_global_asset_job_def()
    going_on = instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED).run_id
    gone = str(uuid4())
    for name in (going_on, gone, "somebody"):
        (tmp_path / event_logs.PRINTED / name).mkdir(parents=True)
    assert event_logs.prune_logs(instance, tmp_path, NOW - timedelta(days=1)).printed == 0
    assert event_logs.prune_logs(instance, tmp_path, LATER).printed == 1


def test_the_event_logs_tell_their_sizes(
    instance: dg.DagsterInstance, home: Path, tmp_path: Path
) -> None:
    runs = home / "dagster" / "history" / "runs"
    runs.mkdir(parents=True)
    old = runs / f"{uuid4()}.db"
    old.write_bytes(bytes(200_000))
    os.utime(old, (LONG_AGO, LONG_AGO))
    metadata, passed = cleaned(event_logs.event_logs, instance, tmp_path)
    assert (metadata["megabytes_before"], metadata["megabytes_after"], passed) == (0.2, 0.0, True)
    assert "data:image/png;base64," in str(metadata["sizes"])
    left = event_logs.LogsPruned(5_000, 0, 1)
    assert not event_logs.bounded(left, NOW).passed


REMOVED_SENSOR = {
    "__class__": "ExternalJobOrigin",
    "external_repository_origin": {
        "__class__": "ExternalRepositoryOrigin",
        "repository_location_origin": {
            "__class__": "RegisteredRepositoryLocationOrigin",
            "location_name": "influx_pipelines",
        },
        "repository_name": "__repository__",
    },
    "job_name": "removed",
}
OF_A_SENSOR = {"job_type": {"__enum__": "InstigatorType.SENSOR"}}


def ticked(instance: dg.DagsterInstance) -> None:
    """A sensor with one tick of now, of a location that does not have it any more."""
    state = {
        "__class__": "InstigatorState",
        "origin": REMOVED_SENSOR,
        "status": {"__enum__": "InstigatorStatus.RUNNING"},
        "job_specific_data": {"__class__": "SensorInstigatorData", "min_interval": 30},
        **OF_A_SENSOR,
    }
    instance.add_instigator_state(dg.deserialize_value(json.dumps(state)))
    (found,) = instance.all_instigator_state()
    tick = {
        "__class__": "TickData",
        "job_origin_id": found.instigator_origin_id,
        "selector_id": found.selector_id,
        "job_name": "removed",
        "status": {"__enum__": "TickStatus.SUCCESS"},
        "timestamp": NOW.timestamp(),
        "run_ids": [],
        "run_keys": [],
        **OF_A_SENSOR,
    }
    instance.create_tick(dg.deserialize_value(json.dumps(tick)))


def test_ticks_of_a_sensor_that_is_no_more_go(
    instance: dg.DagsterInstance, home: Path, tmp_path: Path
) -> None:
    """Dagster purges the ticks of what runs; those of a removed sensor stayed for ever."""
    ticked(instance)
    assert ticks.purge_ticks(instance, NOW - timedelta(days=1)) == ticks.TicksPurged(0, 0, 1)
    assert ticks.purge_ticks(instance, LATER) == ticks.TicksPurged(1, 0, 1)
    assert cleaned(ticks.ticks, instance, tmp_path)[1]
    assert not ticks.bounded(ticks.TicksPurged(10_000, 3, 1), NOW).passed


def test_a_partition_goes_the_second_time_that_its_bucket_is_missing(world: World) -> None:
    names = [f"bucket-{number}" for number in range(3)]
    ids = {name: world.bucket(name) for name in names}
    world.settle()
    world.client.delete_bucket(world.client.bucket(ids["bucket-1"]))
    for left in (names, ["bucket-0", "bucket-2"]):
        assert world.run(bucket_partitions.bucket_partitions).success
        assert world.keys() == left


def test_many_missing_buckets_fail_the_check() -> None:
    mass = Absence([f"{number}" for number in range(20)], [], is_mass=True)
    assert not bucket_partitions.few_are_missing(mass, [f"{number}" for number in range(30)]).passed


def test_logs_of_jobs_go_by_their_age(
    instance: dg.DagsterInstance, home: Path, tmp_path: Path
) -> None:
    for day in ("2025-01-01", NOW.date().isoformat()):
        (home / "ci" / "acme" / "one" / day / "logs").mkdir(parents=True)
    metadata, passed = cleaned(job_logs.job_logs, instance, tmp_path)
    assert (metadata["deleted_days"], passed) == (1, True)
    assert JobStore(str(home / "ci")).folders_of_logs(date.max) == [f"acme/one/{NOW.date()}/logs"]
    assert not job_logs.bounded(1, date.max).passed


@pytest.fixture
def told(tmp_path: Path) -> Database:
    """An old incident that goes on, told at its beginning and by three repeats."""
    database = Database(f"sqlite:///{tmp_path / 'alerts.db'}")
    database.migrate()
    with database.session() as session:
        record(session, [status("crit")])
        incident = session.scalars(select(Incident)).one()
        for number in range(3):
            values = {"kind": "repeat", "number": number, "level": "crit", "message": "still"}
            session.add(
                Notice(
                    incident_id=incident.id,
                    state="routed",
                    due_at=NOW,
                    happened_at=datetime(2025, 1, 1 + number, tzinfo=UTC),
                    **values,
                )
            )
        session.flush()
        for notice in session.scalars(select(Notice)):
            session.add(
                Delivery(
                    incident_id=incident.id,
                    notice_id=notice.id,
                    channel="ops",
                    delivery_id=str(uuid4()),
                    state="sent",
                    created_at=NOW,
                )
            )
    return database


def count(database: Database, table: type[Any]) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_old_repeats_of_an_incident_that_goes_on_are_forgotten_but_for_the_newest(
    told: Database, instance: dg.DagsterInstance, home: Path, tmp_path: Path
) -> None:
    """They were kept as long as the incident went on: for years, six a day."""
    with told.reading() as session:
        assert overdue(session, timedelta(days=90), NOW) == 2
    metadata, passed = cleaned(delivery_history.delivery_history, instance, tmp_path)
    assert (metadata["deleted_repeats"], passed) == (2, True)
    assert (count(told, Notice), count(told, Delivery), count(told, Incident)) == (2, 2, 1)
    assert not delivery_history.bounded(2).passed


def test_a_repeat_that_still_waits_to_be_sent_stays(told: Database) -> None:
    with told.session() as session:
        session.execute(update(Delivery).values(next_try_at=NOW))
    assert expire_repeats(told, timedelta(days=90), NOW) == 0


def test_abandoned_backups_go_when_nobody_is_at_work(
    instance: dg.DagsterInstance, home: Path, tmp_path: Path
) -> None:
    old = home / "backups" / "backup-20250101T000000Z.partial"
    young = home / "backups" / f"backup-{NOW:%Y%m%dT%H%M%SZ}.partial"
    finished = home / "backups" / "backup-20250101T000000Z-1"
    for folder in (old, young, finished):
        folder.mkdir(parents=True)
    with alone(home / "backups", "a test"):
        metadata, passed = cleaned(backup_partials.backup_partials, instance, tmp_path)
    assert (metadata["removed_partials"], passed, old.exists()) == (0, False, True)
    metadata, passed = cleaned(backup_partials.backup_partials, instance, tmp_path)
    assert (metadata["removed_partials"], passed, old.exists()) == (1, True, False)
    assert young.exists()
    assert finished.exists()
