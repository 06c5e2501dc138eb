"""What `run` shows of the weather: the real one, or a sample that says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg

from influx_pipelines.defs.ranges import RANGE_END, RANGE_START
from influx_pipelines.server.connection import Connection
from influx_pipelines.settings import Settings
from influx_pipelines.sources.reachable import answers, host_of
from influx_pipelines.sources.weather.days import LAG
from influx_pipelines.sources.weather.provider import uses_openweather

CURRENT, HISTORY, SAMPLE = (
    dg.AssetKey(["weather", name]) for name in ("current", "history", "sample")
)


@dataclass(frozen=True)
class WeatherOfRun:
    """Which weather a run takes, and the sentence that says so."""

    live: bool
    history: bool
    sample: bool
    about: str

    @property
    def left_out(self) -> set[dg.AssetKey]:
        """The assets without partitions that are not made."""
        made = {CURRENT: self.live, SAMPLE: self.sample}
        return {key for key, is_made in made.items() if not is_made}


def weather_of(settings: Settings, connection: Connection) -> WeatherOfRun:
    """The real weather where its service answers, else a sample on a server that we started."""
    past = settings.open_meteo_url
    present = settings.openweather_url if uses_openweather(settings) else past
    if settings.network and answers(present):
        if present == past or answers(past):
            return WeatherOfRun(True, True, False, f"from {host_of(present)}")
        about = f"from {host_of(present)}, no history: {host_of(past)} does not answer"
        return WeatherOfRun(True, False, False, about)
    why = f"{host_of(present)} does not answer"
    if not settings.network:
        why = "INFLUX_PIPELINES_NETWORK is false"
    made_up = "a made-up SAMPLE in the bucket weather_sample" if connection.ours else "none"
    return WeatherOfRun(False, False, connection.ours, f"{why}: {made_up}")


def last_week() -> dict[str, str]:
    """The tags of a run over the days that the archive may not have yet."""
    today = datetime.now(UTC).date()
    first, last = today - timedelta(days=LAG), today - timedelta(days=1)
    return {RANGE_START: first.isoformat(), RANGE_END: last.isoformat()}
