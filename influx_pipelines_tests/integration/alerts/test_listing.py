"""Lists of statuses: right by check and series, paged, and from the indexes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session, joinedload

from influx_pipelines.alerts.counting import Counts, check_names, counts
from influx_pipelines.alerts.database import Database
from influx_pipelines.alerts.instants import from_nanoseconds
from influx_pipelines.alerts.listing import BadCursor, Filter, ids_query, latest_query, statuses
from influx_pipelines.alerts.models import AlertStatus
from influx_pipelines.alerts.store import record
from influx_pipelines_tests.alerts import START, status
from influx_pipelines_tests.manystatuses import fill

HALF = from_nanoseconds(START) + timedelta(minutes=5)
Predicate = Callable[[AlertStatus], bool]


def asked(**given: object) -> Filter:
    return Filter("test", **given)  # type: ignore[arg-type]


# What is asked for, the same said plainly, and the index that answers it.
LISTS: dict[str, tuple[Filter, Predicate, str]] = {
    "everything": (asked(), lambda s: True, "status_time_id"),
    "since": (asked(since=HALF), lambda s: s.time >= HALF, "status_time_id"),
    "until": (asked(until=HALF), lambda s: s.time < HALF, "status_time_id"),
    "not ok": (
        asked(levels=frozenset({"info", "warn", "crit", "unknown"})),
        lambda s: s.level != "ok",
        "level_status_time_id",
    ),
    "critical": (
        asked(levels=frozenset({"crit"})),
        lambda s: s.level == "crit",
        "level_status_time_id",
    ),
    "name": (
        asked(check_name="usage check 6"),
        lambda s: "USAGE CHECK 6" in s.series.check_name,
        "check_id_level_status_time_id",
    ),
    "check": (
        asked(check_id="0" * 15 + "3"),
        lambda s: s.check_id == "0" * 15 + "3",
        "check_id_level_status_time_id",
    ),
    "first word": (
        asked(first_word="cpu", levels=frozenset({"warn", "crit"})),
        lambda s: s.series.check_name.startswith("CPU ") and s.level in ("warn", "crit"),
        "check_id_level_status_time_id",
    ),
    "host": (
        asked(tags={"host": "h3"}),
        lambda s: s.series.tags["host"] == "h3",
        "series_id_status_time_id",
    ),
    "host, critical": (
        asked(tags={"host": "h3"}, levels=frozenset({"crit"})),
        lambda s: s.series.tags["host"] == "h3" and s.level == "crit",
        "alert_status_",
    ),
    "active": (asked(active=True), lambda s: s.series.level != "ok", "series_id_status_time_id"),
    "cleared": (asked(active=False), lambda s: s.series.level == "ok", "status_time_id"),
    "cleared, critical": (
        asked(active=False, levels=frozenset({"crit"})),
        lambda s: s.series.level == "ok" and s.level == "crit",
        "level_status_time_id",
    ),
    "latest": (asked(latest_only=True), lambda s: s.id == s.series.newest_id, "newest_time"),
    "latest, active": (
        asked(latest_only=True, active=True),
        lambda s: s.id == s.series.newest_id and s.series.level != "ok",
        "newest_time",
    ),
}


class Filled:
    """Some statuses of 20 checks on 6 hosts, and all of them, newest first."""

    def __init__(self, session: Session) -> None:
        self.session = session
        query = select(AlertStatus).options(joinedload(AlertStatus.series))
        order = (AlertStatus.status_time.desc(), AlertStatus.id.desc())
        self.statuses = session.scalars(query.order_by(*order)).all()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(request: pytest.FixtureRequest, alerts_url_of: Callable[[str], str]) -> Iterator[Filled]:
    database = Database(alerts_url_of(request.param))
    fill(database, 1600, hosts=6)
    with database.reading() as session:
        yield Filled(session)
    database.close()


@pytest.mark.parametrize("name", LISTS)
def test_every_filter_finds_what_it_says_page_by_page(filled: Filled, name: str) -> None:
    wanted, matches, _ = LISTS[name]
    expected = [one.id for one in filled.statuses if matches(one)]
    assert 0 < len(expected) < 1600 or name == "everything"
    assert _all_pages(filled.session, wanted, limit=max(1, len(expected) // 2)) == expected
    counted = counts(filled.session, wanted)
    assert counted.matching == len(expected)
    assert counted.active + counted.cleared == 120 or wanted.of_checks or wanted.tags


def _all_pages(session: Session, wanted: Filter, limit: int) -> list[int]:
    page = statuses(session, wanted, limit=limit)
    found = [one.id for one in page.statuses]
    while page.cursor:
        page = statuses(session, wanted, limit=limit, cursor=page.cursor)
        found += [one.id for one in page.statuses]
    return found


@pytest.mark.parametrize("name", LISTS)
def test_every_filter_is_answered_by_an_index(filled: Filled, name: str) -> None:
    wanted, _, index = LISTS[name]
    if wanted.latest_only:
        plan = explain(filled.session, latest_query(wanted, None, 50))
    else:
        plan = explain(filled.session, ids_query(filled.session, wanted, None, 50))
    assert index in plan, plan
    assert "Seq Scan on alert_status" not in plan
    assert "SCAN alert_status\n" not in plan


def explain(session: Session, query: object) -> str:
    """The plan of a query; PostgreSQL would read a table of a few pages whole."""
    bound = session.connection()
    compiled = query.compile(bound, compile_kwargs={"literal_binds": True})  # type: ignore[attr-defined]
    how = "EXPLAIN QUERY PLAN"
    if bound.dialect.name == "postgresql":
        how = "EXPLAIN"
        for kind in ("seqscan", "bitmapscan", "sort"):
            session.execute(text(f"SET LOCAL enable_{kind} = off"))
    rows = session.execute(text(f"{how} {compiled}".replace(":", "\\:")))
    return "\n".join(str(row[-1]) for row in rows) + "\n"


def test_a_healthy_host_does_not_clear_another(alerts_database: Database) -> None:
    """State by check alone showed the one host's critical as cleared, and hid it in the latest."""
    with alerts_database.session() as session:
        record(session, [status("crit", 0, host="a"), status("ok", 1, host="b")])
    with alerts_database.reading() as session:
        (active,) = statuses(session, asked(active=True)).statuses
        assert active.series.tags["host"] == "a"
        assert len(statuses(session, asked(latest_only=True)).statuses) == 2
        assert counts(session, asked()) == Counts(total=2, matching=2, active=1, cleared=1)


def test_a_recovered_series_is_not_active_though_its_good_statuses_are_not_asked_for(
    alerts_database: Database,
) -> None:
    with alerts_database.session() as session:
        record(session, [status("crit", 0), status("ok", 1)])
    with alerts_database.reading() as session:
        bad = frozenset({"crit"})
        assert statuses(session, asked(active=True, levels=bad)).statuses == []
        assert len(statuses(session, asked(active=False, levels=bad)).statuses) == 1


def test_another_organisation_sees_none_of_it(alerts_database: Database) -> None:
    with alerts_database.session() as session:
        record(session, [status("crit"), status("ok", organisation="other")])
    with alerts_database.reading() as session:
        (mine,) = statuses(session, Filter("other")).statuses
        assert mine.level == "ok"
        assert check_names(session, "other") == ["load"]
        assert check_names(session, "nobody") == []


@pytest.mark.parametrize("hostile", ["%", "_", "' OR 1=1 --", "\\", '"'])
def test_no_text_of_a_filter_is_a_pattern_or_code(alerts_database: Database, hostile: str) -> None:
    with alerts_database.session() as session:
        record(session, [status("crit")])
    with alerts_database.reading() as session:
        for wanted in (
            asked(check_name=hostile),
            asked(first_word=hostile),
            asked(check_id=hostile),
            asked(tags={"host": hostile, hostile: "a"}),
        ):
            assert statuses(session, wanted).statuses == []


def test_a_wrong_cursor_and_a_wrong_limit_are_refused(alerts_database: Database) -> None:
    with alerts_database.reading() as session:
        for cursor in ("x", "1", "1.2.3", "1.x"):
            with pytest.raises(BadCursor):
                statuses(session, asked(), cursor=cursor)
        for limit in (0, 1001):
            with pytest.raises(ValueError, match="limit"):
                statuses(session, asked(), limit=limit)


@pytest.mark.proof
@pytest.mark.timeout(1200)
def test_a_million_statuses_are_listed_at_once(alerts_database: Database) -> None:
    fill(alerts_database, 1_000_000, hosts=100)
    with alerts_database.reading() as session:
        for name, (wanted, _, index) in LISTS.items():
            times = []
            for _ in range(5):
                session.expunge_all()
                before = time.perf_counter()
                statuses(session, wanted, limit=100)
                times.append(time.perf_counter() - before)
            print(f"{name:20} {min(times) * 1000:7.1f} ms")
            assert min(times) <= (0.05 if name == "everything" else 0.15), name
            assert name == "everything" or index
