"""Writers that are killed and databases that go away: afterwards every status is there once."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections.abc import Sequence

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from influx_pipelines.alerts.database import Database
from influx_pipelines.alerts.instants import from_nanoseconds
from influx_pipelines.alerts.lifecycle import Seen, fold
from influx_pipelines.alerts.models import AlertStatus, Incident, Notice
from influx_pipelines.alerts.reconcile import read_until, reconcile
from influx_pipelines.alerts.statuses import Status
from influx_pipelines.influx.client import Influx
from influx_pipelines_tests.alerts import status
from influx_pipelines_tests.alertwriter import write_all

# Its server has no threads, and what the writers import.
WRITERS = multiprocessing.get_context("forkserver")
WRITERS.set_forkserver_preload(["influx_pipelines_tests.alertwriter"])


def _given(hosts: int, each: int) -> list[Status]:
    dice = random.Random(3)
    return [
        status(dice.choice(["ok", "ok", "warn", "crit"]), 6 * n, host=f"h{host}")
        for n in range(each)
        for host in range(hosts)
    ]


def _disturb(url: str, given: Sequence[Status], kills: int) -> None:
    """Three writers at a time, killed one after the other at random, and their connections cut."""
    dice = random.Random(kills)
    writers = [WRITERS.Process(target=write_all, args=(url, given, seed)) for seed in range(3)]
    for writer in writers:
        writer.start()
    for number in range(kills):
        time.sleep(dice.uniform(0.05, 0.2))
        victim = dice.randrange(3)
        writers[victim].kill()
        writers[victim].join()
        writers[victim] = WRITERS.Process(target=write_all, args=(url, given, 10 + number))
        writers[victim].start()
        if url.startswith("postgresql"):
            _cut_connections(url)
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0


def _cut_connections(url: str) -> None:
    database = Database(url)
    with database.session() as session:
        session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    database.close()


def _check(database: Database, given: Sequence[Status]) -> None:
    """Each status once, and the incidents that it makes in the right order."""
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(AlertStatus)) == len(given)
        found: dict[str, list[tuple]] = {}
        query = select(Incident).where(Incident.resolution != "merged")
        for one in session.scalars(query.order_by(Incident.opened_at)):
            course = (one.opened_at, one.resolved_at, one.peak_level, one.statuses)
            found.setdefault(one.series.tags["host"], []).append(course)
        opened = session.scalars(
            select(Notice.incident_id).where(Notice.kind == "opened", Notice.number == 0)
        ).all()
        assert len(opened) == len(set(opened)) == session.scalar(select(func.count(Incident.id)))
    for host, courses in found.items():
        mine = sorted((one for one in given if one.tags["host"] == host), key=lambda one: one.order)
        seen = [Seen(from_nanoseconds(one.status_time), one.level) for one in mine]
        expected = [
            (one.opened_at, one.resolved_at, one.peak_level, one.statuses) for one, _ in fold(seen)
        ]
        assert courses == expected


def test_killed_writers_leave_every_status_once(alerts_database: Database, alerts_url: str) -> None:
    given = _given(hosts=3, each=30)
    _disturb(alerts_url, given, kills=3)
    _check(alerts_database, given)


@pytest.mark.proof
@pytest.mark.timeout(600)
def test_very_many_killed_writers_leave_every_status_once(
    alerts_database: Database, alerts_url: str
) -> None:
    given = _given(hosts=8, each=200)
    _disturb(alerts_url, given, kills=100)
    _check(alerts_database, given)


def test_what_came_while_the_database_was_down_is_read_back(
    influx: Influx, alerts_database: Database
) -> None:
    row = {"time": from_nanoseconds(time.time_ns()), "_level": "crit", "_message": "bad"}
    tags = {"_check_id": "00000000000000aa", "_check_name": "load", "_type": "threshold"}
    names = [*tags, "_level"]
    influx.write([{**row, **tags}], bucket="_monitoring", measurement="statuses", tags=names)
    with pytest.raises(DBAPIError):
        reconcile(influx, Database("postgresql://alerts@127.0.0.1:9/alerts"))
    assert read_until(alerts_database, influx.org) is None
    assert reconcile(influx, alerts_database).recorded.new == 1
