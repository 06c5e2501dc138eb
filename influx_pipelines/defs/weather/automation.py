"""When the weather is taken, and when gaps of its history are filled."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import dagster as dg

from influx_pipelines.defs.automation import schedule_status, without_quality
from influx_pipelines.defs.ranges import RANGE_END, RANGE_START
from influx_pipelines.defs.weather.checks import RECENT
from influx_pipelines.resources import EstateResource, InfluxDBResource, failures_explained
from influx_pipelines.sources.weather.days import due_days, stored_days, stretches
from influx_pipelines.sources.weather.locations import load_locations

MISSING_ONLY = {"ops": {"weather__history": {"config": {"missing_only": True}}}}
MOST_RUNS = 12  # of one tick; older days wait for the next one


@dg.schedule(
    name="weather_every_half_hour",
    target=without_quality(["weather", "current"], RECENT),
    cron_schedule="*/30 * * * *",
    execution_timezone="UTC",
    default_status=schedule_status(),
    description="The newest observation of each place, every half hour.",
)
def weather_every_half_hour(estate: EstateResource) -> dg.RunRequest | dg.SkipReason:
    """Ask for the present weather, where the network may be used."""
    if not estate.settings().network:
        return dg.SkipReason("INFLUX_PIPELINES_NETWORK is false.")
    return dg.RunRequest()


@dg.schedule(
    name="weather_history_gaps",
    target=dg.AssetSelection.assets(["weather", "history"]),
    cron_schedule="10 */6 * * *",
    execution_timezone="UTC",
    default_status=schedule_status(),
    description="Fetches the days that a place has not, a run for each stretch of them, and from "
    "the archive those that came from the forecast service before.",
)
def weather_history_gaps(
    influx: InfluxDBResource, estate: EstateResource
) -> list[dg.RunRequest] | dg.SkipReason:
    """Ask for the days that are due for any place, the newest ones first."""
    settings = estate.settings()
    if not settings.network:
        return dg.SkipReason("INFLUX_PIPELINES_NETWORK is false.")
    today = datetime.now(UTC).date()
    first, last = settings.weather_since, today - timedelta(days=1)
    try:
        with influx.client() as client, failures_explained():
            stored = stored_days(client, settings.weather_bucket, first, last)
            due = due_days(load_locations(estate.path()), stored, first, last, today)
    except dg.Failure as error:
        return dg.SkipReason(f"What is on the server could not be told: {error.description}")
    found = stretches(sorted({day for days in due.values() for day in days}))
    if not found:
        return dg.SkipReason("Every place has all of its days.")
    return [_request(*ends) for ends in reversed(found[-MOST_RUNS:])]


def _request(first: date, last: date) -> dg.RunRequest:
    tags = {RANGE_START: first.isoformat(), RANGE_END: last.isoformat()}
    return dg.RunRequest(tags=tags, run_config=MISSING_ONLY)
