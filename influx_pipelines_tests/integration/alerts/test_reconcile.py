"""Statuses read back from a server: after outages, beside webhooks, and those that fall silent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from influx_pipelines.alerts import webhook
from influx_pipelines.alerts.database import Database
from influx_pipelines.alerts.gap import gaps
from influx_pipelines.alerts.instants import to_nanoseconds
from influx_pipelines.alerts.knowledge import Known, known_columns
from influx_pipelines.alerts.models import AlertSeries, AlertStatus, Incident, Notice, Watermark
from influx_pipelines.alerts.reconcile import findings_road, read_until, reconcile
from influx_pipelines.alerts.store import Recorded, record
from influx_pipelines.influx.client import Influx

NOW = datetime.now(UTC).replace(microsecond=0)
CHECK = "00000000000000aa"
TAGS = ["_check_id", "_check_name", "_level", "_source_measurement", "_type", "host"]


def _ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def _status(level: str, minutes_ago: float, host: str = "a", **fields: object) -> dict:
    return {
        "time": _ago(minutes_ago),
        "_check_id": CHECK,
        "_check_name": "load",
        "_level": level,
        "_source_measurement": "cpu",
        "_type": "deadman",
        "host": host,
        "_message": f"{host} is {level}",
        "_source_timestamp": to_nanoseconds(_ago(minutes_ago)),
        "usage": 95.0,
        **fields,
    }


def _write(influx: Influx, *statuses: dict) -> None:
    """As a check writes them."""
    for one in statuses:
        influx.write([one], bucket="_monitoring", measurement="statuses", tags=TAGS)


def _posted(status: dict) -> dict:
    """As a rule posts it: flat, whole floats as integers."""
    flat = {name: value for name, value in status.items() if name != "time"}
    time = to_nanoseconds(status["time"])
    return {**flat, "usage": int(status["usage"]), "_status_timestamp": time, "_version": 1}


def _by_webhook(database: Database, influx: Influx, status: dict) -> Recorded:
    with database.session() as session:
        known = known_columns(session, influx.org)
        return record(session, [webhook.parse(_posted(status), known)])


def _states(database: Database) -> list[tuple[str, str, str]]:
    with database.reading() as session:
        rows = session.scalars(select(Incident).order_by(Incident.id)).all()
        return [(one.series.tags["host"], one.state, one.resolution) for one in rows]


def test_what_was_written_while_nobody_listened_is_read_back(
    influx: Influx, alerts_database: Database
) -> None:
    _write(influx, _status("crit", 6.9 * 24 * 60), _status("ok", 6.8 * 24 * 60))
    _write(influx, _status("crit", 2, "b"))
    done = reconcile(influx, alerts_database)
    assert (done.recorded, done.refused, done.lost) == (Recorded(new=3), 0, timedelta())
    assert _states(alerts_database) == [("a", "resolved", "recovered"), ("b", "open", "")]
    _write(influx, _status("ok", 1, "b"))
    again = reconcile(influx, alerts_database)
    assert again.recorded == Recorded(new=1, known=1), "the overlap is read, the rest is not"
    assert read_until(alerts_database, influx.org) == again.read_until
    with alerts_database.reading() as session:
        (found,) = gaps(influx, session, _ago(7 * 24 * 60), NOW)
        assert (found.in_influxdb, found.missing) == (4, 0)


def test_what_no_server_keeps_any_more_is_told(influx: Influx, alerts_database: Database) -> None:
    with alerts_database.session() as session:
        old = NOW - timedelta(days=9)
        session.add(Watermark(organisation=influx.org, road="statuses", read_until=old))
    assert reconcile(influx, alerts_database, now=NOW).lost == timedelta(days=2)
    assert reconcile(influx, alerts_database, now=NOW).lost == timedelta()


def test_a_status_is_one_row_by_webhook_and_by_read_back(
    influx: Influx, alerts_database: Database
) -> None:
    first, second = _status("crit", 3), _status("crit", 2)
    _write(influx, first, second)
    assert _by_webhook(alerts_database, influx, first).new == 1
    assert reconcile(influx, alerts_database).recorded == Recorded(new=1, known=1)
    assert _by_webhook(alerts_database, influx, second).known == 1


def test_a_text_field_taken_for_a_tag_is_put_right(
    influx: Influx, alerts_database: Database
) -> None:
    """Each reason made a series and an incident of its own, and the read-back a third one."""
    statuses = [_status("crit", 9 - n, reason=f"reason {n}") for n in range(3)]
    for one in statuses[:2]:
        _by_webhook(alerts_database, influx, one)
    assert len(_states(alerts_database)) == 2
    _write(influx, *statuses)
    done = reconcile(influx, alerts_database)
    assert (done.recorded, done.settled) == (Recorded(new=1, known=2), 2)
    with alerts_database.reading() as session:
        (series,) = session.scalars(select(AlertSeries)).all()
        found = session.scalars(select(AlertStatus).order_by(AlertStatus.status_time)).all()
        assert series.tags == {"host": "a"}
        assert not series.guessed
        assert series.newest_id == found[-1].id
        assert [one.fields["reason"] for one in found] == ["reason 0", "reason 1", "reason 2"]
        unresolved = session.scalars(select(Incident).where(Incident.state == "open")).all()
        assert [one.statuses for one in unresolved] == [3]
    assert reconcile(influx, alerts_database).settled == 0


def test_a_webhook_that_overlaps_the_first_read_is_put_right(
    influx: Influx, alerts_database: Database
) -> None:
    """It looked up what is known before the read had learned it, and wrote afterwards."""
    one = _status("crit", 3, reason="it broke")
    later = _status("crit", 2, reason="it is broken")
    _write(influx, one, later)
    reconcile(influx, alerts_database)
    nothing = Known(influx.org)
    with alerts_database.session() as session:
        late = [webhook.parse(_posted(status), nothing) for status in (one, later)]
        assert record(session, late).new == 2
    assert reconcile(influx, alerts_database).settled == 2
    with alerts_database.reading() as session:
        assert len(session.scalars(select(AlertSeries)).all()) == 1
        assert len(session.scalars(select(AlertStatus)).all()) == 2
    assert _states(alerts_database).count(("a", "open", "")) == 1


def test_a_deadman_that_its_check_sees_no_more_is_over_without_having_recovered(
    influx: Influx, alerts_database: Database
) -> None:
    """InfluxDB says nothing when a series is older than the check's stale time."""
    check = {
        "type": "deadman",
        "orgID": influx.org_id,
        "name": "gone",
        "status": "inactive",
        "every": "10m",
        "timeSince": "90s",
        "staleTime": "30m",
        "level": "CRIT",
        "query": {"text": 'from(bucket: "x") |> range(start: -1h)'},
        "statusMessageTemplate": "gone",
    }
    made = influx.request("POST", "/api/v2/checks", json=check)
    silent, fresh = _status("crit", 31, "silent"), _status("crit", 29, "fresh")
    _write(influx, *({**one, "_check_id": made["id"]} for one in (silent, fresh)))
    assert reconcile(influx, alerts_database, now=NOW).vanished == 1
    assert sorted(_states(alerts_database)) == [
        ("fresh", "open", ""),
        ("silent", "resolved", "vanished"),
    ]
    with alerts_database.reading() as session:
        ended = session.scalars(select(Notice).where(Notice.kind == "resolved")).one()
    assert ended.message.startswith("no status since ")


def test_findings_of_the_application_tasks_are_incidents_until_they_stop(
    influx: Influx, alerts_database: Database
) -> None:
    influx.create_bucket("multiapp_", retention_seconds=7200)
    tags = ["check", "cluster", "fingerprint", "level", "application", "pod_name"]

    def find(check: str, level: str, minutes_ago: float, pod: str) -> None:
        row = {
            "time": _ago(minutes_ago),
            "check": check,
            "cluster": "idf",
            "level": level,
            "application": "argocd",
            "pod_name": pod,
            "fingerprint": f"{check}/idf/argocd/{pod}",
            "message": f"{pod}: {check}",
            "pod_state": 2,
        }
        influx.write([row], bucket="multiapp_", measurement="kubernetes_pod_container", tags=tags)

    find("restart", "crit", 30, "p1")
    find("state", "warn", 5, "p2")
    find("state", "crit", 3, "p2")
    influx.write_lines(b"other,host=a value=1", bucket="multiapp_")
    done = reconcile(influx, alerts_database, findings_road("multiapp_"))
    assert (done.recorded, done.refused, done.vanished) == (Recorded(new=3), 1, 1)
    with alerts_database.reading() as session:
        restart, state = session.scalars(select(Incident).order_by(Incident.opened_at)).all()
        assert (restart.state, restart.resolution) == ("resolved", "vanished")
        assert (state.state, state.level, state.changes) == ("open", "crit", 1)
        assert state.series.tags == {"cluster": "idf", "application": "argocd", "pod_name": "p2"}
        assert state.series.check_name == "state"
        assert state.message == "p2: state"
