"""Writing rows: planned once, sent in batches, every refusal counted with its reason."""

from __future__ import annotations

import gzip
import re
import time as clock
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from influx_pipelines.influx import answers, lineprotocol
from influx_pipelines.influx.errors import Invalid, PartialWrite
from influx_pipelines.influx.retry import retrying

if TYPE_CHECKING:
    from influx_pipelines.influx.client import Influx

BATCH_LINES = 5_000
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass
class WriteResult:
    """What became of the rows; a skipped row had no field to write."""

    points: int = 0
    skipped: int = 0
    requests: int = 0
    bytes: int = 0
    dropped: int = 0
    reasons: list[str] = field(default_factory=list)

    def add(self, other: WriteResult) -> None:
        """Count another result in."""
        self.points += other.points
        self.skipped += other.skipped
        self.requests += other.requests
        self.bytes += other.bytes
        self.dropped += other.dropped
        self.reasons += other.reasons


@dataclass(frozen=True)
class Plan:
    """How rows become lines; names are checked and escaped once."""

    measurement: str
    tags: tuple[str, ...]
    fields: Mapping[str, type] | Sequence[str] | None
    time: str
    precision: str

    @cached_property
    def head(self) -> str:
        """The escaped name of the measurement."""
        return lineprotocol.measurement_text(self.measurement)

    @cached_property
    def tag_names(self) -> dict[str, str]:
        """Column → escaped name of each tag."""
        reserved = lineprotocol.RESERVED_TAGS
        return {name: lineprotocol.key_text("tag", name, reserved) for name in self.tags}

    def types_of(self, row: Mapping[str, Any]) -> dict[str, type | None]:
        """Column → declared type of each field of a row."""
        if isinstance(self.fields, Mapping):
            return dict(self.fields)
        if self.fields is not None:
            return dict.fromkeys(self.fields)
        other = {*self.tags, self.time}
        return {name: None for name in row if name not in other}

    def line(self, row: Mapping[str, Any], default_time: str) -> str:
        """The line of a row; empty when it has no field to write.

        Raises:
            UnwritableError: a name or a value cannot be written.
        """
        tags = {
            text: lineprotocol.tag_text(name, row.get(name))
            for name, text in self.tag_names.items()
        }
        fields = {
            lineprotocol.key_text("field", name, lineprotocol.RESERVED_FIELDS): (
                lineprotocol.field_text(name, row.get(name), declared)
            )
            for name, declared in self.types_of(row).items()
        }
        value = row.get(self.time)
        stamp = default_time if value is None else lineprotocol.time_text(value, self.precision)
        return lineprotocol.line(self.head, tags, fields, stamp)


def write(
    influx: Influx, table: Iterable[Mapping[str, Any]], bucket: str, plan: Plan
) -> WriteResult:
    """Send the rows in batches; see `Influx.write`."""
    if plan.precision not in lineprotocol.UNIT:
        raise ValueError(f"precision {plan.precision!r}: write one of ns, us, ms, s")
    result = WriteResult()
    for lines in _batches(_lines(table, plan, result)):
        _send(influx, bucket, plan.precision, lines, result)
    if result.dropped:
        raise PartialWrite(
            f"{result.dropped} points of {plan.measurement!r} were refused by bucket {bucket!r}, "
            f"{result.points} are stored: {'; '.join(result.reasons[:3])}",
            dropped=result.dropped,
            reasons=result.reasons,
        )
    return result


def _lines(table: Iterable[Mapping[str, Any]], plan: Plan, result: WriteResult) -> Iterator[str]:
    # A repeat after a lost answer must not make a second point: rows without a time get one here.
    now = str(clock.time_ns() // lineprotocol.UNIT[plan.precision])
    for number, row in enumerate(table):
        try:
            line = plan.line(row, now)
        except lineprotocol.UnwritableError as error:
            raise lineprotocol.UnwritableError(
                f"row {number} of {plan.measurement!r}: {error}"
            ) from None
        if line:
            yield line
        else:
            result.skipped += 1


def _batches(lines: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for line in lines:
        batch.append(line)
        if len(batch) == BATCH_LINES:
            yield batch
            batch = []
    if batch:
        yield batch


def _send(
    influx: Influx, bucket: str, precision: str, lines: list[str], result: WriteResult
) -> None:
    body = "\n".join(lines).encode()
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    if urlsplit(influx.url).hostname not in LOOPBACK:
        body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
    params = {"org": influx.org, "bucket": bucket, "precision": precision}

    def once() -> None:
        answer = influx.transport.send(
            "POST", "/api/v2/write", params=params, body=body, headers=headers
        )
        url = f"{influx.url}/api/v2/write"
        answers.value_of("POST", url, answer.status, answer.headers, answer.body)

    result.requests += 1
    result.bytes += len(body)
    try:
        retrying(once, influx.retry_seconds)
        result.points += len(lines)
    except Invalid as error:
        if error.status != 422:
            raise
        dropped, reason = partial(str(error))
        result.dropped += dropped
        result.points += len(lines) - dropped
        result.reasons.append(reason)


def partial(text: str) -> tuple[int, str]:
    """The dropped points and the reason of a partial write; 0 dropped means all were stored.

    Source of the form: recorded answers of 2.9.1 (`partial write: <reason> dropped=<n>…`).
    """
    match = re.search(r"partial write: (.*?) dropped=(\d+)", text, re.DOTALL)
    return (int(match[2]), match[1]) if match else (0, text)
