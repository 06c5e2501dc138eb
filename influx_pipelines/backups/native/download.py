"""A download of one file of a backup: opened, read to its end, and begun again when it breaks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from influx_pipelines.backups.errors import BackupError, BrokenDownload
from influx_pipelines.influx import answers
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import IncompleteRead, InfluxError
from influx_pipelines.influx.retry import retrying
from influx_pipelines.influx.transport import Opened

T = TypeVar("T")

PART = 256 << 10  # bytes that are read at once
LONGEST_END = 60.0  # seconds that a thread may need to leave its file
TRIES = 3  # of one file
PATIENCE = 600.0  # seconds: a server writes its cache to disk before the first byte of a shard


class Stopped(BackupError):
    """Another download of the same backup failed, or somebody cancelled it."""


@dataclass(frozen=True)
class Downloads:
    """The downloads of one backup, on several threads.

    Attributes:
        patience: seconds between two bytes.
    """

    client: Influx
    patience: float = PATIENCE
    _stopped: threading.Event = field(default_factory=threading.Event)
    _writers: list[Opened | None] = field(default_factory=list)
    _change: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def writing(self, opened: Opened | None = None) -> Iterator[None]:
        """Whoever may write into the folder of the backup does it in such a block.

        Raises:
            Stopped: the backup was given up; the folder is about to go.
        """
        with self._change:
            if self._stopped.is_set():
                raise Stopped("The backup was given up.")
            self._writers.append(opened)
        try:
            yield
        finally:
            with self._change:
                self._writers.remove(opened)
                self._change.notify_all()

    def give_up(self) -> None:
        """End all downloads; when this returns, nobody writes into the folder any more.

        A thread that still waits for an answer to begin is left alone: it writes nothing.
        """
        with self._change:
            self._stopped.set()
            for opened in self._writers:
                if opened is not None:
                    opened.interrupt()
            self._change.wait_for(lambda: not self._writers, LONGEST_END)

    @contextmanager
    def open(self, path: str, params: Mapping[str, str] | None = None) -> Iterator[Opened]:
        """An answer that is good so far, compressed if the server likes to; a block of `writing`.

        Raises:
            InfluxError: it is an error, or none came.
            Stopped: the backup was given up.
        """
        asked = {"Accept-Encoding": "gzip"}
        transport = self.client.transport
        with transport.open(
            "GET", path, params=params, headers=asked, read_timeout=self.patience
        ) as opened:
            if opened.status >= 300:
                where = self.client.url + path
                raise answers.error_of("GET", where, opened.status, opened.headers, opened.read())
            with self.writing(opened):
                yield opened

    def chunks(self, opened: Opened) -> Iterator[bytes]:
        """The bytes of an answer as they were sent.

        Raises:
            BrokenDownload: it broke off.
        """
        try:
            for chunk in opened.chunks(PART, decode=False):
                if self._stopped.is_set():
                    raise Stopped("The backup was given up.")
                yield chunk
        except IncompleteRead as error:
            raise BrokenDownload(str(error)) from None

    def whole(self, call: Callable[[], T]) -> T:
        """Call, and begin again after a broken answer when the server answers again.

        Raises:
            BackupError: it did not come whole.
            InfluxError: no answer.
        """
        for left in reversed(range(TRIES)):
            try:
                return call()
            except (BackupError, InfluxError) as error:
                if not (left and error.retryable) or self._stopped.is_set():
                    raise
                wait = getattr(error, "retry_after", None) or 0.0
            self._stopped.wait(min(wait, self.client.retry_seconds))
            retrying(self._ask, self.client.retry_seconds)
        raise AssertionError

    def _ask(self) -> None:
        answer = self.client.transport.send("GET", "/health")
        if answer.status >= 500:
            where = f"{self.client.url}/health"
            raise answers.error_of("GET", where, answer.status, answer.headers, answer.body)


def is_packed(opened: Opened) -> bool:
    """Whether the answer came with gzip: small ones do not, whatever was asked for.

    Raises:
        BrokenDownload: it came in another encoding.
    """
    encoding = opened.headers.get("content-encoding", "identity")
    if encoding not in ("gzip", "identity"):
        raise BrokenDownload(f"The server sent an answer with {encoding}, which nobody asked for.")
    return encoding == "gzip"


@contextmanager
def broken_download(what: str) -> Iterator[None]:
    """What is broken came broken: a second try may help."""
    from influx_pipelines.backups.verify.damages import Broken

    try:
        yield
    except Broken as error:
        raise BrokenDownload(f"{what}: {error}") from None
