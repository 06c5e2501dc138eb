"""Windows of time: the same ones whenever an export is asked for again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from influx_pipelines.flux.durations import Duration, DurationError, parse_flux
from influx_pipelines.transfer.errors import TransferError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The server cuts shard groups from the beginning of year one, a Monday; Flux cuts its windows
# from the epoch, a Thursday. Both agree for anything that divides a day.
YEAR_ONE = datetime(1, 1, 1, tzinfo=UTC)
SHORTEST = timedelta(microseconds=1)
LATEST = datetime(2262, 4, 11, 23, 47, 16, 854775, tzinfo=UTC)
EARLIEST = datetime(1677, 9, 21, 0, 12, 44, tzinfo=UTC)


@dataclass(frozen=True, order=True)
class Window:
    """From `start` to before `stop`."""

    start: datetime
    stop: datetime

    def halves(self, step: timedelta) -> tuple[Window, Window] | None:
        """The window in two parts that meet at a multiple of `step`; None when it is too short."""
        middle = self.start + (self.stop - self.start) // 2
        middle -= (middle - EPOCH) % step
        if middle <= self.start:
            return None
        return Window(self.start, middle), Window(middle, self.stop)


@dataclass(frozen=True)
class Cuts:
    """Where windows end.

    Args:
        length: of a window.
        shard: length of the bucket's shard groups; zero when unknown. No window spans two of
            them: a field may have another type in each, and one query leaves the points of the
            second type out without a word (seen on 2.9.1).
        every: length of an aggregate's windows, which are never cut; zero without an aggregate.
    """

    length: timedelta
    shard: timedelta = timedelta()
    every: timedelta = timedelta()

    def __post_init__(self) -> None:
        if self.every and self.length % self.every:
            raise TransferError(
                f"A window of {self.length} is no multiple of the aggregate's {self.every}: "
                "the aggregate would be cut at its ends. Choose a window that is."
            )

    def windows(self, start: datetime, stop: datetime) -> Iterator[Window]:
        """The windows from `start` to `stop`; the first and the last may be short ones."""
        while start < stop:
            end = min(self.end_of(start), stop)
            yield Window(start, end)
            start = end

    def end_of(self, start: datetime) -> datetime:
        """Where a window that begins at this time ends, unless the export ends before."""
        origin = EPOCH if self.every else YEAR_ONE
        end = _multiple_after(start, origin, self.length)
        if self.shard:
            shard_end = _multiple_after(start, YEAR_ONE, self.shard)
            if not self.every or not (shard_end - EPOCH) % self.every:
                end = min(end, shard_end)
        return end


def _multiple_after(when: datetime, origin: datetime, length: timedelta) -> datetime:
    return when + length - (when - origin) % length


def length_of(name: str, text: str) -> timedelta:
    """A positive length such as `1d`.

    Raises:
        TransferError: it is no duration, or has calendar months, or is not positive.
    """
    length = _fixed(name, text)
    if length < SHORTEST:
        raise TransferError(f"{name} {text!r}: write a length of time like 1d or 30m")
    return length


def moment_of(name: str, text: str, now: datetime) -> datetime:
    """`-45d` (before now), `now`, a date, or an RFC 3339 time; in UTC, within the server's range.

    Raises:
        TransferError: it is none of these.
    """
    if text == "now":
        return now
    if text.startswith("-"):
        moment = now + _fixed(name, text)
    else:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise TransferError(
                f"{name} {text!r}: write a time like -45d, 2026-01-31 or 2026-01-31T12:00:00Z"
            ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(moment.astimezone(UTC), EARLIEST), LATEST)


def _fixed(name: str, text: str) -> timedelta:
    try:
        found: Duration = parse_flux(text)
        found.seconds  # noqa: B018  (refuses calendar months)
    except DurationError as error:
        raise TransferError(f"{name}: {error}") from None
    return timedelta(microseconds=found.nanoseconds // 1_000)
