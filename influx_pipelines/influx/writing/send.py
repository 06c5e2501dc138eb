"""A few requests in flight: bounded memory, order where it matters, nothing left behind."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from influx_pipelines.influx.errors import InfluxError
from influx_pipelines.influx.lineprotocol import UnwritableError
from influx_pipelines.influx.writing.chunk import Chunk
from influx_pipelines.influx.writing.repeats import Trail
from influx_pipelines.influx.writing.result import WriteResult

Storing = Callable[[Chunk], WriteResult]


@dataclass
class Sent:
    """A chunk on its way."""

    outcome: Future[WriteResult]
    trail: Trail | None

    def is_in_the_way_of(self, trail: Trail | None) -> bool:
        """Whether it may hold a point that the trail has too, and is not stored yet."""
        if self.trail is None or trail is None or self.outcome.done():
            return False
        return trail.meets(self.trail)


class Sender:
    """Sends the chunks of one write."""

    def __init__(self, store: Storing, in_flight: int) -> None:
        if in_flight < 1:
            raise ValueError(f"in_flight is {in_flight}: at least one request is in flight")
        self._store = store
        self._in_flight = in_flight
        self._pool = ThreadPoolExecutor(in_flight, thread_name_prefix="influx-write")
        self._stopped = threading.Event()
        self._sent: deque[Sent] = deque()
        self.total = WriteResult()

    def send(self, chunks: Iterable[Chunk]) -> WriteResult:
        """Send all chunks; returns when the server has answered for each.

        Raises:
            InfluxError: a chunk failed for good; nothing was sent after it, and what was in
                flight was awaited. `result` counts what is stored.
            Exception: what making a chunk raised, after the same.
        """
        try:
            with self._pool:
                try:
                    for chunk in chunks:
                        self._add(chunk)
                    while self._sent:
                        self._settle()
                except BaseException:
                    self._stopped.set()
                    raise
        except BaseException as error:
            self._tell(error)
            raise
        return self.total

    def _add(self, chunk: Chunk) -> None:
        self.total.skipped += chunk.skipped
        if not len(chunk.rows):
            return
        trail = chunk.trail
        while len(self._sent) > self._in_flight or any(
            sent.outcome.done() or sent.is_in_the_way_of(trail) for sent in self._sent
        ):
            self._settle()
        self._sent.append(Sent(self._submit(chunk), trail))

    def _submit(self, chunk: Chunk) -> Future[WriteResult]:
        try:
            return self._pool.submit(self._run, chunk)
        except RuntimeError:  # the interpreter is ending and starts no threads any more
            outcome: Future[WriteResult] = Future()
            outcome.set_result(self._run(chunk))
            return outcome

    def _run(self, chunk: Chunk) -> WriteResult:
        if self._stopped.is_set():
            return WriteResult()
        try:
            return self._store(chunk)
        except BaseException:
            self._stopped.set()
            raise

    def _settle(self) -> None:
        """Count in the oldest chunk, when it is stored.

        Raises:
            InfluxError: it is not.
        """
        self.total.add(self._sent.popleft().outcome.result())

    def _tell(self, error: BaseException) -> None:
        """Count in what was stored, and say it in the error."""
        for sent in self._sent:
            if sent.outcome.exception() is None:
                self.total.add(sent.outcome.result())
            else:
                self._add_partly(sent.outcome.exception())
        self._add_partly(error)
        if isinstance(error, InfluxError | UnwritableError):
            error.result = self.total
            stored = self.total.points
            error.args = (
                f"{error} Until then {stored} points of this write were stored; nothing was sent "
                "after that, and to write all of it again is harmless.",
                *error.args[1:],
            )

    def _add_partly(self, error: BaseException | None) -> None:
        if isinstance(error, InfluxError) and error.result is not None:
            self.total.add(error.result)
