"""Tasks run again for days that are past, when a person names them."""

import time
from collections.abc import Iterator, Mapping

import dagster as dg
from pydantic import Field

from influx_pipelines import metadata
from influx_pipelines.defs.policies import managed_asset
from influx_pipelines.defs.runbooks import check_spec
from influx_pipelines.estate.backfill import Backfill, Bounds, failure, summary
from influx_pipelines.estate.backfill_lane import Outcome
from influx_pipelines.estate.kinds.task import TaskScript
from influx_pipelines.influx.client import Influx
from influx_pipelines.resources import EstateResource, InfluxDBResource, failures_explained

KEY = ["influx", "task_backfill"]
RUNS_SUCCEEDED = check_spec(
    "runs_succeeded",
    asset=KEY,
    description="Every run that the last backfill asked for succeeded.",
)
# A run over all days plans each of them in Dagster's storage; `influx-pipelines task backfill` has
# no first day. Today belongs to it: what was missed this morning.
DAYS = dg.DailyPartitionsDefinition(start_date="2025-01-01", timezone="UTC", end_offset=1)


class BackfillConfig(dg.Config):
    """Which tasks; without one nothing is run."""

    tasks: list[str] = Field(default=[], description="Names of declared tasks.")
    again: bool = Field(default=False, description="Run for times whose run succeeded, too.")
    most_runs: int = Field(default=1000, gt=0, description="A day of more runs is refused.")
    most_minutes: float = Field(default=60, gt=0, description="What is left then is not run.")


@managed_asset(
    key=KEY,
    group_name="tasks",
    code_version="1",
    deps=[["influx", "tasks"]],
    partitions_def=DAYS,
    # All days at once, as "materialize all" may ask for, are one run that does nothing.
    backfill_policy=dg.BackfillPolicy.single_run(),
    output_required=False,
    pool="influx_task_backfill",
    check_specs=[RUNS_SUCCEEDED],
)
def task_backfill(
    context: dg.AssetExecutionContext,
    config: BackfillConfig,
    influx: InfluxDBResource,
    estate: EstateResource,
) -> Iterator[dg.AssetCheckResult | dg.AssetObservation]:
    """Days of the tasks that `tasks` names, run for each of their times; else nothing is done."""
    if not config.tasks:
        text = "nothing was run: name tasks in the configuration"
        yield dg.AssetObservation(KEY, metadata={"summary": text})
        yield _check([])
        return
    with influx.client() as client, failures_explained():
        outcomes = _run_days(context, config, client, estate.load().of("tasks"))
    yield _check(outcomes)
    if text := failure(outcomes):
        raise dg.Failure(text, metadata=_metadata(outcomes), allow_retries=False)


def _run_days(
    context: dg.AssetExecutionContext,
    config: BackfillConfig,
    client: Influx,
    declared: Mapping[str, TaskScript],
) -> list[Outcome]:
    """Day after day, each that succeeds a materialization; a task that gives up ends it."""
    outcomes: list[Outcome] = []
    deadline = time.monotonic() + 60 * config.most_minutes
    for day in context.partition_keys:
        bounds = Bounds(config.most_runs, (deadline - time.monotonic()) / 60)
        window = DAYS.time_window_for_partition_key(day)
        work = Backfill(client, declared, config.tasks, *window, again=config.again, bounds=bounds)
        made = list(work.run())
        outcomes += made
        context.log.info("%s: %s", day, summary(made, work.skipped))
        if not failure(made):
            told = {**_metadata(made, work.skipped), "skipped": work.skipped}
            context.log_event(dg.AssetMaterialization(KEY, partition=day, metadata=told))
        elif any(one.status == "not started" for one in made):
            context.log.warning("The days after %s are left.", day)
            break
    return outcomes


def _metadata(outcomes: list[Outcome], skipped: int = 0) -> dict[str, dg.MetadataValue | str | int]:
    """The runs, those that did not succeed first."""
    rows = [one.row() for one in sorted(outcomes, key=lambda one: one.succeeded)]
    return {
        "summary": summary(outcomes, skipped),
        "runs": len(outcomes),
        "by_run": metadata.table(rows, empty="no run"),
    }


def _check(outcomes: list[Outcome]) -> dg.AssetCheckResult:
    bad = sum(not one.succeeded for one in outcomes)
    return dg.AssetCheckResult(
        check_name=RUNS_SUCCEEDED.name,
        passed=not bad,
        metadata={"runs": len(outcomes), "not_succeeded": bad},
    )
