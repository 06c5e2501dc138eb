"""Workers that are killed, a receiver that is away: every message comes, repeats are few."""

from __future__ import annotations

import multiprocessing
import operator
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from sqlalchemy import Select, func, select

from influx_pipelines.alerts.database import Database
from influx_pipelines.alerts.delivery.config import AlertsConfig
from influx_pipelines.alerts.delivery.worker import deliver_due
from influx_pipelines.alerts.instants import to_nanoseconds, utc_now
from influx_pipelines.alerts.models import Delivery, Notice
from influx_pipelines.alerts.store import record
from influx_pipelines_tests.alerts import START, status
from influx_pipelines_tests.receiver import Answer, Receiver

REPEATS = select(func.count()).where(Notice.kind == "repeat")
UNROUTED = select(func.count()).where(Notice.state == "waiting")
UNDELIVERED = select(func.count()).where(Delivery.next_try_at.is_not(None))
FORK = multiprocessing.get_context("fork")
LEASE = timedelta(seconds=2)  # a worker that lives never holds a message for so long


def _work(url: str, config: AlertsConfig) -> None:
    database = Database(url)
    while True:
        deliver_due(database, config, lease=LEASE)
        time.sleep(0.02)


class Workers:
    """Some workers at a time; one that is killed is replaced."""

    def __init__(self, url: str, config: AlertsConfig, count: int) -> None:
        self.url, self.config = url, config
        self.running = [self._start() for _ in range(count)]
        self.kills = 0

    def kill_one(self, dice: random.Random) -> None:
        place = dice.randrange(len(self.running))
        self._end(self.running[place])
        self.running[place] = self._start()
        self.kills += 1

    def end(self) -> None:
        for worker in self.running:
            self._end(worker)

    def _start(self) -> BaseProcess:
        worker = FORK.Process(target=_work, args=(self.url, self.config), daemon=True)
        worker.start()
        return worker

    def _end(self, worker: BaseProcess) -> None:
        worker.kill()
        worker.join()


@contextmanager
def _workers(url: str, config: AlertsConfig, count: int) -> Iterator[Workers]:
    workers = Workers(url, config, count)
    try:
        yield workers
    finally:
        workers.end()


def _disturbed(
    database: Database, url: str, folder: Path, *, incidents: int, kills: int, away: float
) -> None:
    """Incidents begin, last and end while workers are killed and their receiver is away."""
    dice, back_at = random.Random(kills), time.monotonic() + away

    def answer(number: int) -> Answer:
        if time.monotonic() < back_at:
            return Answer(503, retry_after="1")
        return Answer(delay=dice.uniform(0, 0.02))

    with Receiver(answer) as slack:
        (folder / "address").write_text(slack.slack)
        channel = {"name": "ops", "file": str(folder / "address")}
        config = AlertsConfig.model_validate(
            {"channels": [channel], "default": ["ops"], "repeat_every": "1s"}
        )
        _record(database, "crit", "lasting")
        with _workers(url, config, 3) as workers:
            for number in range(incidents):
                _record(database, "crit", f"h{number}")
                _record(database, "ok", f"h{number}")
                if number % (incidents // kills) == 0 and workers.kills < kills:
                    time.sleep(dice.uniform(0.05, 0.5))
                    workers.kill_one(dice)
            _wait(database, REPEATS, until=bool)
            _record(database, "ok", "lasting")
            _wait(database, UNROUTED, UNDELIVERED, until=operator.not_)
        told, ids = _told(database)
        assert len(ids) == sum(map(len, told.values())), "one an incident and interval"
        assert len(told) == incidents + 1
        assert all(kinds[0] == "opened" and kinds[-1] == "resolved" for kinds in told.values())
        assert set(slack.ids) == ids, "all of it arrived, and nothing else"
        assert sum(slack.ids.values()) - len(ids) <= workers.kills


def _record(database: Database, level: str, host: str) -> None:
    minute = (to_nanoseconds(utc_now()) - START) / 60e9
    with database.session() as session:
        record(session, [status(level, minute, host=host)])


def _told(database: Database) -> tuple[dict[int, list[str]], set[str]]:
    """What was told of each incident, in its order; and the delivery ids."""
    told: dict[int, list[str]] = {}
    with database.reading() as session:
        query = select(Notice).where(Notice.state == "routed").order_by(Notice.id)
        for notice in session.scalars(query):
            told.setdefault(notice.incident_id, []).append(notice.kind)
        return told, set(session.scalars(select(Delivery.delivery_id)))


def _wait(database: Database, *queries: Select, until: Callable[[int], bool]) -> None:
    """Wait until the sum of some counts is as it should be."""
    deadline = time.monotonic() + 300
    count = None
    while count is None or not until(count):
        assert time.monotonic() < deadline, count
        time.sleep(0.05)
        with database.reading() as session:
            count = sum(session.scalar(query) or 0 for query in queries)


def test_killed_workers_repeat_at_most_what_was_in_flight(
    alerts_database: Database, alerts_url: str, tmp_path: Path
) -> None:
    _disturbed(alerts_database, alerts_url, tmp_path, incidents=9, kills=3, away=0.3)


@pytest.mark.proof
@pytest.mark.timeout(900)
def test_very_many_killed_workers_repeat_at_most_what_was_in_flight(
    alerts_database: Database, alerts_url: str, tmp_path: Path
) -> None:
    _disturbed(alerts_database, alerts_url, tmp_path, incidents=600, kills=60, away=20)
