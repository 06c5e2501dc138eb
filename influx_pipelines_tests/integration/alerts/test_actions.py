"""What people do with incidents."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from influx_pipelines.alerts.actions import acknowledge, resolve
from influx_pipelines.alerts.database import Database
from influx_pipelines.alerts.instants import from_nanoseconds
from influx_pipelines.alerts.models import Incident, Notice
from influx_pipelines.alerts.store import record
from influx_pipelines_tests.alerts import START, status

T0 = from_nanoseconds(START)


def _states(database: Database) -> list[tuple[str, str, str]]:
    with database.reading() as session:
        rows = session.scalars(select(Incident).order_by(Incident.id)).all()
        return [(one.state, one.acknowledged_by, one.resolution) for one in rows]


def _record(database: Database, level: str, minute: float) -> None:
    with database.session() as session:
        record(session, [status(level, minute)])


def test_an_acknowledged_incident_stays_so_until_it_gets_worse(alerts_database: Database) -> None:
    _record(alerts_database, "warn", 0)
    with alerts_database.session() as session:
        assert acknowledge(session, 1, by="ann", now=T0) is not None
        assert acknowledge(session, 77, by="ann", now=T0) is None
    _record(alerts_database, "warn", 1)
    assert _states(alerts_database) == [("acknowledged", "ann", "")]
    _record(alerts_database, "crit", 2)
    assert _states(alerts_database) == [("open", "", "")]


def test_what_is_resolved_by_hand_stays_so_when_an_older_status_comes(
    alerts_database: Database,
) -> None:
    _record(alerts_database, "crit", 1)
    with alerts_database.session() as session:
        assert resolve(session, 1, now=T0 + timedelta(minutes=5)) is not None
        assert resolve(session, 1, now=T0 + timedelta(minutes=6)) is not None
        assert resolve(session, 77, now=T0) is None
    _record(alerts_database, "crit", 0)
    assert _states(alerts_database) == [("resolved", "", "by hand")]
    _record(alerts_database, "crit", 6)
    assert _states(alerts_database) == [("open", "", "")]
    with alerts_database.reading() as session:
        told = session.execute(select(Notice.kind, Notice.number).order_by(Notice.id)).all()
    assert [tuple(row) for row in told] == [("opened", 0), ("resolved", 0), ("opened", 1)]
