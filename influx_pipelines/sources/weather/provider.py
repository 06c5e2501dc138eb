"""Whom to ask for the present weather, as the settings say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from influx_pipelines.settings import Settings, SettingsError
from influx_pipelines.sources.budget import Budget
from influx_pipelines.sources.http import Http
from influx_pipelines.sources.weather.locations import Location
from influx_pipelines.sources.weather.measurement import Observation
from influx_pipelines.sources.weather.open_meteo import OpenMeteo
from influx_pipelines.sources.weather.openweather import OpenWeather

ARCHIVE_URL = "https://archive-api.open-meteo.com/v1"


class Provider(Protocol):
    """A service that knows the present weather of a place."""

    source: str

    def current(self, location: Location) -> Observation:
        """The newest observation of a place.

        Raises:
            SourceError: there is none, and why.
        """


@contextmanager
def current_provider(settings: Settings) -> Iterator[Provider]:
    """OpenWeatherMap where a key is set, else Open-Meteo; or the one that the settings name.

    Raises:
        SettingsError: the network is switched off, or the key is missing.
    """
    if uses_openweather(settings):
        with openweather(settings) as provider:
            yield provider
    else:
        with open_meteo(settings) as provider:
            yield provider


def uses_openweather(settings: Settings) -> bool:
    """Whether the present weather comes from OpenWeatherMap."""
    chosen = settings.weather_provider
    return chosen == "openweathermap" or (chosen == "auto" and settings.openweather_key is not None)


@contextmanager
def openweather(settings: Settings) -> Iterator[OpenWeather]:
    """OpenWeatherMap, for the length of the block.

    Raises:
        SettingsError: the network is switched off, or the key is missing.
    """
    _check_network(settings)
    if settings.openweather_key is None:
        raise SettingsError(
            "OPENWEATHER_API_KEY: missing. Set it to a key of openweathermap.org, or take "
            "INFLUX_PIPELINES_WEATHER_PROVIDER=open-meteo, which needs none."
        )
    key = {"appid": settings.openweather_key.get_secret_value().strip()}
    budget = _budget(settings, "openweathermap")
    with Http(settings.openweather_url, params=key, budget=budget) as http:
        yield OpenWeather(http)


@contextmanager
def open_meteo(settings: Settings) -> Iterator[OpenMeteo]:
    """Open-Meteo, for the length of the block.

    Raises:
        SettingsError: the network is switched off.
    """
    _check_network(settings)
    budget = _budget(settings, "open_meteo")
    with (
        Http(settings.open_meteo_url, budget=budget) as forecast,
        Http(_archive_url(settings), budget=budget) as archive,
    ):
        yield OpenMeteo(forecast, archive)


def _archive_url(settings: Settings) -> str:
    """The archive has an address of its own, but for somebody who has another one for both."""
    if settings.open_meteo_archive_url is not None:
        return settings.open_meteo_archive_url
    usual = Settings.model_fields["open_meteo_url"].default
    return ARCHIVE_URL if settings.open_meteo_url == usual else settings.open_meteo_url


def _check_network(settings: Settings) -> None:
    if not settings.network:
        raise SettingsError(
            "INFLUX_PIPELINES_NETWORK: is false, so that no service outside is asked. "
            "Set it to true to get the weather."
        )


def _budget(settings: Settings, name: str) -> Budget:
    return Budget(settings.home / "budgets" / f"{name}.json", settings.weather_calls)
