"""The declared tokens, and a report of all tokens of the organisation."""

from datetime import UTC, datetime

import dagster as dg

from influx_pipelines import metadata
from influx_pipelines.defs.access import checks
from influx_pipelines.defs.applied import applied_asset
from influx_pipelines.defs.policies import managed_asset
from influx_pipelines.estate.tokens.report import report, silent_buckets
from influx_pipelines.resources import EstateResource, InfluxDBResource

GROUP = "access"

tokens = applied_asset(
    "token",
    "tokens",
    group=GROUP,
    deps=["buckets"],
    description="The declared API tokens: made with their secrets published, replaced when they "
    "are old or their rights or buckets changed, and the old ones deleted after their grace.",
    judges=[(checks.SECRETS_PRIVATE, checks.secrets_private)],
)


@managed_asset(
    key=["influx", "token_report"],
    group_name=GROUP,
    code_version="1",
    deps=[["influx", "tokens"]],
    check_specs=[checks.BUCKETS_EXIST],
)
def token_report(influx: InfluxDBResource, estate: EstateResource) -> dg.MaterializeResult:
    """All tokens of the organization: undeclared, operator, for a bucket gone or without points."""
    declared = estate.load()
    with influx.client() as client:
        listed, buckets = client.tokens(), client.buckets()
        silent = silent_buckets(client, listed, buckets, datetime.now(UTC))
        records = estate.ledger(client).tokens
    rows = report(listed, buckets, records, declared.of("tokens"), silent)
    remarkable = [row.row() for row in rows if row.remarks]
    return dg.MaterializeResult(
        metadata={
            "summary": f"{len(rows)} tokens, {len(remarkable)} to look at",
            "tokens": len(rows),
            "operator": sum(row.reach == "operator" for row in rows),
            "to_look_at": metadata.table(remarkable, empty="none"),
            "all": metadata.table([row.row() for row in rows], empty="none"),
        },
        check_results=[checks.buckets_exist(rows)],
    )
