"""When CI jobs are fetched, and how a pass goes on that met GitHub's limit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import dagster as dg

from influx_pipelines.defs.automation import schedule_status, sensor_status
from influx_pipelines.defs.ci.checks import JOBS, RUNS
from influx_pipelines.defs.ranges import RANGE_END, RANGE_START, UNFINISHED
from influx_pipelines.resources import EstateResource, failures_explained
from influx_pipelines.sources.ci.declared import wanted_repositories
from influx_pipelines.sources.ci.passing import open_store

# A run may be re-run for 30 days, and its day then has a new attempt.
LOOK_BACK = timedelta(days=30)
LONGEST_PASS = "21600"  # seconds; what is done until then is kept, and the next pass goes on
WHAT_CHANGED = {"ops": {"ci_pass": {"config": {"rewrite": False}}}}


@dg.schedule(
    name="ci_hourly",
    target=dg.AssetSelection.assets(RUNS, JOBS),
    cron_schedule="42 * * * *",
    execution_timezone="UTC",
    default_status=schedule_status(),
    description="What changed in the CI runs of the last 30 days, in one run every hour.",
)
def ci_hourly(estate: EstateResource) -> dg.RunRequest | dg.SkipReason:
    """Ask for the last 30 days, where a repository is named and the network may be used."""
    try:
        settings = estate.settings()
        with failures_explained():
            wanted = wanted_repositories(estate.path(), settings.ci_repositories)
    except dg.Failure as error:
        return dg.SkipReason(str(error.description))
    if not settings.network:
        return dg.SkipReason("INFLUX_PIPELINES_NETWORK is false.")
    if not wanted:
        return dg.SkipReason("No repository is named in estate/ci.yaml or CI_REPOSITORIES.")
    today = datetime.now(UTC).date()
    return _request(today - LOOK_BACK, today)


@dg.sensor(
    name="ci_goes_on",
    target=dg.AssetSelection.assets(RUNS, JOBS),
    minimum_interval_seconds=60,
    default_status=sensor_status(),
    description="Goes on with the days that GitHub's limit kept back, when it is lifted.",
)
def ci_goes_on(
    context: dg.SensorEvaluationContext, estate: EstateResource
) -> dg.RunRequest | dg.SkipReason:
    """Ask for the days that are left; once an hour, should that fail."""
    try:
        with failures_explained():
            left = open_store(estate.settings()).resume()
    except (dg.Failure, OSError) as error:
        return dg.SkipReason(f"The store cannot be read: {error}")
    if not left:
        return dg.SkipReason("No pass met GitHub's limit.")
    now = datetime.now(UTC)
    if datetime.fromisoformat(left["at"]) > now:
        return dg.SkipReason(f"GitHub's limit is lifted at {left['at']}.")
    if _in_flight(context.instance):
        return dg.SkipReason("A pass is under way.")
    return _request(left["first"], left["last"], f"{left['at']}/{now:%Y-%m-%dT%H}")


def _request(first: object, last: object, run_key: str | None = None) -> dg.RunRequest:
    tags = {RANGE_START: str(first), RANGE_END: str(last), "dagster/max_runtime": LONGEST_PASS}
    return dg.RunRequest(run_key=run_key, tags=tags, run_config=WHAT_CHANGED)


def _in_flight(instance: dg.DagsterInstance) -> bool:
    runs = instance.get_runs(dg.RunsFilter(statuses=UNFINISHED))
    return any({RUNS, JOBS} & set(run.asset_selection or ()) for run in runs)
