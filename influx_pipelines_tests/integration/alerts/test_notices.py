"""From incidents to deliveries."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from influx_pipelines.alerts.database import Database
from influx_pipelines.alerts.instants import from_nanoseconds
from influx_pipelines.alerts.models import Delivery, Incident, Notice
from influx_pipelines.alerts.notices import Routed, route_due
from influx_pipelines.alerts.policy import Policy, Suppression
from influx_pipelines.alerts.repeating import queue_repeats
from influx_pipelines.alerts.silences import add_silence, end_silence
from influx_pipelines.alerts.statuses import Status
from influx_pipelines.alerts.store import record
from influx_pipelines_tests.alerts import START, status

T0 = from_nanoseconds(START)
ALWAYS = Policy(lowest_level="info")


def _at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def _record(database: Database, *statuses: Status, minute: float = 0) -> None:
    with database.session() as session:
        record(session, statuses, now=_at(minute))


def _route(database: Database, minute: float, policy: Policy = ALWAYS) -> Routed:
    with database.session() as session:
        return route_due(session, policy, lambda facts: ["log", facts["host"]], _at(minute))


def _deliveries(database: Database) -> list[tuple[str, int, str]]:
    with database.reading() as session:
        query = select(Notice.kind, Notice.number, Delivery.channel).join(Delivery.notice)
        return [tuple(row) for row in session.execute(query.order_by(Delivery.id))]


def test_each_notice_has_one_delivery_a_channel(alerts_database: Database) -> None:
    _record(alerts_database, status("crit"), status("ok", 1))
    assert _route(alerts_database, 1) == Routed(routed=2)
    assert _route(alerts_database, 2) == Routed()
    assert _deliveries(alerts_database) == [
        ("opened", 0, "log"),
        ("opened", 0, "a"),
        ("resolved", 0, "log"),
        ("resolved", 0, "a"),
    ]
    with alerts_database.reading() as session:
        ids = session.scalars(select(Delivery.delivery_id)).all()
    assert len(set(ids)) == 4


def test_a_suppressed_incident_is_told_if_it_lasts(alerts_database: Database) -> None:
    policy = Policy(suppressions=[Suppression({"host": "*"}, timedelta(minutes=15))])
    _record(alerts_database, status("crit", host="lasts"), status("crit", host="short"))
    assert _route(alerts_database, 1, policy) == Routed(held=2)
    _record(alerts_database, status("ok", 5, host="short"), minute=5)
    assert _route(alerts_database, 5, policy) == Routed(dropped=1)
    assert _route(alerts_database, 15, policy) == Routed(routed=1, dropped=1)
    assert _deliveries(alerts_database) == [("opened", 0, "log"), ("opened", 0, "lasts")]


def test_a_silence_ends_by_itself_or_by_hand(alerts_database: Database) -> None:
    with alerts_database.session() as session:
        made = add_silence(
            session,
            {"host": "a", "check": "lo*"},
            starts_at=_at(0),
            ends_at=_at(60),
            reason="work",
            by="me",
        )
    _record(alerts_database, status("crit"), status("crit", host="b"), minute=1)
    assert _route(alerts_database, 1) == Routed(routed=1, held=1)
    assert _route(alerts_database, 59) == Routed()
    with alerts_database.session() as session:
        assert end_silence(session, made.id, _at(59))
        assert not end_silence(session, made.id, _at(59))
        assert not end_silence(session, 77)
    assert _route(alerts_database, 60) == Routed(routed=1)


def test_an_incident_that_lasts_is_told_once_an_interval(alerts_database: Database) -> None:
    policy = Policy(repeat_every=timedelta(hours=1))

    def repeats(minute: float) -> int:
        with alerts_database.session() as session:
            return queue_repeats(session, policy, _at(minute))

    _record(alerts_database, status("crit"))
    assert [repeats(minute) for minute in (0, 59, 60, 61, 119, 120)] == [0, 0, 1, 0, 0, 1]
    assert repeats(60 * 24 + 1) == 1, "intervals that were slept through are told once"
    assert repeats(60 * 25 - 1) == 0
    assert repeats(60 * 25) == 1
    _record(alerts_database, status("ok", 60 * 25 + 1))
    assert repeats(60 * 26) == 0
    with alerts_database.reading() as session:
        told = session.execute(select(Notice.kind, Notice.number).order_by(Notice.id)).all()
    assert [tuple(row) for row in told] == [
        ("opened", 0),
        *(("repeat", n) for n in (1, 2, 3, 4)),
        ("resolved", 0),
    ]


def test_no_repeats_are_queued_where_the_policy_has_none(alerts_database: Database) -> None:
    _record(alerts_database, status("crit"))
    for minute in (0, 600):
        with alerts_database.session() as session:
            assert queue_repeats(session, Policy(repeat_every=None), _at(minute)) == 0
            assert session.scalars(select(Incident)).one().next_repeat_at
