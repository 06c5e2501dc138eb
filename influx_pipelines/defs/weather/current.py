"""The present weather, and a sample of it for a machine without network."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg

from influx_pipelines import metadata
from influx_pipelines.defs.policies import managed_asset
from influx_pipelines.defs.ranges import raise_for
from influx_pipelines.defs.weather import checks, pictures
from influx_pipelines.resources import EstateResource, InfluxDBResource, failures_explained
from influx_pipelines.settings import Settings
from influx_pipelines.sources.weather.current import (
    Asked,
    ask,
    check_bucket,
    newest_observations,
    write_observations,
)
from influx_pipelines.sources.weather.locations import Location, load_locations
from influx_pipelines.sources.weather.provider import current_provider
from influx_pipelines.sources.weather.sample import BUCKET, write_sample

# One caller to the services at a time: Open-Meteo answers an address one call after the other.
POOL = "weather"
PICTURED = timedelta(days=1)
LABEL = "SAMPLE, made up: "


@managed_asset(
    key=["weather", "current"],
    group_name="weather",
    code_version="1",
    pool=POOL,
    deps=[["influx", "buckets"]],
    check_specs=[checks.RECENT],
)
def current(
    influx: InfluxDBResource, estate: EstateResource
) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
    """The newest observation of each declared place, from the service that the settings choose."""
    with failures_explained():
        locations = load_locations(estate.path())
    yield from observed(influx, estate.settings(), locations)


def observed(
    influx: InfluxDBResource, settings: Settings, locations: Sequence[Location]
) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
    """Ask for the present weather of places, write it, and judge its age by `recent`."""
    now = datetime.now(UTC)
    with failures_explained():
        with influx.client() as client:
            check_bucket(client, settings.weather_bucket)
        with current_provider(settings) as provider:
            asked = list(ask(provider, locations))
    with influx.client() as client:
        written = write_observations(client, settings.weather_bucket, asked)
        newest = newest_observations(client, settings.weather_bucket, now)
        plots = pictures.plots(client, settings.weather_bucket, now - PICTURED, now)
    yield checks.recent([location.name for location in locations], newest, now)
    failed = {one.location.name: one.error for one in asked if one.error is not None}
    raise_for(failed, len(asked), "places")
    yield dg.MaterializeResult(
        metadata={
            "summary": f"{written.points} places, from {asked[0].source}" if asked else "no place",
            "points": written.points,
            "bucket": settings.weather_bucket,
            "observations": _table(asked),
            **plots,
        }
    )


def _table(asked: list[Asked]) -> dg.MetadataValue:
    rows = [one.observation.row(one.source, one.location.name) for one in asked if one.observation]
    return metadata.table(rows, empty="no place is declared in estate/locations.yaml")


@managed_asset(
    key=["weather", "sample"],
    group_name="weather",
    code_version="1",
    deps=[["influx", "buckets"]],
    check_specs=[checks.SAMPLE_IS_APART],
)
def sample(influx: InfluxDBResource, estate: EstateResource) -> dg.MaterializeResult:
    """Made-up weather in a bucket of its own, only on a server that this project started."""
    bucket = estate.settings().weather_bucket
    now = datetime.now(UTC)
    with influx.client() as client:
        apart = checks.sample_is_apart(client, bucket)
        if not influx.connection().ours:
            text = "nothing: this project did not start the server"
            return dg.MaterializeResult(metadata={"summary": text}, check_results=[apart])
        with failures_explained():
            locations = load_locations(estate.path())
        written = write_sample(client, locations, now)
        plots = pictures.plots(client, BUCKET, now - PICTURED, now, label=LABEL)
    return dg.MaterializeResult(
        metadata={
            "summary": f"{written.points} points of a sample, made up",
            "points": written.points,
            "bucket": BUCKET,
            **plots,
        },
        check_results=[apart],
    )
