"""What is recorded, whatever the road, the order, the number and the parallel writers."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from influx_pipelines.alerts import monitoring, webhook
from influx_pipelines.alerts.database import Database
from influx_pipelines.alerts.knowledge import known_columns
from influx_pipelines.alerts.models import AlertSeries, AlertStatus, Incident, Notice
from influx_pipelines.alerts.statuses import Status, storable
from influx_pipelines.alerts.store import Recorded, record
from influx_pipelines_tests.alerts import status
from influx_pipelines_tests.deliveries import posted, rows, situations


def _record(database: Database, *statuses: Status) -> Recorded:
    with database.session() as session:
        return record(session, statuses)


def _count(database: Database, model: Any) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def _incidents(database: Database) -> list[tuple]:
    with database.reading() as session:
        rows = session.scalars(select(Incident).order_by(Incident.opened_at)).all()
        return [
            (i.series.tags["host"], i.state, i.level, i.peak_level, i.opened_at, i.resolved_at)
            for i in rows
        ]


def test_a_status_is_one_row_however_often_it_comes(alerts_database: Database) -> None:
    one = status()
    assert _record(alerts_database, one, one) == Recorded(new=1, known=1)
    assert _record(alerts_database, status(origin="webhook")) == Recorded(new=0, known=1)
    assert _count(alerts_database, AlertStatus) == 1


def test_level_series_and_status_time_tell_statuses_apart(alerts_database: Database) -> None:
    """A deadman goes from ok to crit on the same source time."""
    different = [
        status("ok", source_time=1),
        status("crit", source_time=1),
        status("crit", 1, source_time=1),
        status("crit", host="b"),
        status("crit", check_id="00000000000000bb"),
        status("crit", organisation="other"),
    ]
    assert _record(alerts_database, *different) == Recorded(new=6)


def test_statuses_in_any_order_make_the_same_incidents(alerts_database: Database) -> None:
    levels = ["crit", "warn", "ok", "crit", "ok", "ok", "warn", "crit", "ok", "crit"]
    for host in ("in order", "backwards", "shuffled", "one batch"):
        given = [status(level, 20 * n, host=host) for n, level in enumerate(levels)]
        if host == "backwards":
            given.reverse()
        if host == "shuffled":
            random.Random(7).shuffle(given)
        if host == "one batch":
            _record(alerts_database, *given)
        else:
            for one in given:
                _record(alerts_database, one)
    found = _incidents(alerts_database)
    by_host: dict[str, list[tuple]] = {}
    for host, *rest in found:
        by_host.setdefault(host, []).append(tuple(rest))
    assert len(by_host["in order"]) == 4
    assert by_host["in order"] == by_host["backwards"]
    assert by_host["in order"] == by_host["shuffled"] == by_host["one batch"]


def test_all_that_a_real_server_sent_and_wrote_is_recorded_once(alerts_database: Database) -> None:
    """Repeats word for word, retries, statuses sent by several rules, and those never sent."""
    dice = random.Random(11)
    for name, recording in situations():
        written = rows(recording)
        with alerts_database.session() as session:
            known = known_columns(session, name)
        roads = [
            *(webhook.parse(body, known) for body in posted(recording)),
            *(monitoring.status_of(name, row) for row in written),
        ]
        dice.shuffle(roads)
        new = sum(_record(alerts_database, one).new for one in roads)
        assert new == len(written), name
    with alerts_database.reading() as session:
        bad = select(AlertSeries.organisation).distinct().where(AlertSeries.level != "ok")
        assert "deadman" in session.scalars(bad).all(), "c was silent and never seen again"


def test_parallel_writers_record_each_status_once(alerts_database: Database) -> None:
    given = [status("crit", n, host=f"h{n % 5}") for n in range(40)]

    def write(seed: int) -> int:
        mine = given.copy()
        random.Random(seed).shuffle(mine)
        parts = [mine[at : at + 8] for at in range(0, len(mine), 8)]
        return sum(_record(alerts_database, *part).new for part in parts)

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(write, range(6))) == len(given)
    assert _count(alerts_database, AlertStatus) == len(given)
    assert _count(alerts_database, AlertSeries) == 5
    assert _count(alerts_database, Incident) == 5
    with alerts_database.reading() as session:
        kinds = session.scalars(select(Notice.kind)).all()
    assert kinds == ["opened"] * 5


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE alert_status; --", "<b>\0</b>", "\ud800", "x" * 10**5]
)
def test_hostile_texts_are_stored(alerts_database: Database, text: str) -> None:
    made = status(
        message=storable(text), tags=storable({"t": text, text: "t"}), raw=storable({text: text})
    )
    assert _record(alerts_database, made).new == 1
