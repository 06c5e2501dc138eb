"""Tasks run again for days that are past, when a person names them."""

from collections.abc import Iterator

import dagster as dg
from pydantic import Field

from influx_pipelines import metadata
from influx_pipelines.defs.policies import managed_asset
from influx_pipelines.estate.backfill import Backfill, Bounds, failure, summary
from influx_pipelines.estate.backfill_lane import Outcome
from influx_pipelines.resources import EstateResource, InfluxDBResource, failures_explained

KEY = ["influx", "task_backfill"]
RUNS_SUCCEEDED = dg.AssetCheckSpec(
    "runs_succeeded",
    asset=KEY,
    description="Every run that the last backfill asked for succeeded.",
)
# No InfluxDB 2 is older, and today belongs to it: what was missed this morning.
DAYS = dg.DailyPartitionsDefinition(start_date="2020-11-01", timezone="UTC", end_offset=1)


class BackfillConfig(dg.Config):
    """Which tasks; without one nothing is run."""

    tasks: list[str] = Field(default=[], description="Names of declared tasks.")
    again: bool = Field(default=False, description="Run for times whose run succeeded, too.")
    most_runs: int = Field(default=1000, gt=0, description="More than so many runs are refused.")
    most_minutes: float = Field(default=60, gt=0, description="What is left then is not run.")


@managed_asset(
    key=KEY,
    group_name="tasks",
    code_version="1",
    deps=[["influx", "tasks"]],
    partitions_def=DAYS,
    output_required=False,
    pool="influx_task_backfill",  # one day at a time, in the order in which they were asked for
    check_specs=[RUNS_SUCCEEDED],
)
def task_backfill(
    context: dg.AssetExecutionContext,
    config: BackfillConfig,
    influx: InfluxDBResource,
    estate: EstateResource,
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult | dg.AssetObservation]:
    """A day of the tasks that `tasks` names, run for each of their times; else nothing is done."""
    if not config.tasks:
        text = "nothing was run: name tasks in the configuration"
        yield dg.AssetObservation(KEY, partition=context.partition_key, metadata={"summary": text})
        yield _check([])
        return
    start, stop = context.partition_time_window
    with influx.client() as client, failures_explained():
        work = Backfill(
            client,
            estate.load().of("tasks"),
            config.tasks,
            start,
            stop,
            again=config.again,
            bounds=Bounds(config.most_runs, config.most_minutes),
        )
        context.log.info("%d runs to make, %d skipped", work.total, work.skipped)
        outcomes = list(work.run())
    told = _metadata(outcomes, work.skipped)
    if text := failure(outcomes):
        yield _check(outcomes)
        raise dg.Failure(text, metadata=told, allow_retries=False)
    yield dg.MaterializeResult(metadata=told, check_results=[_check(outcomes)])


def _metadata(outcomes: list[Outcome], skipped: int) -> dict[str, dg.MetadataValue | str | int]:
    """The runs, those that did not succeed first."""
    rows = [one.row() for one in sorted(outcomes, key=lambda one: one.succeeded)]
    return {
        "summary": summary(outcomes, skipped),
        "runs": len(outcomes),
        "skipped": skipped,
        "by_run": metadata.table(rows, empty="no run"),
    }


def _check(outcomes: list[Outcome]) -> dg.AssetCheckResult:
    bad = sum(not one.succeeded for one in outcomes)
    return dg.AssetCheckResult(
        check_name=RUNS_SUCCEEDED.name,
        passed=not bad,
        metadata={"runs": len(outcomes), "not_succeeded": bad},
    )
