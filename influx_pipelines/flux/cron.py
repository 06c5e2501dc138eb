"""Cron expressions as InfluxDB reads them.

Its dialect is its own: five to seven fields (seconds first, years last), days of the month *and* of
the week, names of months and days, `@daily` and the like, `@every 90m`. So are its error messages,
which show what was read so far as bits. All times are in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from influx_pipelines.flux.calendar import months_later
from influx_pipelines.flux.durations import MONTHS, NS, Duration

_YEAR_ONE = 62_135_596_800  # seconds from its beginning to the epoch
_WORDS = {
    "yearly": "0 0 1 1 *",
    "annually": "0 0 1 1 *",
    "monthly": "0 0 1 * *",
    "weekly": "0 0 * * 0",
    "daily": "0 0 * * *",
    "midnight": "0 0 * * *",
    "hourly": "0 * * * *",
    "every_minute": "* * * * *",
    "every_second": "* * * * * *",
}
_EVERY = re.compile(r"(\d+)(ms|mo|ns|[µu]s?|hr?|[ymsdw])\s*", re.IGNORECASE)
_DAYS = tuple("sun mon tue wed thu fri sat".split())
_MONTHS = tuple("- jan feb mar apr may jun jul aug sep oct nov dec".split())


class _Field(NamedTuple):
    """A field: bits of its mask, words in messages, what `*` is, last start, step and end."""

    name: str
    width: int
    word: str
    step_word: str
    star: tuple[int, int]
    last: tuple[int, int, int]
    names: tuple[str, ...] = ()
    shift: int = 0  # what is taken off a number before it is judged and stored


_FIELDS = (
    _Field("second", 64, "second", "second", (0, 59), (59, 59, 59)),
    _Field("minute", 64, "minute", "minute", (0, 59), (59, 59, 59)),
    _Field("hour", 32, "hour", "hour", (0, 23), (23, 23, 23)),
    _Field("dom", 32, "month", "day month", (0, 30), (30, 30, 31), _DAYS, 1),
    _Field("month", 16, "month", "month", (1, 12), (12, 12, 12), _MONTHS),
    _Field("dow", 8, "day of week", "day of week", (0, 6), (7, 7, 6), _DAYS),
    _Field("year", 192, "year", "year", (1970, 2099), (2099, 128, 2099)),
)
Masks = dict[str, int]
_NOTHING: Masks = dict.fromkeys((one.name for one in _FIELDS), 0)


@dataclass(slots=True)
class Cron:
    """A schedule by the calendar: what is allowed, as bits."""

    masks: Masks

    def after(self, moment: int) -> int:
        """The next time, both in seconds since the epoch.

        Raises:
            ValueError: there is none.
        """
        start = datetime.fromtimestamp(moment + 1, UTC)
        day, bound = start.date(), (start.hour, start.minute, start.second)
        while day.year < 2100 and next(self._times((0, 0, 0)), None) is not None:
            found = next(self._times(bound), None) if self._on(day) else None
            if found is not None:
                return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) + found
            day, bound = day + timedelta(days=1), (0, 0, 0)
        raise ValueError("could not fulfil schedule due to year")

    def _on(self, day: date) -> bool:
        numbers = {"month": day.month - 1, "dom": day.day - 1, "year": day.year - 1970}
        numbers["dow"] = day.isoweekday() % 7
        return all(self.masks[name] >> number & 1 for name, number in numbers.items())

    def _times(self, bound: tuple[int, int, int]) -> Iterator[int]:
        """The seconds of a day that are not before a bound."""
        for hour in self._bits("hour", bound[0]):
            low = bound[1:] if hour == bound[0] else (0, 0)
            for minute in self._bits("minute", low[0]):
                for second in self._bits("second", low[1] if minute == low[0] else 0):
                    yield hour * 3600 + minute * 60 + second

    def _bits(self, name: str, low: int) -> list[int]:
        last = 23 if name == "hour" else 59
        return [n for n in range(low, last + 1) if self.masks[name] >> n & 1]


@dataclass(slots=True)
class Every:
    """A schedule by a length of time: its multiples since the beginning of year one.

    Months and years have no such multiples: they are added to the last time.
    """

    length: Duration

    def after(self, moment: int) -> int:
        """The next time, both in seconds since the epoch.

        Raises:
            ValueError: the length is below a second, or the calendar ends before.
        """
        if self.length.months:
            start = datetime.fromtimestamp(moment, UTC)
            day = months_later(start.date(), self.length.months)
            moved = datetime.combine(day, start.timetz())
            return int(moved.timestamp()) + self.length.nanoseconds // NS["s"]
        if self.length.seconds < 1:
            raise ValueError("next time must be later than from time")
        return moment - (moment + _YEAR_ONE) % self.length.seconds + self.length.seconds


def read_cron(text: str) -> Cron | Every:
    """A cron expression.

    Raises:
        ValueError: in the words of the real server.
    """
    if found := re.match(rf"\s*@({'|'.join(sorted(_WORDS, reverse=True))})\s*", text):
        if found.end() < len(text):
            raise _lost(text, found.end() - 1)
        return read_cron(_WORDS[found[1]])
    if found := re.match(r"\s*@every\s+", text):
        return _every(text, found.end())
    parts = text.split()
    if not all(re.fullmatch(r"[0-9A-Za-z/*,-]+", part) for part in parts) or len(parts) < 5:
        raise _unreadable(text, _NOTHING)
    if len(parts) > 7:
        raise _lost(text, len(text) - 2)
    first = 1 if len(parts) == 5 else 0
    masks = {**_NOTHING, "second": first, "year": 2**128 - 1 if len(parts) < 7 else 0}
    for one, part in zip(_FIELDS[first:], parts, strict=False):
        if not _fill(masks, one, part):
            break
    if not all(bits for name, bits in masks.items() if name != "second"):
        raise _unreadable(text, masks)
    return Cron(masks)


def _every(text: str, start: int) -> Every:
    if not re.fullmatch(f"({_EVERY.pattern})+", text[start:], re.IGNORECASE):
        raise _lost(text, start - 1)
    months = nanoseconds = 0
    for number, spelled in _EVERY.findall(text, start):
        unit = spelled.lower().replace("µ", "u").replace("hr", "h").replace("us", "u")
        months += int(number) * MONTHS.get(unit, 0)
        nanoseconds += int(number) * NS.get("us" if unit == "u" else unit, 0)
    if not months and not nanoseconds:
        raise _unreadable(text, _NOTHING, every="true")
    return Every(Duration(months, nanoseconds))


def _lost(text: str, at: int) -> ValueError:
    return ValueError(f"error in parsing at char {at}, '{text[at]}'")


def _unreadable(text: str, masks: Masks, *, every: str = "false") -> ValueError:
    """The message for a text without a meaning, with the record that Go has of it by then."""
    low, high, end = (masks["year"] >> shift & 2**64 - 1 for shift in (0, 64, 128))
    record = [masks["second"], masks["minute"], low, high, masks["hour"], masks["dom"], end]
    record += [0, masks["month"], 0, masks["dow"]]
    shown = " ".join(map(str, record))
    return ValueError(f"failed to parse cron string '{text}' {{{shown} {every}}} {'1' * 12}")


def _fill(masks: Masks, one: _Field, part: str) -> bool:
    """Set the bits of a field; False at what cannot be read, where the real parser stops."""
    value = "|".join([r"\d+", *one.names])
    pattern = re.compile(rf"(?:\*|({value})(?:-({value}))?)(?:/(\d+))?", re.IGNORECASE)
    for item in part.split(","):
        found = pattern.fullmatch(item)
        if found is None:
            return False
        texts = [text.lower() for text in found.groups()[:2] if text]
        numbers = [one.names.index(t) if t in one.names else int(t) for t in texts]
        masks[one.name] |= _bits(one, numbers, found[3]) & (1 << one.width) - 1
    return True


def _bits(one: _Field, numbers: list[int], step_text: str | None) -> int:
    """The bits of `*`, a number or a range, each with a step or without."""
    start, end = one.star
    if numbers:
        start = (numbers[0] - one.shift) % 2**64
        alone = {"dow": 6, "year": start}.get(one.name, 0)
        end = (numbers[1] - one.shift) % 2**64 if len(numbers) == 2 else alone
    end = 6 if one.name == "dow" and end == 7 else end
    step = int(step_text) if step_text else len(numbers) != 1
    if step > one.last[1]:
        raise ValueError(f"invalid {one.step_word} */{step}")
    if start > one.last[0] or (one.name == "year" and start < 1970):
        raise ValueError(f"invalid start {one.word} {start}")
    if end > one.last[2]:
        shown = end if one.name in ("second", "year") else start
        raise ValueError(f"invalid end {one.word} {shown}")
    if one.name == "dow" and start > end:
        raise ValueError("invalid day of week range start must be before end")
    if one.name == "year":
        return sum(1 << (year - 1970) for year in range(start, end + 1, step or 1))
    return _stepped(one, start, end, step) if step else _alone(one, start, numbers, step_text)


def _stepped(one: _Field, start: int, end: int, step: int) -> int:
    """Every so many; days of the week are counted from Sunday, all others from the start."""
    base, last = one.star
    steps = sum(1 << number for number in range(0, last - base + 1, step))
    limit = (1 << (end + 1 - base)) - 1 if end else -1
    if one.name == "dow":
        return steps & limit & -(1 << start)
    return steps << (start - base) & limit if start >= base else 0


def _alone(one: _Field, start: int, numbers: list[int], step_text: str | None) -> int:
    """A single number; a step of zero stands for the number zero."""
    if one.name in ("month", "dow"):
        bit = start - one.star[0]
    else:
        bit = (0 if step_text else numbers[0]) - one.shift
    return 1 << bit if bit >= 0 else 0
