"""Which rights are needed of our token, and who needs each: assets, commands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from influx_pipelines.settings import Settings

READ, WRITE = ("read",), ("write",)
BOTH = (*READ, *WRITE)
Action = Literal["read", "write"]


class Need(NamedTuple):
    """A type of resource, what has to be done with it, and who does.

    `bucket` narrows it to one; assets have a `/` in their names, commands begin with `influx-`.
    """

    resource: str
    actions: tuple[str, ...]
    who: tuple[str, ...]
    bucket: str = ""


PLAN = "influx-pipelines plan"
APPLY = "influx-pipelines apply"

NEEDS = (
    Need("orgs", READ, ("influx/server", PLAN, APPLY)),
    Need("buckets", BOTH, ("influx/buckets", "influx/dbrp_mappings", "influx/bucket_profile")),
    Need("authorizations", BOTH, ("influx/tokens", "influx/token_report")),
    Need("secrets", BOTH, ("influx/secrets",)),
    Need("labels", BOTH, ("influx/labels",)),
    Need("tasks", BOTH, ("influx/tasks", "influx/task_runs", "influx/task_backfill")),
    Need("checks", BOTH, ("influx/monitoring_checks", "influx-pipelines checks")),
    Need("notificationEndpoints", BOTH, ("influx/notification_endpoints",)),
    Need("notificationRules", BOTH, ("influx/notification_rules",)),
    Need("dashboards", BOTH, ("influx/dashboards",)),
    Need("variables", BOTH, ("influx/variables",)),
    Need("telegrafs", BOTH, ("influx/telegraf_configs",)),
)


def needs_of_data(settings: Settings) -> Iterator[Need]:
    """The buckets that points are written to, as the settings name them."""
    writers = {
        settings.host_bucket: ("hosts/metrics",),
        settings.weather_bucket: ("weather/current", "weather/history"),
        settings.ci_bucket: ("ci/jobs",),
        "dagster": ("ci/dagster_runs",),
    }
    for name, who in writers.items():
        yield Need("buckets", WRITE, who, name)
