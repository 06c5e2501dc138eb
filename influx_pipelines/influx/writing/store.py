"""One body of lines until the server has stored what it takes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from influx_pipelines.influx import answers
from influx_pipelines.influx.errors import InfluxError
from influx_pipelines.influx.retry import retrying
from influx_pipelines.influx.transport import Answer
from influx_pipelines.influx.writing import diagnosis
from influx_pipelines.influx.writing.linesplit import split
from influx_pipelines.influx.writing.result import WriteResult

if TYPE_CHECKING:
    from influx_pipelines.influx.session import Session
    from influx_pipelines.influx.writing.chunk import Rows

PATH = "/api/v2/write"


@dataclass(frozen=True)
class Store:
    """Where the lines of a write go; `what` is what messages count, rows or lines."""

    influx: Session
    bucket: str
    precision: str
    what: str = "row"

    def store(self, body: bytes, rows: Rows) -> WriteResult:
        """Send lines; what the server refuses of them is dropped and counted.

        Args:
            body: one line for each row.
            rows: their numbers.

        Raises:
            InfluxError: the server refused all of it, or did not answer; its `result` counts
                what it had stored by then.
        """
        done = WriteResult(bytes=len(body))
        try:
            self._send(body, rows, done)
        except InfluxError as error:
            error.result = done
            raise
        return done

    def _send(self, body: bytes, rows: Rows, done: WriteResult) -> None:
        while len(rows):
            answer = self._post(body)
            done.requests += 1
            if answer.status == 413:
                self._send_halves(body, rows, done)
                return
            message = diagnosis.message_of(answer.body)
            bad = diagnosis.bad_lines(message, body) if answer.status == 400 else []
            if bad:  # nothing of that body is stored
                done.drop(len(bad), *(f"{self.what} {rows[line.place]}: {line}" for line in bad))
                body, rows = _without(bad, body, rows)
                continue
            partial = diagnosis.partial(message) if answer.status == 422 else None
            if partial is None:
                self._check(answer)
                done.points += len(rows)
            else:
                done.points += len(rows) - partial.dropped
                partial.count_in(done)
            return

    def _send_halves(self, body: bytes, rows: Rows, done: WriteResult) -> None:
        if len(rows) == 1:
            done.drop(1, f"{self.what} {rows[0]}: {len(body)} bytes are more than the server takes")
            return
        lines, middle = split(body), len(rows) // 2
        for part in (slice(0, middle), slice(middle, None)):
            self._send(b"".join(lines[part]), rows[part], done)

    def _post(self, body: bytes) -> Answer:
        """The answer to a body, after repeats with the same bytes."""
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        if self.influx.transport.packs:
            from isal import igzip

            body, headers["Content-Encoding"] = igzip.compress(body, 1), "gzip"
        params = {"org": self.influx.org, "bucket": self.bucket, "precision": self.precision}

        def once() -> Answer:
            answer = self.influx.transport.send(
                "POST", PATH, params=params, body=body, headers=headers
            )
            if answer.status in (408, 429) or answer.status >= 500:
                self._check(answer)
            return answer

        return retrying(once, self.influx.retry_seconds)

    def _check(self, answer: Answer) -> None:
        url = self.influx.url + PATH
        answers.value_of("POST", url, answer.status, answer.headers, answer.body)


def _without(bad: list[diagnosis.BadLine], body: bytes, rows: Rows) -> tuple[bytes, Rows]:
    """The other lines, and their rows."""
    lines, places = split(body), {line.place for line in bad}
    kept = [place for place in range(len(lines)) if place not in places]
    return b"".join(lines[place] for place in kept), [rows[place] for place in kept]
