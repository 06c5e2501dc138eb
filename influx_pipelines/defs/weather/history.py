"""The hours of past days of each place, day by day."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import dagster as dg
from pydantic import Field

from influx_pipelines.defs.policies import managed_asset
from influx_pipelines.defs.ranges import days_of_run, raise_for
from influx_pipelines.defs.weather import checks, pictures
from influx_pipelines.defs.weather.current import POOL
from influx_pipelines.defs.weather.partitions import days_partitions
from influx_pipelines.influx.client import Influx
from influx_pipelines.resources import EstateResource, InfluxDBResource, failures_explained
from influx_pipelines.settings import Settings
from influx_pipelines.sources.weather.calendar import DAY, midnight
from influx_pipelines.sources.weather.current import check_bucket
from influx_pipelines.sources.weather.days import days_of, due_days, gaps, stored_days
from influx_pipelines.sources.weather.history import Fetched, fetch_history, requests_for
from influx_pipelines.sources.weather.locations import Location, load_locations
from influx_pipelines.sources.weather.provider import open_meteo


class HistoryConfig(dg.Config):
    """What is fetched."""

    missing_only: bool = Field(
        default=False,
        description="Leave out days that a place has already, as the schedule does; else every "
        "day of the run is fetched again.",
    )


@managed_asset(
    key=["weather", "history"],
    group_name="weather",
    code_version="1",
    pool=POOL,
    deps=[["influx", "buckets"]],
    partitions_def=days_partitions,
    backfill_policy=dg.BackfillPolicy.single_run(),
    output_required=False,
    check_specs=[checks.NO_GAPS],
)
def history(
    context: dg.AssetExecutionContext,
    config: HistoryConfig,
    influx: InfluxDBResource,
    estate: EstateResource,
) -> Iterator[dg.AssetCheckResult]:
    """The hours of a day for each place that has a history, from the archive of Open-Meteo."""
    settings = estate.settings()
    bucket, (first, last) = settings.weather_bucket, days_of_run(context)
    today = datetime.now(UTC).date()
    with influx.client() as client, failures_explained():
        locations = load_locations(estate.path())
        check_bucket(client, bucket)
        days = {place: found for place in locations if (found := days_of(place, first, last))}
        if config.missing_only:
            stored = stored_days(client, bucket, first, last)
            days = due_days(locations, stored, first, last, today)
        with open_meteo(settings) as provider:
            done = []
            for one in fetch_history(client, bucket, provider, requests_for(days, today)):
                context.log.info("%s: %s", _about(one), one.error or f"{len(one.hours)} days")
                done.append(one)
        _materialize(context, client, bucket, done)
        yield _no_gaps(client, settings, locations, today)
    failed = {_about(one): one.error for one in done if one.error is not None}
    raise_for(failed, len(done), "requests")


def _about(one: Fetched) -> str:
    asked = one.request
    return f"{asked.location.name}, {asked.first} to {asked.last} from the {asked.origin}"


def _materialize(
    context: dg.AssetExecutionContext, client: Influx, bucket: str, done: Sequence[Fetched]
) -> None:
    """A materialization for each day of the run that no place misses, pictures with the newest.

    Metadata of a result would be copied to each of a year's days.
    """
    first, last = days_of_run(context)
    hours: Counter[date] = Counter()
    missed: dict[date, str] = {}
    for one in done:
        hours.update(one.hours)
        missed |= {day: _about(one) for day in one.request.days() if not one.hours.get(day)}
    for key in context.partition_keys:
        day = date.fromisoformat(key)
        if day in missed:
            context.log.warning("%s has no hours: %s", day, missed[day])
            continue
        summary = "fetched" if hours[day] else "nothing to fetch"
        found: dict[str, Any] = {"summary": summary, "points": hours[day]}
        if day == last:
            ends = midnight(first), midnight(last + DAY)
            found |= pictures.plots(client, bucket, *ends, fields=["temperature"])
        event = dg.AssetMaterialization(context.asset_key, partition=key, metadata=found)
        context.log_event(event)


def _no_gaps(
    client: Influx, settings: Settings, locations: Sequence[Location], today: date
) -> dg.AssetCheckResult:
    """Judge the whole history of all places, not only the days of this run."""
    first, last = settings.weather_since, today - DAY
    stored = stored_days(client, settings.weather_bucket, first, last)
    return checks.no_gaps(gaps(locations, stored, first, last), stored)
