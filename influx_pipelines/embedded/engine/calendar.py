"""Months and windows on the calendar."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date

from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.values import MAX_TIME, MIN_TIME, Time
from influx_pipelines.embedded.engine.zones import Zone
from influx_pipelines.flux.durations import Duration

DAY = 86_400_000_000_000
_EPOCH = date(1970, 1, 1).toordinal()
MAX_WINDOWS = 2_000_000
UTC = Zone()
Bounds = tuple[int, int]


def add_months(time: int, months: int) -> int:
    """The same day so many months later, or the last day of that month."""
    days, rest = divmod(time, DAY)
    day = date.fromordinal(_EPOCH + days)
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise FluxError("a time leaves the calendar")
    last = calendar.monthrange(year, month + 1)[1]
    moved = date(year, month + 1, min(day.day, last))
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
    clock, zero = zone.clock(time), add_duration(add_duration(0, -zone.offset), offset)
    if every.months:
        early = _within_month(clock) < _within_month(zero)
        months = _month_index(clock) - _month_index(zero) - early
        return zone.time(add_months(zero, months // every.months * every.months))
    return zone.time(clock - (clock - zero) % every.nanoseconds)


class Windows:
    """Windows that begin every so often and last for a period.

    Raises:
        FluxError: `every` or `period` is not positive, or mixes months and nanoseconds.
    """

    def __init__(self, every: Duration, period: Duration, offset: Duration) -> None:
        for name, value in (("every", every), ("period", period)):
            if value.months < 0 or value.nanoseconds < 0 or not (value.months or value.nanoseconds):
                raise FluxError(f"{name} must be a positive duration")
        if every.months and every.nanoseconds:
            raise FluxError("every cannot mix months and smaller units")
        self.every, self.period, self.offset = every, period, offset

    def starts(self, first: int, stop: int) -> Iterator[Bounds]:
        """All windows that overlap [first, stop), in order.

        Raises:
            FluxError: more than this server was made for.
        """
        self._check_number(stop - first)
        start = truncate(first, self.every, self.offset)
        while self._end(self._before(start)) > first:
            start = self._before(start)
        while start < stop:
            end = self._end(start)
            if end > first:
                yield start, end
            start = add_duration(start, self.every)

    def _check_number(self, span: int) -> None:
        every = self.every.nanoseconds or self.every.months * 28 * DAY
        period = self.period.nanoseconds + self.period.months * 31 * DAY
        if (span + period) // every > MAX_WINDOWS:
            raise FluxError(f"more than {MAX_WINDOWS} windows: take a longer every")

    def _end(self, start: int) -> int:
        return add_duration(start, self.period)

    def _before(self, start: int) -> int:
        return add_duration(start, -self.every)
