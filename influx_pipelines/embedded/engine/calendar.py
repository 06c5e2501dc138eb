"""Months and windows on the calendar."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import date

from influx_pipelines.embedded.engine.errors import FluxError, not_supported, too_much
from influx_pipelines.embedded.engine.values import MAX_TIME, MIN_TIME, Time
from influx_pipelines.embedded.engine.zones import Zone
from influx_pipelines.flux.calendar import months_later
from influx_pipelines.flux.durations import Duration

DAY = 86_400_000_000_000
_EPOCH = date(1970, 1, 1).toordinal()
MAX_WINDOWS = 2_000_000
UTC = Zone()
Bounds = tuple[int, int]


def add_months(time: int, months: int) -> int:
    """The same day so many months later, or the last day of that month."""
    days, rest = divmod(time, DAY)
    try:
        moved = months_later(date.fromordinal(_EPOCH + days), months)
    except ValueError:
        raise not_supported("a time beyond the calendar") from None
    return (moved.toordinal() - _EPOCH) * DAY + rest


def add_duration(time: int, duration: Duration) -> Time:
    """A time so much later, months first, held to what a time can be."""
    moved = add_months(time, duration.months) if duration.months else time
    return Time(max(MIN_TIME, min(moved + duration.nanoseconds, MAX_TIME)))


def _month_index(time: int) -> int:
    day = date.fromordinal(_EPOCH + time // DAY)
    return (day.year - 1970) * 12 + day.month - 1


def _within_month(time: int) -> tuple[int, int]:
    return date.fromordinal(_EPOCH + time // DAY).day, time % DAY


def truncate(time: int, every: Duration, offset: Duration, zone: Zone = UTC) -> int:
    """The start of the window that holds a time; windows stand on the epoch."""
    windows = Windows(every, every, offset, zone)
    return windows.bounds(windows.latest(time))[0]


class Windows:
    """Windows that begin every so often and last for a period, numbered from the epoch.

    Raises:
        FluxError: `every` is not positive, or mixes months and nanoseconds.
    """

    def __init__(
        self, every: Duration, period: Duration, offset: Duration, zone: Zone = UTC
    ) -> None:
        if every.months < 0 or every.nanoseconds < 0 or every == Duration():
            raise FluxError("duration used as an interval must be positive")
        if every.months and every.nanoseconds:
            raise FluxError("duration used as an interval cannot mix month and nanosecond units")
        if period.months < 0 or period.nanoseconds < 0:
            raise not_supported("a negative period")
        self.every, self.period, self.zone = every, period, zone
        self.zero = add_duration(add_duration(0, -zone.offset), offset)

    def latest(self, time: int) -> int:
        """The number of the last window that begins at or before a time."""
        clock = self.zone.clock(time)
        if not self.every.months:
            return (clock - self.zero) // self.every.nanoseconds
        months = _month_index(clock) - _month_index(self.zero)
        return (months - (_within_month(clock) < _within_month(self.zero))) // self.every.months

    def bounds(self, number: int) -> Bounds:
        """Start and stop of a window."""
        every = Duration(self.every.months * number, self.every.nanoseconds * number)
        start = add_duration(self.zero, every)
        return self.zone.time(start), self.zone.time(add_duration(start, self.period))

    def over(self, first: int, stop: int) -> list[Bounds]:
        """All windows that overlap [first, stop), in order.

        Raises:
            FluxError: more than this server was made for.
        """
        self._check_number(stop - first)
        found = []
        number = self.latest(stop)
        while (window := self.bounds(number))[1] > first:
            if window[0] < min(stop, window[1]):
                found.append(window)
            number -= 1
        return found[::-1]

    def around(self, times: Sequence[int]) -> Iterator[Bounds]:
        """The windows that hold one of these times, in order; a long gap costs nothing."""
        self._check_number(0)
        place, done = 0, None
        while place < len(times):
            time = times[place]
            number = last = self.latest(time)
            found = []
            while (window := self.bounds(number))[1] > time and (done is None or number > done):
                found.append(window)
                number -= 1
            yield from reversed(found)
            done = last if done is None else max(last, done)
            place = bisect_left(times, self.bounds(last + 1)[0], place + 1)

    def _check_number(self, span: int) -> None:
        every = self.every.nanoseconds or self.every.months * 28 * DAY
        period = self.period.nanoseconds + self.period.months * 31 * DAY
        if (span + period) // every > MAX_WINDOWS:
            raise too_much(f"a query with more than {MAX_WINDOWS} windows")
