"""Open-Meteo: the present weather and past days, from its forecast and its archive; needs no key.

Source of parameters and limits: open-meteo.com/en/docs, …/en/docs/historical-weather-api, and
…/en/pricing. Without a key it answers 10,000 calls a day, one at a time; a call over more than two
weeks or ten variables counts as several. The archive (since 1940) lags up to a week behind; the
forecast service has the last 92 days, too.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from math import ceil
from typing import Any

from pydantic import BaseModel, Field

from influx_pipelines.sources.errors import BadAnswer
from influx_pipelines.sources.http import Http
from influx_pipelines.sources.weather.answer import (
    Amount,
    Celsius,
    Code,
    Direction,
    Felt,
    Hectopascal,
    Percent,
    Sight,
    Speed,
    Unix,
    observed_at,
    parsed,
)
from influx_pipelines.sources.weather.calendar import DAY, midnight
from influx_pipelines.sources.weather.locations import Location
from influx_pipelines.sources.weather.measurement import Observation, whole
from influx_pipelines.sources.weather.wmo import weather_of

SERVICE = "Open-Meteo"
HOUR = 3_600
UNITS = {"wind_speed_unit": "ms", "timeformat": "unixtime", "timezone": "GMT"}
WATER = 10 / 7  # millimetres of water in a centimetre of snow, by their documentation

# Variable → the unit that we ask for.
VARIABLES = {
    "temperature_2m": "°C",
    "apparent_temperature": "°C",
    "relative_humidity_2m": "%",
    "pressure_msl": "hPa",
    "wind_speed_10m": "m/s",
    "wind_direction_10m": "°",
    "wind_gusts_10m": "m/s",
    "cloud_cover": "%",
    "rain": "mm",
    "snowfall": "cm",
    "weather_code": "wmo code",
}
CURRENT = {**VARIABLES, "visibility": "m"}  # which the archive has not


class _Now(BaseModel):
    time: Unix
    interval: int = Field(ge=60, le=HOUR)  # seconds
    temperature_2m: Celsius | None
    apparent_temperature: Felt | None
    relative_humidity_2m: Percent | None
    pressure_msl: Hectopascal | None
    wind_speed_10m: Speed | None
    wind_direction_10m: Direction | None
    wind_gusts_10m: Speed | None
    cloud_cover: Percent | None
    rain: Amount | None
    snowfall: Amount | None
    weather_code: Code | None
    visibility: Sight | None


class _Hours(BaseModel):
    time: list[Unix]
    temperature_2m: list[Celsius | None]
    apparent_temperature: list[Felt | None]
    relative_humidity_2m: list[Percent | None]
    pressure_msl: list[Hectopascal | None]
    wind_speed_10m: list[Speed | None]
    wind_direction_10m: list[Direction | None]
    wind_gusts_10m: list[Speed | None]
    cloud_cover: list[Percent | None]
    rain: list[Amount | None]
    snowfall: list[Amount | None]
    weather_code: list[Code | None]


class _Current(BaseModel):
    current_units: dict[str, str]
    current: _Now


class _Hourly(BaseModel):
    hourly_units: dict[str, str]
    hourly: _Hours


class OpenMeteo:
    """The service at the addresses of two clients: forecast, and archive."""

    source = SERVICE

    def __init__(self, forecast: Http, archive: Http) -> None:
        self._forecast, self._archive = forecast, archive

    def current(self, location: Location) -> Observation:
        """The present weather of a place, of the last quarter of an hour.

        Raises:
            SourceError: there is none, and why.
        """
        asked = {**_place(location), "current": ",".join(CURRENT)}
        told = self._forecast.json("forecast", asked, cost=_cost(1, len(CURRENT)))
        return parse_current(told, datetime.now(UTC))

    def hours(self, location: Location, first: date, last: date, origin: str) -> list[Observation]:
        """The hours of some days that have passed and are known, with one request.

        Args:
            location: the place.
            first: day, in UTC.
            last: day, the last one with its hours.
            origin: `archive` or `forecast`.

        Raises:
            SourceError: there are none, and why.
        """
        archive = origin == "archive"
        asked = {
            **_place(location),
            "start_date": first.isoformat(),
            "end_date": last.isoformat(),
            "hourly": ",".join(VARIABLES),
        }
        cost = _cost((last - first).days + 1, len(VARIABLES))
        http, path = (self._archive, "archive") if archive else (self._forecast, "forecast")
        told = http.json(path, asked, cost=cost)
        return parse_hours(told, first, last, origin, datetime.now(UTC))


def _place(location: Location) -> dict[str, Any]:
    return {"latitude": location.latitude, "longitude": location.longitude, **UNITS}


def _cost(days: int, variables: int) -> int:
    """What the service counts a call as."""
    return ceil(max(variables / 10, 1.0) * max(days / 14, 1.0))


def parse_current(told: Any, now: datetime) -> Observation:
    """An answer as an observation.

    Raises:
        BadAnswer: it is not of the documented shape, or the temperature is not known.
    """
    found = parsed(told, _Current, SERVICE)
    _check_units(found.current_units, CURRENT)
    values = found.current.model_dump()
    if values["temperature_2m"] is None:
        raise BadAnswer(f"{SERVICE} does not know the temperature: current.temperature_2m is null")
    per_hour = HOUR / values["interval"]
    return _observation(values, observed_at(values["time"], SERVICE, now), per_hour)


def parse_hours(
    told: Any, first: date, last: date, origin: str, now: datetime
) -> list[Observation]:
    """The hours of an answer that have passed and have a temperature.

    Raises:
        BadAnswer: it is not of the documented shape.
    """
    found = parsed(told, _Hourly, SERVICE)
    _check_units(found.hourly_units, VARIABLES)
    columns: dict[str, list[Any]] = found.hourly.model_dump()
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) != 1:
        raise BadAnswer(f"{SERVICE} answered with columns of several lengths: {lengths}")
    begin, end = midnight(first).timestamp(), midnight(last + DAY).timestamp()
    times = columns["time"]
    strange = any(time % HOUR or not begin <= time < end for time in times)
    if strange or len(set(times)) != len(times):
        raise BadAnswer(f"{SERVICE} answered with other times than the hours of {first} to {last}")
    rows = (
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    )
    return [
        _observation(row, datetime.fromtimestamp(row["time"], UTC), 1.0, origin)
        for row in rows
        if row["time"] <= now.timestamp() and row["temperature_2m"] is not None
    ]


def _check_units(told: dict[str, str], asked: dict[str, str]) -> None:
    expected = {"time": "unixtime", **asked}
    for name, unit in expected.items():
        if told.get(name) != unit:
            raise BadAnswer(f"{SERVICE} answered {name} in {told.get(name)!r}, not in {unit!r}")


def _observation(
    values: dict[str, Any], time: datetime, per_hour: float, origin: str | None = None
) -> Observation:
    """One row of variables; rain and snow are of an interval of which an hour has `per_hour`."""
    rain, snow = values["rain"], values["snowfall"]
    return Observation(
        time=time,
        weather_main=weather_of(values["weather_code"]),
        temperature=values["temperature_2m"],
        feels_like=values["apparent_temperature"],
        pressure=whole(values["pressure_msl"]),
        humidity=whole(values["relative_humidity_2m"]),
        wind_speed=values["wind_speed_10m"],
        wind_deg=whole(values["wind_direction_10m"]),
        wind_gust=values["wind_gusts_10m"],
        cloudiness=whole(values["cloud_cover"]),
        visibility=values.get("visibility"),
        rain=None if rain is None else round(rain * per_hour, 3),
        snow=None if snow is None else round(snow * WATER * per_hour, 3),
        origin=origin,
    )
