"""The settings of the weather, and whether anything outside is asked at all."""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, Field, SecretStr

from influx_pipelines.settings.definitions import DefinitionSettings
from influx_pipelines.settings.names import Address, ours


class WeatherSettings(DefinitionSettings):
    """Who tells the weather, and where it goes."""

    network: bool = Field(
        True,
        validation_alias=ours("NETWORK"),
        description="Whether services outside are asked; without it `run` shows a sample.",
    )
    weather_provider: Literal["auto", "openweathermap", "open-meteo"] = Field(
        "auto",
        validation_alias=ours("WEATHER_PROVIDER"),
        description="Who tells the present weather: `openweathermap`, `open-meteo`, or the first "
        "where its key is set. History is always Open-Meteo's.",
    )
    weather_bucket: str = Field(
        "WeatherAPI",
        validation_alias=ours("WEATHER_BUCKET"),
        description="Bucket for the weather.",
    )
    weather_calls: int = Field(
        5000,
        ge=1,
        validation_alias=ours("WEATHER_CALLS"),
        description="Calls of a day to each weather service, counted as the service does.",
    )
    openweather_url: Address = Field(
        "https://api.openweathermap.org/data/2.5",
        validation_alias=AliasChoices("OPENWEATHER_URL"),
        description="Address of OpenWeatherMap, or of a proxy for it.",
    )
    openweather_key: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("OPENWEATHER_API_KEY"),
        description="Key of OpenWeatherMap.",
    )
    open_meteo_url: Address = Field(
        "https://api.open-meteo.com/v1",
        validation_alias=AliasChoices("OPEN_METEO_URL"),
        description="Address of Open-Meteo, or of a proxy for it and its archive.",
    )
    open_meteo_archive_url: Address | None = Field(
        None,
        validation_alias=AliasChoices("OPEN_METEO_ARCHIVE_URL"),
        description="Address of its archive. Unset: `OPEN_METEO_URL` where that is set, else "
        "`https://archive-api.open-meteo.com/v1`.",
    )
