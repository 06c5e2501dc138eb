"""What the services tell becomes an observation, or is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from influx_pipelines.sources.errors import BadAnswer
from influx_pipelines.sources.weather.locations import Location
from influx_pipelines.sources.weather.open_meteo import CURRENT, parse_current, parse_hours
from influx_pipelines.sources.weather.openweather import parse_current as parse_openweather
from influx_pipelines.sources.weather.sample import sample
from influx_pipelines.sources.weather.wmo import weather_of
from influx_pipelines_tests.services.weather import OpenMeteo, OpenWeatherMap

NOW = datetime.now(UTC)
NAMES = ",".join(CURRENT)
PLACE = {"lat": "1.5", "lon": "103.8"}


def of_openweather() -> dict[str, Any]:
    return OpenWeatherMap().told(PLACE)


def of_open_meteo() -> dict[str, Any]:
    return OpenMeteo().current({"current": NAMES})


def test_openweathermap_gives_every_field_at_its_own_time() -> None:
    told = of_openweather()
    found = parse_openweather(told, NOW)
    assert found.time == datetime.fromtimestamp(told["dt"], UTC)
    assert (found.weather_main, found.temperature, found.feels_like) == ("Rain", 27, 30.5)
    assert (found.pressure, found.humidity, found.wind_deg, found.cloudiness) == (1009, 84, 120, 75)
    assert (found.visibility, found.rain, found.snow, found.wind_gust) == (10_000, 0.31, None, 3.6)
    assert isinstance(found.temperature, float)


def test_open_meteo_gives_the_same_fields_in_the_same_units() -> None:
    found = parse_current(of_open_meteo(), NOW)
    assert (found.weather_main, found.pressure, found.wind_deg) == ("Rain", 1013, 360)
    # 0.2 mm and 0.7 cm in a quarter of an hour; 7 cm of snow are 10 mm of water.
    assert (found.rain, found.snow) == (0.8, 4.0)


Change = Callable[[dict[str, Any]], Any]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda told: told["main"].pop("temp"), "main.temp"),
        (lambda told: told["main"].update(temp=None), "main.temp"),
        (lambda told: told["main"].update(temp="27"), "main.temp"),
        (lambda told: told["main"].update(temp=True), "main.temp"),
        (lambda told: told["main"].update(temp=float("nan")), "main.temp"),
        (lambda told: told["main"].update(temp=300.15), "main.temp"),
        (lambda told: told["main"].update(humidity=840), "main.humidity"),
        (lambda told: told.pop("wind"), "wind"),
        (lambda told: told.update(weather=[]), "weather"),
        (lambda told: told.update(dt="now"), "dt"),
        (lambda told: told.update(dt=told["dt"] * 1000), "time that cannot be"),
        (lambda told: told.update(dt=0), "time that cannot be"),
        (lambda told: told.clear(), "main: Field required"),
        (lambda told: told["main"].update(pressure=101_325), "main.pressure"),
        (lambda told: told["main"].update(feels_like=1e308), "main.feels_like"),
        (lambda told: told["wind"].update(deg=1e20), "wind.deg"),
        (lambda told: told["wind"].update(speed=-3), "wind.speed"),
    ],
)
def test_an_answer_of_another_shape_is_refused_by_name(change: Change, says: str) -> None:
    """Pascals were written; 1e20 is no integer of InfluxDB, so that no place was written at all."""
    told = of_openweather()
    change(told)
    with pytest.raises(BadAnswer, match=says):
        parse_openweather(told, NOW)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda told: told["current"].pop("temperature_2m"), "current.temperature_2m"),
        (lambda told: told["current"].update(temperature_2m=None), "temperature_2m is null"),
        (lambda told: told["current"].update(cloud_cover="all"), "current.cloud_cover"),
        (lambda told: told["current_units"].update(wind_speed_10m="km/h"), "km/h"),
        (lambda told: told["current_units"].pop("rain"), "rain in None"),
        (lambda told: told.pop("current"), "current"),
        (lambda told: told["current"].update(pressure_msl=1e300), "current.pressure_msl"),
        (lambda told: told["current"].update(interval=10**400), "current.interval"),
    ],
)
def test_open_meteo_in_another_shape_or_unit_is_refused(change: Change, says: str) -> None:
    told = of_open_meteo()
    change(told)
    with pytest.raises(BadAnswer, match=says):
        parse_current(told, NOW)


DAYS = (NOW.date() - timedelta(days=1), NOW.date())


def hours() -> dict[str, Any]:
    fake = OpenMeteo()
    names = {"hourly": ",".join(n for n in NAMES.split(",") if n != "visibility")}
    return fake.hours(names, *DAYS, archive=False)


def test_hours_that_are_not_over_or_not_known_are_left_out() -> None:
    told = hours()
    told["hourly"]["temperature_2m"][3] = None
    found = parse_hours(told, *DAYS, "forecast", NOW)
    assert len(found) == 24 + NOW.hour + 1 - 1
    assert all(hour.time <= NOW and hour.origin == "forecast" for hour in found)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda told: told["hourly"]["rain"].pop(), "several lengths"),
        (
            lambda told: told["hourly"].update(time=[t + 60 for t in told["hourly"]["time"]]),
            "times",
        ),
        (lambda told: told["hourly"]["time"].__setitem__(0, 0), "other times"),
        # One hour 48 times was written as one point, and counted as 48.
        (lambda told: told["hourly"].update(time=told["hourly"]["time"][:1] * 48), "other times"),
        (lambda told: told["hourly"].pop("pressure_msl"), "hourly.pressure_msl"),
        (lambda told: told["hourly"]["rain"].__setitem__(0, "none"), "hourly.rain.0"),
    ],
)
def test_half_a_table_of_hours_is_refused(change: Change, says: str) -> None:
    told = hours()
    change(told)
    with pytest.raises(BadAnswer, match=says):
        parse_hours(told, *DAYS, "archive", NOW)


def test_codes_are_groups_and_unknown_ones_themselves() -> None:
    names = [weather_of(code) for code in (0, 3, 48, 55, 65, 77, 82, 86, 96, 19, None)]
    assert names == ["Clear", "Clouds", "Fog", "Drizzle", "Rain", "Snow", "Rain", "Snow",
                     "Thunderstorm", "WMO 19", None]  # fmt: skip


def test_the_sample_is_the_same_for_the_same_time_and_says_what_it_is() -> None:
    place = Location(name="a", latitude=50.0, longitude=10.0)
    made = sample([place], NOW)
    assert made == sample([place], NOW)
    assert len(made) == 96
    assert {one.source for one in made} == {"Sample"}
