"""Payloads of the webhook into the table: those that arrive together are one transaction.

A commit costs more than a row, so one thread writes and takes along all that came meanwhile. A
request is answered when its row is committed, not before.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from concurrent.futures import Future
from typing import Any, NamedTuple

from sqlalchemy.exc import DatabaseError

from influx_pipelines.alerts.database import Database
from influx_pipelines.alerts.knowledge import Known, known_columns
from influx_pipelines.alerts.statuses import BadStatus, Status
from influx_pipelines.alerts.store import record
from influx_pipelines.alerts.webhook import parse
from influx_pipelines.api.problems import Busy

AT_ONCE = 200
WAITING = 2_000
ANSWER_SECONDS = 10.0
LEARN_SECONDS = 5.0


class Waiting(NamedTuple):
    """A payload and whoever waits for it."""

    payload: dict[str, Any]
    answer: Future[None]


class Recorder:
    """The one thread that writes what the webhook gets."""

    def __init__(self, database: Database, organisation: str) -> None:
        self.database = database
        self.organisation = organisation
        self._waiting: queue.Queue[Waiting | None] = queue.Queue(WAITING)
        self._thread = threading.Thread(target=self._work, name="recorder", daemon=True)
        self._known: Known | None = None
        self._learn_at = 0.0

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, and end."""
        self._waiting.put(None)
        self._thread.join(ANSWER_SECONDS)

    @property
    def is_alive(self) -> bool:
        """Whether somebody writes."""
        return self._thread.is_alive()

    async def record(self, payload: dict[str, Any]) -> None:
        """Return when the status is in the table.

        Raises:
            BadStatus: the payload is no status.
            SQLAlchemyError: the database is down.
            Busy: too many are waiting, or this one did for too long; it may be stored later.
        """
        answer: Future[None] = Future()
        try:
            self._waiting.put_nowait(Waiting(payload, answer))
        except queue.Full:
            raise Busy("too many alerts are waiting to be stored") from None
        try:
            await asyncio.wait_for(asyncio.wrap_future(answer), ANSWER_SECONDS)
        except TimeoutError:
            raise Busy("the database of the alerts did not answer in time") from None

    def _work(self) -> None:
        while (first := self._waiting.get()) is not None:
            batch, last = self._taken(first)
            self._store(batch)
            if last:
                return

    def _taken(self, first: Waiting) -> tuple[list[Waiting], bool]:
        """All that came meanwhile and was not given up, and whether it is the end."""
        batch: list[Waiting | None] = [first]
        while len(batch) < AT_ONCE and batch[-1]:
            try:
                batch.append(self._waiting.get_nowait())
            except queue.Empty:
                break
        asked = [one for one in batch if one and one.answer.set_running_or_notify_cancel()]
        return asked, batch[-1] is None

    def _store(self, batch: list[Waiting]) -> None:
        """Commit a batch; a status that the database refuses does not take the others along."""
        try:
            known = self._columns()
            statuses = [(one, status) for one in batch if (status := _parsed(one, known))]
            self._commit([status for _, status in statuses])
        except Exception as error:
            alone = len(batch) > 1 and isinstance(error, DatabaseError) and _is_of_data(error)
            for one in batch:
                if alone:
                    self._store([one])
                elif not one.answer.done():
                    one.answer.set_exception(error)
            return
        for one, _ in statuses:
            one.answer.set_result(None)

    def _commit(self, statuses: list[Status]) -> None:
        if statuses:
            with self.database.session() as session:
                record(session, statuses)

    def _columns(self) -> Known:
        """What is known of the checks; the reconcile learns more now and then."""
        if self._known is None:
            self.database.migrate()  # it may have been away when the API started
        if self._known is None or time.monotonic() >= self._learn_at:
            with self.database.reading() as session:
                self._known = known_columns(session, self.organisation)
            self._learn_at = time.monotonic() + LEARN_SECONDS
        return self._known


def _parsed(one: Waiting, known: Known) -> Status | None:
    """The payload as a status; whoever waits is told when it is none."""
    try:
        return parse(one.payload, known)
    except BadStatus as error:
        one.answer.set_exception(error)
        return None


def _is_of_data(error: DatabaseError) -> bool:
    """Whether the database refused what was sent, rather than being away or busy."""
    return type(error).__name__ in ("DataError", "IntegrityError", "ProgrammingError")
