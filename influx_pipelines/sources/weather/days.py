"""Which days of a place's history are on the server, and which are still to be fetched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from influx_pipelines.influx.client import Influx
from influx_pipelines.sources.weather.calendar import DAY, midnight
from influx_pipelines.sources.weather.locations import Location
from influx_pipelines.sources.weather.measurement import HISTORY, ExternalWeather

HOURS = 24
LAG = 7  # days that the archive may be behind; until then they come from the forecast service
MOST_DAYS = 366  # of one request
NEAR = 14  # days between two gaps below which one request is cheaper than two
COUNTS = """
from(bucket: params.bucket)
    |> range(start: params.start, stop: params.stop)
    |> filter(fn: (r) => r._measurement == params.measurement and r.source == params.source)
    |> filter(fn: (r) => r._field == "origin")
    |> duplicate(column: "_value", as: "origin")
    |> group(columns: ["location", "origin"])
    |> aggregateWindow(every: 1d, fn: count, createEmpty: false, timeSrc: "_start")
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """Hours of a day on the server, and how many of them came from the forecast service."""

    hours: int = 0
    forecast: int = 0

    def is_gap(self) -> bool:
        """Whether hours are missing."""
        return self.hours < HOURS

    def is_due(self, day: date, today: date) -> bool:
        """Whether the day is to be fetched: hours are missing, or the archive has them now."""
        return self.is_gap() or (self.forecast > 0 and not is_recent(day, today))


Days = Mapping[str, Mapping[date, Stored]]


def is_recent(day: date, today: date) -> bool:
    """Whether the archive may not have the day yet."""
    return (today - day).days <= LAG


def stored_days(client: Influx, bucket: str, first: date, last: date) -> Days:
    """Place → day → what is on the server: the watermark of each place is kept by its points.

    Raises:
        InfluxError: the query failed.
    """
    if last < first:
        return {}
    asked = {
        "bucket": bucket,
        "start": midnight(first),
        "stop": midnight(last + DAY),
        "measurement": ExternalWeather.name,
        "source": HISTORY,
    }
    counts: dict[str, dict[date, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for row in client.query(COUNTS, asked).rows():
        counts[str(row["location"])][row["_time"].date()][str(row["origin"])] = int(row["_value"])
    return {
        name: {day: Stored(sum(c.values()), c.get("forecast", 0)) for day, c in days.items()}
        for name, days in counts.items()
    }


def days_of(location: Location, first: date, last: date) -> list[date]:
    """The days from first to last that belong to the history of a place."""
    if location.since is None:
        return []
    begin = max(first, location.since)
    return [begin + n * DAY for n in range((last - begin).days + 1)]


def due_days(
    locations: Iterable[Location], stored: Days, first: date, last: date, today: date
) -> dict[Location, list[date]]:
    """Place → days that are to be fetched; places that have all are left out."""
    found = {
        location: [
            day
            for day in days_of(location, first, last)
            if stored.get(location.name, {}).get(day, Stored()).is_due(day, today)
        ]
        for location in locations
    }
    return {location: days for location, days in found.items() if days}


def gaps(
    locations: Iterable[Location], stored: Days, first: date, last: date
) -> dict[str, list[tuple[date, date]]]:
    """Place → stretches of days with missing hours."""
    found: dict[str, list[tuple[date, date]]] = {}
    for location in locations:
        known = stored.get(location.name, {})
        days = [d for d in days_of(location, first, last) if known.get(d, Stored()).is_gap()]
        if days:
            found[location.name] = stretches(days, near=1, most=len(days))
    return found


def stretches(
    days: Sequence[date], *, near: int = NEAR, most: int = MOST_DAYS
) -> list[tuple[date, date]]:
    """Ascending days as first and last of stretches, those of a small distance joined."""
    found: list[tuple[date, date]] = []
    for day in days:
        if found and (day - found[-1][1]).days <= near and (day - found[-1][0]).days < most:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found
