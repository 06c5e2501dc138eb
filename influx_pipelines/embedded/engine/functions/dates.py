"""Times: `date`, `now`, `today`, and `experimental.addDuration` with its kin."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from influx_pipelines.embedded.engine.calendar import DAY, add_duration, truncate
from influx_pipelines.embedded.engine.context import Run
from influx_pipelines.embedded.engine.errors import FluxError, not_supported, null_error
from influx_pipelines.embedded.engine.registry import PACKAGES, builtin, package
from influx_pipelines.embedded.engine.values import MAX_TIME, MIN_TIME, Time, bounded
from influx_pipelines.flux.durations import NS, Duration

Moment = Time | Duration
Location = dict[str, Any]
_EPOCH = date(1970, 1, 1).toordinal()
_PARTS: dict[str, Callable[[date, int], int]] = {
    "year": lambda day, _: day.year,
    "quarter": lambda day, _: (day.month + 2) // 3,
    "month": lambda day, _: day.month,
    "week": lambda day, _: day.isocalendar().week,
    "monthDay": lambda day, _: day.day,
    "yearDay": lambda day, _: day.timetuple().tm_yday,
    "weekDay": lambda day, _: day.isoweekday() % 7,
    "hour": lambda _, rest: rest // NS["h"],
    "minute": lambda _, rest: rest // NS["m"] % 60,
}
_FRACTIONS = {
    "second": (NS["s"], 60),
    "millisecond": (NS["ms"], 1_000),
    "microsecond": (NS["us"], 1_000_000),
    "nanosecond": (NS["ns"], 1_000_000_000),
}
_DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split()
_MONTHS = (
    "January February March April May June July August September October November December".split()
)


def _time(run: Run, t: Moment | None) -> Time:
    """A time, or a duration relative to now."""
    if t is None:
        raise null_error("panic")
    return t if isinstance(t, Time) else _later(run.now(), t)


def _later(time: Time, length: Duration) -> Time:
    found = add_duration(time, length)
    if found in (MIN_TIME, MAX_TIME):
        raise not_supported("a time beyond 64 bits")  # the real one wraps around
    return found


def _clock(run: Run, t: Moment | None, location: Location | None) -> Time:
    zone = run.zone(location)
    return add_duration(zone.clock(_time(run, t)), zone.offset)


def _part(part: Callable[[date, int], int]) -> Callable[..., int]:
    def call(t: Moment, *, run: Run, location: Location | None = None) -> int:
        days, rest = divmod(_clock(run, t, location), DAY)
        return part(date.fromordinal(_EPOCH + days), rest)

    return call


def _fraction(unit: int, size: int) -> Callable[..., int]:
    def call(t: Moment, *, run: Run) -> int:
        return int(_time(run, t)) // unit % size

    return call


for _name, _rule in _PARTS.items():
    builtin(f"date.{_name}", strict=True)(_part(_rule))
for _name, (_unit, _size) in _FRACTIONS.items():
    builtin(f"date.{_name}", strict=True)(_fraction(_unit, _size))
package("date").members.update({name: i for i, name in enumerate(_DAYS)})
package("date").members.update({name: i for i, name in enumerate(_MONTHS, 1)})
PACKAGES["universe"].members["location"] = {"zone": "UTC", "offset": Duration()}


@builtin("now")
def now(*, run: Run) -> Time:
    """The time at which the run began."""
    return run.started


@builtin("today")
def today(*, run: Run) -> Time:
    """The beginning of the day."""
    return truncate_(run.now(), Duration(0, DAY), run=run)


@builtin("date.time", strict=True)
def time(t: Moment, *, run: Run, location: Location | None = None) -> Time:
    """What clocks show at a time, which in UTC is the time itself."""
    return _clock(run, t, location)


def _moved(run: Run, t: Moment, d: Duration, location: Location | None) -> Time:
    """So much later, for somebody who takes the time for what clocks show."""
    zone = run.zone(location)
    clock = zone.clock(_later(_time(run, t), zone.offset))
    return _later(Time(zone.time(_later(Time(clock), d))), -zone.offset)


@builtin("experimental.addDuration", strict=True)
@builtin("date.add", strict=True)
def add(d: Duration, to: Moment, *, run: Run, location: Location | None = None) -> Time:
    """So much later."""
    return _moved(run, to, d, location)


@builtin("experimental.subDuration", strict=True)
@builtin("date.sub", strict=True)
def subtract(d: Duration, from_: Moment, *, run: Run, location: Location | None = None) -> Time:
    """So much earlier."""
    return _moved(run, from_, -d, location)


@builtin("date.scale", strict=True)
def scale(d: Duration, n: int) -> Duration:
    """So many times as long."""
    return bounded(Duration(d.months * n, d.nanoseconds * n))


@builtin("date.truncate", strict=True)
def truncate_(t: Moment, unit: Duration, *, run: Run, location: Location | None = None) -> Time:
    """The start of the unit that holds the time."""
    if unit == Duration() or unit.months < 0 or unit.nanoseconds < 0:
        raise FluxError("duration used as an interval must be positive")
    if unit.months and unit.nanoseconds:
        raise FluxError("duration used as an interval cannot mix month and nanosecond units")
    return Time(truncate(_time(run, t), unit, Duration(), run.zone(location)))
