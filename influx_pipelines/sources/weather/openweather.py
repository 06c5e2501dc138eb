"""OpenWeatherMap, the current weather (API 2.5): one call a place, `units=metric`.

Source of the shape: openweathermap.org/current. Wind is in m/s, visibility in m, `rain.1h` and
`snow.1h` in mm/h; rain, snow, gusts and visibility are there where there is something to tell.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, Field

from influx_pipelines.sources.http import Http
from influx_pipelines.sources.weather.answer import (
    Amount,
    Celsius,
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
from influx_pipelines.sources.weather.locations import Location
from influx_pipelines.sources.weather.measurement import Observation, whole

SERVICE = "OpenWeatherMap"


class _Condition(BaseModel):
    main: str = Field(min_length=1, max_length=100, strict=True)


class _Main(BaseModel):
    temp: Celsius
    feels_like: Felt
    temp_min: Celsius
    temp_max: Celsius
    pressure: Hectopascal
    humidity: Percent


class _Wind(BaseModel):
    speed: Speed
    deg: Direction | None = None  # there is none in a calm
    gust: Speed | None = None


class _Clouds(BaseModel):
    all: Percent


class _Hour(BaseModel):
    one: Amount | None = Field(None, alias="1h")


class _Current(BaseModel):
    dt: Unix
    weather: list[_Condition] = Field(min_length=1)
    main: _Main
    wind: _Wind
    clouds: _Clouds
    visibility: Sight | None = None
    rain: _Hour | None = None
    snow: _Hour | None = None


class OpenWeather:
    """The service at the address of `http`, which carries the key."""

    source = SERVICE

    def __init__(self, http: Http) -> None:
        self._http = http

    def current(self, location: Location) -> Observation:
        """The newest observation of a place.

        Raises:
            SourceError: there is none, and why.
        """
        asked = {"lat": location.latitude, "lon": location.longitude, "units": "metric"}
        return parse_current(self._http.json("weather", asked), datetime.now(UTC))


def parse_current(told: Any, now: datetime) -> Observation:
    """An answer as an observation of its own time, `dt`.

    Raises:
        BadAnswer: it is not of the documented shape.
    """
    found = parsed(told, _Current, SERVICE)
    return Observation(
        time=observed_at(found.dt, SERVICE, now),
        weather_main=found.weather[0].main,
        temperature=found.main.temp,
        feels_like=found.main.feels_like,
        temp_min=found.main.temp_min,
        temp_max=found.main.temp_max,
        pressure=whole(found.main.pressure),
        humidity=whole(found.main.humidity),
        wind_speed=found.wind.speed,
        wind_deg=whole(found.wind.deg),
        wind_gust=found.wind.gust,
        cloudiness=whole(found.clouds.all),
        visibility=found.visibility,
        rain=found.rain.one if found.rain else None,
        snow=found.snow.one if found.snow else None,
    )
