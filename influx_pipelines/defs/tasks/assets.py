"""The declared tasks, and the history of their runs, as assets."""

import dagster as dg

from influx_pipelines import metadata
from influx_pipelines.defs.applied import applied_asset
from influx_pipelines.defs.policies import managed_asset
from influx_pipelines.defs.runbooks import check_spec
from influx_pipelines.estate import taskruns
from influx_pipelines.resources import InfluxDBResource

ALL_COPIED = check_spec(
    "all_copied",
    asset=["influx", "task_runs"],
    description="Every finished run that the server still has is in the bucket task_runs.",
)

tasks = applied_asset(
    "task",
    "tasks",
    group="tasks",
    deps=["buckets"],
    description="The declared tasks of InfluxDB, rendered from their templates and compiled, after "
    "the server was brought to what the estate's files say.",
)


@managed_asset(
    key=["influx", "task_runs"],
    group_name="tasks",
    code_version="2",
    deps=[["influx", "buckets"], ["influx", "tasks"]],
    check_specs=[ALL_COPIED],
)
def task_runs(influx: InfluxDBResource) -> dg.MaterializeResult:
    """The finished runs of all tasks with their logs, kept after the server has dropped them."""
    with influx.client() as client:
        found = taskruns.copy_runs(client)
        without = taskruns.uncopied(found, taskruns.listed(client, taskruns.BUCKET))
    return dg.MaterializeResult(
        metadata={
            "summary": f"{len(found)} finished runs kept",
            "runs": len(found),
            "by_task": metadata.table(taskruns.by_task(found)),
        },
        check_results=[
            dg.AssetCheckResult(
                check_name=ALL_COPIED.name,
                passed=not without,
                metadata={"runs": len(found), "without_copy": len(without)},
            )
        ],
    )
