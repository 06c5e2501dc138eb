"""The present weather of a place."""

from collections.abc import Iterator
from typing import Literal

import dagster as dg
from pydantic import Field

from influx_pipelines.components.component import InfluxComponent, schedule
from influx_pipelines.components.scaffolding import StationScaffolder
from influx_pipelines.components.server import settings_with
from influx_pipelines.defs.policies import managed_asset
from influx_pipelines.defs.weather.checks import RECENT
from influx_pipelines.defs.weather.current import POOL, observed
from influx_pipelines.sources.weather.locations import Location


@dg.scaffold_with(StationScaffolder)
class WeatherStation(InfluxComponent):
    """The present weather of a place, every half hour, of Open-Meteo or OpenWeatherMap.

    One asset `weather_stations/<name>` with the asset check `recent`. The points are of the
    measurement `external_weather`; their bucket has to be there, as of an InfluxBucket in `deps`.
    """

    name: str = Field(description="Name of the place; value of the tag `location`.")
    latitude: float = Field(description="Degrees north.")
    longitude: float = Field(description="Degrees east.")
    bucket: str = Field(description="Bucket that gets the points.")
    provider: Literal["auto", "openweathermap", "open-meteo"] = Field(
        "auto",
        description="Who is asked: OpenWeatherMap where OPENWEATHER_API_KEY is set, else "
        "Open-Meteo; or one of them.",
    )
    group: str = Field("weather", description="Group of the asset.")
    cron: str | None = Field(
        "*/30 * * * *", description="When it is asked for, in UTC; null for no schedule."
    )

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The asset with its check, and its schedule.

        Raises:
            ValueError: it is no place on earth.
        """
        key, influx = self.key("weather_stations", self.name), self.server.resource()
        place = Location(name=self.name, latitude=self.latitude, longitude=self.longitude)

        @managed_asset(
            **self.options([RECENT], key), group_name=self.group, pool=POOL, deps=self.first()
        )
        def station() -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
            """The newest observation of the place, with plots of its last day."""
            settings = settings_with(weather_bucket=self.bucket, weather_provider=self.provider)
            yield from observed(influx, settings, [place])

        about = f"The newest observation of {self.name}."
        return dg.Definitions(
            assets=[station], schedules=schedule(key, "regularly", self.cron, about)
        )
