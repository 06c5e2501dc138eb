"""What `run` shows of the weather: the real one, or a sample that says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg

from influx_pipelines.defs.buckets.state import RANGE_END, RANGE_START
from influx_pipelines.server.connection import Connection
from influx_pipelines.settings import Settings
from influx_pipelines.sources.reachable import answers
from influx_pipelines.sources.weather.days import LAG
from influx_pipelines.sources.weather.provider import uses_openweather

CURRENT, HISTORY, SAMPLE = (
    dg.AssetKey(["weather", name]) for name in ("current", "history", "sample")
)


@dataclass(frozen=True)
class WeatherOfRun:
    """Which weather a run takes, and the sentence that says so."""

    live: bool
    sample: bool
    about: str

    @property
    def left_out(self) -> set[dg.AssetKey]:
        """The assets without partitions that are not made."""
        made = {CURRENT: self.live, SAMPLE: self.sample}
        return {key for key, is_made in made.items() if not is_made}


def weather_of(settings: Settings, connection: Connection) -> WeatherOfRun:
    """The real weather where its service answers, else a sample on a server that we started."""
    openweather = uses_openweather(settings)
    url = settings.openweather_url if openweather else settings.open_meteo_url
    host = url.partition("://")[2].rpartition("@")[2].partition("/")[0]
    if settings.network and answers(url):
        return WeatherOfRun(True, False, f"from {host}")
    why = f"{host} does not answer" if settings.network else "INFLUX_PIPELINES_NETWORK is false"
    if connection.ours:
        return WeatherOfRun(False, True, f"{why}: a made-up SAMPLE in the bucket weather_sample")
    return WeatherOfRun(False, False, f"{why}: none")


def last_week() -> dict[str, str]:
    """The tags of a run over the days that the archive may not have yet."""
    today = datetime.now(UTC).date()
    first, last = today - timedelta(days=LAG), today - timedelta(days=1)
    return {RANGE_START: first.isoformat(), RANGE_END: last.isoformat()}
