"""A writer of statuses for a process of its own, which a test kills."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence

from sqlalchemy.exc import DBAPIError

from influx_pipelines.alerts.database import Database
from influx_pipelines.alerts.statuses import Status
from influx_pipelines.alerts.store import record


def write_all(url: str, given: Sequence[Status], seed: int) -> None:
    """A writer with the statuses in an order of its own; it goes on when the database is gone."""
    dice = random.Random(seed)
    mine = list(given)
    dice.shuffle(mine)
    database = Database(url)
    while mine:
        some = mine[: dice.randint(1, 4)]
        try:
            with database.session() as session:
                record(session, some)
        except DBAPIError:
            time.sleep(0.01)
            continue
        mine = mine[len(some) :]
