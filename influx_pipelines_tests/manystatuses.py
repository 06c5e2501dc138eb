"""A table of very many statuses, put in without the store."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy import insert, text

from influx_pipelines.alerts.database import Database
from influx_pipelines.alerts.models import AlertCheck, AlertSeries, AlertStatus, AlertTag
from influx_pipelines_tests.alerts import MINUTE, START

NAMES = ("CPU", "MEMORY", "DISK USAGE", "SERVICES")
CHECKS = 20
SHARES = {"ok": 0.9, "info": 0.06, "warn": 0.03, "crit": 0.0095, "unknown": 0.0005}


def fill(database: Database, count: int, hosts: int) -> None:
    """So many statuses of 20 checks on so many hosts, a run of all checks a minute."""
    dice = random.Random(1)
    series = [_series(check, host, hosts) for check in range(CHECKS) for host in range(hosts)]
    statuses = _statuses(series, count, dice)
    with database.session() as session:
        session.execute(insert(AlertCheck), [_check(number) for number in range(CHECKS)])
        session.execute(insert(AlertSeries), series)
        tags = [
            {"series_id": one["id"], "name": "host", "value": one["tags"]["host"]} for one in series
        ]
        session.execute(insert(AlertTag), tags)
        while rows := list(islice(statuses, 10_000)):
            session.execute(insert(AlertStatus), rows)
        session.bulk_update_mappings(AlertSeries.__mapper__, series)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _check(number: int) -> dict[str, Any]:
    return {
        "organisation": "test",
        "check_id": f"{number:016x}",
        "name": f"{NAMES[number % 4]} CHECK {number}",
        "type": "threshold",
        "seen_at": datetime.now(UTC),
    }


def _series(check: int, host: int, hosts: int) -> dict[str, Any]:
    known = _check(check)
    return {
        "id": check * hosts + host + 1,
        "organisation": "test",
        "check_id": known["check_id"],
        "series_key": f"{check}-{host}",
        "check_name": known["name"],
        "check_type": "threshold",
        "source_measurement": "cpu",
        "tags": {"host": f"h{host}"},
        "guessed": False,
        "level": "ok",
        "newest_id": None,
        "newest_time": 0,
        "newest_source": 0,
    }


def _statuses(
    series: list[dict[str, Any]], count: int, dice: random.Random
) -> Iterator[dict[str, Any]]:
    levels = dice.choices(list(SHARES), list(SHARES.values()), k=count)
    for number, level in enumerate(levels):
        one = series[number % len(series)]
        time = START + number // len(series) * MINUTE
        one.update(level=level, newest_id=number + 1, newest_time=time)
        yield {
            "id": number + 1,
            "series_id": one["id"],
            "check_id": one["check_id"],
            "level": level,
            "status_time": time,
            "message": f"{level}: {one['check_name']}",
            "fields": {"usage": 1.5},
            "raw": {"host": one["tags"]["host"], "usage": 1.5},
            "origin": "reconcile",
            "first_seen_at": datetime.now(UTC),
        }
