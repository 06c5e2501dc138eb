"""A sample for a machine without network: made-up answers through the parsers of the real ones.

Its points have the source `Sample` and a bucket of their own: nobody takes them for weather.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import cos, pi, sin
from typing import Any

from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.writing.result import WriteResult
from influx_pipelines.sources.weather.current import Asked, write_observations
from influx_pipelines.sources.weather.locations import Location
from influx_pipelines.sources.weather.measurement import SAMPLE
from influx_pipelines.sources.weather.openweather import parse_current

BUCKET = "weather_sample"
DESCRIPTION = "Made-up weather, shown where there is no network"
RETENTION = timedelta(days=7)
STEP = timedelta(minutes=30)
LENGTH = timedelta(days=2)


def write_sample(client: Influx, locations: Sequence[Location], now: datetime) -> WriteResult:
    """Two days of a sample for each place, in its own bucket, which is made where it is not.

    Raises:
        InfluxError: the server did not store it.
    """
    if client.find_bucket(BUCKET) is None:
        seconds = round(RETENTION.total_seconds())
        client.create_bucket(BUCKET, retention_seconds=seconds, description=DESCRIPTION)
    return write_observations(client, BUCKET, sample(locations, now))


def sample(locations: Sequence[Location], now: datetime) -> list[Asked]:
    """Observations every half hour; the same for the same time, so that repeats change nothing."""
    step = STEP.total_seconds()
    last = int(now.timestamp() // step)
    times = [n * step for n in range(last - int(LENGTH / STEP) + 1, last + 1)]
    return [
        Asked(location, SAMPLE, parse_current(made_up_answer(location, int(seconds)), now))
        for location in locations
        for seconds in times
    ]


def made_up_answer(location: Location, seconds: int) -> dict[str, Any]:
    """What OpenWeatherMap might say of a place at a time; whole numbers come without a fraction."""
    time = datetime.fromtimestamp(seconds, UTC)
    day = (time.hour + time.minute / 60 + location.longitude / 15 - 14) / 24 * 2 * pi
    slow = seconds / 86_400 + location.latitude
    warmth = round(27 - abs(location.latitude) / 3 + 4 * cos(day) + 2 * sin(slow), 1)
    clouds = round(50 + 45 * sin(slow * 2.3))
    wind = round(3 + 2 * sin(slow * 3.1), 1)
    answer: dict[str, Any] = {
        "dt": seconds,
        "weather": [{"main": "Rain" if clouds > 80 else "Clouds" if clouds > 30 else "Clear"}],
        "main": {
            "temp": _number(warmth),
            "feels_like": _number(warmth - wind / 2),
            "temp_min": _number(warmth - 1),
            "temp_max": _number(warmth + 1),
            "pressure": round(1013 + 8 * sin(slow / 2)),
            "humidity": round(65 - 15 * cos(day)),
        },
        "visibility": 10_000,
        "wind": {"speed": _number(wind), "deg": round(180 + 170 * sin(slow)), "gust": wind * 1.5},
        "clouds": {"all": clouds},
    }
    if clouds > 80:
        answer["rain"] = {"1h": round((clouds - 80) / 10, 2)}
    return answer


def _number(value: float) -> float | int:
    """A whole number as the service sends it, which is without a fraction."""
    value = round(value, 1)
    return int(value) if value == int(value) else value
