"""The measurement of the weather, in the names and types of the system that wrote it before.

That system took the types of its fields from the JSON of OpenWeatherMap: pressure, humidity, wind
direction and clouds arrive as whole numbers there and became integers, the others floats. A field
keeps its type within a shard, whatever the source, so each number is written as the type that the
series has: the four rounded, a whole temperature as a float. (1.5 % of its points were lost to
temperatures that happened to be whole.)
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from influx_pipelines.influx.measurement import Field, Measurement, Tag

HISTORY = "Open-Meteo history"
SAMPLE = "Sample"


class ExternalWeather(Measurement, name="External Weather Conditions", precision="s"):
    """Weather at a place, at the time when it was observed."""

    source = Tag("OpenWeatherMap, Open-Meteo, or Open-Meteo history for whole past days.")
    location = Tag("Name of the place, as estate/locations.yaml has it.")
    weather_main = Field(str, "", "Group of the weather: Clear, Clouds, Rain, Snow, …")
    temperature = Field(float, "°C", "Air, two metres above ground.")
    feels_like = Field(float, "°C", "What it feels like with wind and humidity.")
    temp_min = Field(float, "°C", "Lowest in the city at this moment.")
    temp_max = Field(float, "°C", "Highest in the city at this moment.")
    pressure = Field(int, "hPa", "Reduced to sea level.")
    humidity = Field(int, "%", "Relative.")
    wind_speed = Field(float, "m/s", "Ten metres above ground.")
    wind_deg = Field(int, "°", "Where the wind comes from.")
    wind_gust = Field(float, "m/s", "Gusts.")
    cloudiness = Field(int, "%", "Of the sky.")
    visibility = Field(float, "m", "How far one sees; OpenWeatherMap says 10 km at most.")
    rain = Field(float, "mm/h", "Rain.")
    snow = Field(float, "mm/h", "Snow, as the water in it.")
    origin = Field(str, "", "Of history: `forecast` until the `archive` has the day.")


@dataclass(frozen=True, slots=True)
class Observation:
    """The weather at one moment, in the units of `ExternalWeather`; None is not known."""

    time: datetime
    temperature: float
    weather_main: str | None = None
    feels_like: float | None = None
    temp_min: float | None = None
    temp_max: float | None = None
    pressure: int | None = None
    humidity: int | None = None
    wind_speed: float | None = None
    wind_deg: int | None = None
    wind_gust: float | None = None
    cloudiness: int | None = None
    visibility: float | None = None
    rain: float | None = None
    snow: float | None = None
    origin: str | None = None

    def row(self, source: str, location: str) -> dict[str, Any]:
        """The observation as a row of the measurement."""
        return {"source": source, "location": location, **asdict(self)}


def whole(value: float | None) -> int | None:
    """A number for a field of integers."""
    return None if value is None else round(value)
