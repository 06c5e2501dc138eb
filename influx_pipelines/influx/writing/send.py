"""A few requests in flight: bounded memory, order where it matters, nothing left behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
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

    def repeats(self, trail: Trail | None) -> bool:
        """Whether it may hold a point that a later chunk has too."""
        return self.trail is not None and trail is not None and trail.meets(self.trail)


class Sender:
    """Sends the chunks of one write."""

    def __init__(self, store: Storing, in_flight: int) -> None:
        if in_flight < 1:
            raise ValueError(f"in_flight is {in_flight}: at least one request is in flight")
        self._store = store
        self._in_flight = in_flight
        self._pool = ThreadPoolExecutor(in_flight, thread_name_prefix="influx-write")
        self._stopped = threading.Event()
        self._sent: list[Sent] = []
        self.total = WriteResult()

    def send(self, chunks: Iterable[Chunk]) -> WriteResult:
        """Send all chunks; returns when the server has answered for each.

        Raises:
            InfluxError: a chunk failed for good; nothing was sent after it, and what was in
                flight was awaited. `result` counts what is stored.
            Exception: what making a chunk raised, after the same.
        """
        with self._pool:
            try:
                for chunk in chunks:
                    self._add(chunk)
                while self._sent:
                    self._wait_for(self._outcomes())
            except BaseException as error:
                self._stopped.set()
                wait(self._outcomes())
                self._tell(error)
                raise
        return self.total

    def _add(self, chunk: Chunk) -> None:
        self.total.skipped += chunk.skipped
        if not len(chunk.rows):
            return
        while blocking := self._in_the_way_of(chunk):
            self._wait_for(blocking)
        self._sent.append(Sent(self._submit(chunk), chunk.trail))

    def _in_the_way_of(self, chunk: Chunk) -> list[Future[WriteResult]]:
        """What has to be stored before the chunk is sent."""
        self._collect()
        if len(self._sent) > self._in_flight:  # one waits for each that is through
            return self._outcomes()
        return [sent.outcome for sent in self._sent if sent.repeats(chunk.trail)]

    def _outcomes(self) -> list[Future[WriteResult]]:
        return [sent.outcome for sent in self._sent]

    def _wait_for(self, outcomes: list[Future[WriteResult]]) -> None:
        """Wait until one of them is there, and count it in."""
        wait(outcomes, return_when=FIRST_COMPLETED)
        self._collect()

    def _collect(self) -> None:
        """Count in the chunks that are stored.

        Raises:
            InfluxError: one failed.
        """
        for sent in [sent for sent in self._sent if sent.outcome.done()]:
            self._sent.remove(sent)
            self.total.add(sent.outcome.result())

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
            if self.total.requests:
                error.args = (f"{str(error).rstrip('.')}. {self._stored()}", *error.args[1:])

    def _stored(self) -> str:
        count = self.total.points or "No"
        return (
            f"{count} points of this write were stored before; nothing was sent after it, and to "
            "write all of it again is harmless."
        )

    def _add_partly(self, error: BaseException | None) -> None:
        if isinstance(error, InfluxError) and error.result is not None:
            self.total.add(error.result)
