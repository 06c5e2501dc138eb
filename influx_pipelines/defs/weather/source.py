"""What is expected of the present weather as data."""

from __future__ import annotations

from datetime import timedelta

from influx_pipelines.quality.source import Limits, Shown, Source, Step
from influx_pipelines.sources.weather.measurement import ExternalWeather
from influx_pipelines.sources.weather.sample import BUCKET

# A place, whichever service tells of it; the history of the same places is hourly.
CURRENT_WEATHER = Source(
    asset=("weather", "current"),
    bucket=lambda settings: settings.weather_bucket,
    measurements=(ExternalWeather,),
    counted="temperature",
    every=timedelta(minutes=30),
    series=("location",),
    optional=True,
    sample=BUCKET,
    limits=Limits(oldest=timedelta(hours=2), rows=(12, 96)),
    steps=(
        Step(ExternalWeather, "temperature", rise=10.0, window=timedelta(hours=1)),
        Step(ExternalWeather, "pressure", rise=10.0, window=timedelta(hours=1)),
    ),
    shown=(
        Shown("Temperature", ExternalWeather, "temperature", "location", "°C"),
        Shown("Pressure", ExternalWeather, "pressure", "location", "hPa"),
    ),
)
