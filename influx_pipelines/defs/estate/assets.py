"""An asset for each kind that is a list in the estate's files, and the plan of everything."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from influx_pipelines import estate as estates
from influx_pipelines import metadata
from influx_pipelines.defs.applied import applied_asset
from influx_pipelines.defs.estate import checks
from influx_pipelines.defs.policies import managed_asset
from influx_pipelines.estate.drift import Drift, drift, remember, remembered
from influx_pipelines.estate.kinds import DECLARED
from influx_pipelines.resources import EstateResource, InfluxDBResource

GROUP = "estate"

labels = applied_asset(
    "label",
    "labels",
    group=GROUP,
    description="The declared labels, after the server was brought to what the estate's files say.",
)
secrets = applied_asset(
    "secret",
    "secrets",
    group=GROUP,
    description="The declared secrets by name, after those that were missing or have a new "
    "version were sent; a value is in no file and no metadata.",
    judges=[(checks.VALUES_CURRENT, checks.values_current)],
)
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
telegraf_configs = applied_asset(
    "telegraf_config",
    "telegraf_configs",
    group=GROUP,
    deps=["buckets"],
    description="The declared configurations of Telegraf, which agents fetch from the server.",
)
monitoring_checks = applied_asset(
    "monitoring_check",
    "monitoring_checks",
    group=GROUP,
    deps=["buckets"],
    description="The declared monitoring checks: thresholds and silences that InfluxDB watches "
    "itself and writes as statuses to its bucket _monitoring.",
)
notification_endpoints = applied_asset(
    "notification_endpoint",
    "notification_endpoints",
    group=GROUP,
    deps=["secrets", "labels"],
    description="The declared notification endpoints, where rules send statuses to; their "
    "credentials are secrets by name.",
)
notification_rules = applied_asset(
    "notification_rule",
    "notification_rules",
    group=GROUP,
    deps=["notification_endpoints"],
    description="The declared notification rules: which statuses are sent to which endpoint. What "
    "InfluxDB stores of them and ignores is named.",
)

# The asset of each kind: that of a list in the files is called as its key there.
LISTED = {kind.name: kind.key for kind in DECLARED}
SHOWN = {"bucket": "buckets", "dbrp_mapping": "dbrp_mappings", **LISTED}


@managed_asset(
    key=["influx", "plan"],
    group_name=GROUP,
    code_version="1",
    deps=[["influx", name] for name in ("buckets", *LISTED.values())],
    check_specs=[checks.NO_DRIFT],
)
def plan(
    influx: InfluxDBResource, estate: EstateResource
) -> Iterator[dg.AssetObservation | dg.MaterializeResult]:
    """What an apply would do for every kind; it changes nothing and resolves no secret.

    What differs is told with the time since when, here and as an observation of its own asset.
    """
    found, result = compared(influx, estate, "drift.json")
    for kind, name in SHOWN.items():
        yield dg.AssetObservation(
            dg.AssetKey(["influx", name]),
            metadata={"differs": metadata.table(found.of(kind), empty="nothing")},
        )
    yield result


def compared(
    influx: InfluxDBResource, estate: EstateResource, file: str
) -> tuple[Drift, dg.MaterializeResult]:
    """Compare the server with a declaration, judged by `no_drift`.

    Args:
        influx: the server.
        estate: the declaration.
        file: where in the home folder it is kept since when things differ.
    """
    declared, path = estate.load(), estate.settings().home / file
    with influx.client() as client:
        planned = estates.plan(declared, estates.observe(client), estate.ledger(client))
        planned = estates.judged(planned, client)
    found = drift(planned, remembered(path), datetime.now(UTC))
    remember(path, found)
    return found, dg.MaterializeResult(
        metadata={
            "summary": planned.summary(),
            "differs": metadata.table(found.rows, empty="nothing to change"),
            "found": metadata.table([finding.row() for finding in planned.findings]),
            "fingerprint": planned.fingerprint,
            **({"would_lose": metadata.names(planned.losses)} if planned.losses else {}),
        },
        check_results=[checks.no_drift(found)],
    )
