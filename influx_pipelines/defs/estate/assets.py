"""An asset for each kind that is a list in the estate's files."""

from influx_pipelines.defs.applied import applied_asset

GROUP = "estate"

variables = applied_asset(
    "variable",
    "variables",
    group=GROUP,
    deps=["buckets"],
    description="The declared variables of dashboards, after the server was brought to what the "
    "estate's files say.",
)
dashboards = applied_asset(
    "dashboard",
    "dashboards",
    group=GROUP,
    deps=["variables"],
    description="The declared dashboards with their cells and views, after the server was brought "
    "to what the estate's files say.",
)
