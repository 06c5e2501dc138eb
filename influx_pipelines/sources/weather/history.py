"""The hours of past days, place by place: fetched in few requests and written as they come.

The last days come from the forecast service, which has them at once; they are written again when
the archive has them. Both are points of the same series, so that the later ones take their place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from influx_pipelines.influx.client import Influx
from influx_pipelines.sources.errors import SourceError
from influx_pipelines.sources.weather.calendar import DAY
from influx_pipelines.sources.weather.days import is_recent, stretches
from influx_pipelines.sources.weather.locations import Location
from influx_pipelines.sources.weather.measurement import HISTORY, ExternalWeather, Observation


class HistoryProvider(Protocol):
    """A service that knows past hours of a place."""

    def hours(self, location: Location, first: date, last: date, origin: str) -> list[Observation]:
        """The hours of some days, from its `archive` or its `forecast`.

        Raises:
            SourceError: there are none, and why.
        """


@dataclass(frozen=True, slots=True)
class Request:
    """Days of one place that are fetched with one call."""

    location: Location
    first: date
    last: date
    origin: str

    def days(self) -> list[date]:
        """All days, from first to last."""
        return [self.first + n * DAY for n in range((self.last - self.first).days + 1)]


@dataclass(frozen=True, slots=True)
class Fetched:
    """What became of a request: hours written by day, or why there are none."""

    request: Request
    hours: Mapping[date, int] = field(default_factory=dict)
    error: SourceError | None = None


def requests_for(days: Mapping[Location, Sequence[date]], today: date) -> list[Request]:
    """The calls that bring these days: the recent ones from the forecast service."""
    found = []
    for location, wanted in days.items():
        late = [day for day in wanted if is_recent(day, today)]
        early = [day for day in wanted if not is_recent(day, today)]
        for origin, some in (("archive", early), ("forecast", late)):
            found += [Request(location, *ends, origin) for ends in stretches(some)]
    return found


def fetch_history(
    client: Influx, bucket: str, provider: HistoryProvider, requests: Sequence[Request]
) -> Iterator[Fetched]:
    """Fetch and write request by request; a service that fails does not stop the next one.

    What was written stays, so that a pass that breaks off is gone on with by another one.

    Raises:
        InfluxError: the server did not store the points.
    """
    for request in requests:
        try:
            found = provider.hours(request.location, request.first, request.last, request.origin)
        except SourceError as error:
            yield Fetched(request, error=error)
            continue
        rows = [hour.row(HISTORY, request.location.name) for hour in found]
        if rows:
            client.write(rows, bucket=bucket, measurement=ExternalWeather)
        yield Fetched(request, Counter(hour.time.date() for hour in found))
