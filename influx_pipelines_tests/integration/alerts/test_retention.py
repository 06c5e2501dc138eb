"""History is deleted by age, and only history."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from influx_pipelines.alerts.database import Database
from influx_pipelines.alerts.instants import from_nanoseconds
from influx_pipelines.alerts.models import AlertSeries, AlertStatus, AlertTag, Incident, Notice
from influx_pipelines.alerts.retention import Expired, expire
from influx_pipelines.alerts.silences import add_silence
from influx_pipelines.alerts.store import record
from influx_pipelines_tests.alerts import START, status

DAY = 24 * 60


def test_old_history_goes_and_what_goes_on_stays(alerts_database: Database) -> None:
    now = from_nanoseconds(START) + timedelta(days=100)
    with alerts_database.session() as session:
        record(session, [status("crit", host="gone"), status("ok", 5, host="gone")])
        record(session, [status("crit", host="still bad"), status("crit", 99 * DAY, host="new")])
        record(session, [status("ok", n * DAY, host="well") for n in range(0, 100, 10)])
        for days in (5, 95):
            starts = from_nanoseconds(START) + timedelta(days=days)
            ends = starts + timedelta(days=1)
            add_silence(session, {"a": "b"}, starts_at=starts, ends_at=ends, reason="", by="me")
    done = expire(alerts_database, timedelta(days=30), now)
    assert done == Expired(statuses=2 + 7, incidents=1, series=1, silences=1)
    assert expire(alerts_database, timedelta(days=30), now) == Expired(0, 0, 0, 0)
    with alerts_database.reading() as session:
        hosts = {series.tags["host"] for series in session.scalars(select(AlertSeries))}
        counts = [
            session.scalar(select(func.count()).select_from(table))
            for table in (AlertStatus, AlertTag, Incident, Notice)
        ]
    assert hosts == {"still bad", "new", "well"}
    assert counts == [1 + 1 + 3, 3, 2, 2]
