"""One pass over all places: their newest observations, written in one request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.writing.result import WriteResult
from influx_pipelines.settings import SettingsError
from influx_pipelines.sources.errors import SourceError
from influx_pipelines.sources.weather.locations import Location
from influx_pipelines.sources.weather.measurement import HISTORY, ExternalWeather, Observation
from influx_pipelines.sources.weather.provider import Provider

LOOK_BACK = timedelta(days=30)
NEWEST = """
from(bucket: params.bucket)
    |> range(start: params.start)
    |> filter(fn: (r) => r._measurement == params.measurement and r._field == "temperature")
    |> filter(fn: (r) => r.source != params.history)
    |> last()
    |> keep(columns: ["_time", "location"])
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a service said of one place: an observation, or why there is none."""

    location: Location
    source: str
    observation: Observation | None = None
    error: SourceError | None = None


def ask(provider: Provider, locations: Iterable[Location]) -> Iterator[Asked]:
    """Ask for each place, one after the other; one that fails does not stop the others."""
    for location in locations:
        try:
            found = provider.current(location)
        except SourceError as error:
            yield Asked(location, provider.source, error=error)
        else:
            yield Asked(location, provider.source, found)


def check_bucket(client: Influx, bucket: str) -> None:
    """Look for the bucket, before any service is asked.

    Raises:
        SettingsError: there is none.
    """
    if client.find_bucket(bucket) is None:
        raise SettingsError(
            f"INFLUX_PIPELINES_WEATHER_BUCKET: there is no bucket {bucket!r}. Make the declared "
            "ones by `influx-pipelines apply` or the asset influx/buckets, or name another one."
        )


def write_observations(client: Influx, bucket: str, asked: Sequence[Asked]) -> WriteResult:
    """Write the observations; the same ones again change nothing.

    Raises:
        InfluxError: the server did not store all of them.
    """
    rows = [
        one.observation.row(one.source, one.location.name)
        for one in asked
        if one.observation is not None
    ]
    if not rows:
        return WriteResult()
    return client.write(rows, bucket=bucket, measurement=ExternalWeather)


def newest_observations(client: Influx, bucket: str, now: datetime) -> dict[str, datetime]:
    """Place → time of its newest observation of the last 30 days, from any source but history.

    Raises:
        InfluxError: the query failed.
    """
    asked = {
        "bucket": bucket,
        "start": now - LOOK_BACK,
        "measurement": ExternalWeather.name,
        "history": HISTORY,
    }
    found: dict[str, datetime] = {}
    for row in client.query(NEWEST, asked).rows():
        name = str(row["location"])
        found[name] = max(row["_time"], found.get(name, row["_time"]))
    return found
