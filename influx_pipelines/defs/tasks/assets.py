"""The declared tasks, as an asset."""

from influx_pipelines.defs.applied import applied_asset

tasks = applied_asset(
    "task",
    "tasks",
    group="tasks",
    deps=["buckets"],
    description="The declared tasks of InfluxDB, rendered from their templates and compiled, after "
    "the server was brought to what the estate's files say.",
)
