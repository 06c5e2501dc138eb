"""The upgrade report: what newer versions of InfluxDB change for this estate."""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg

from influx_pipelines import metadata
from influx_pipelines.defs.policies import managed_asset
from influx_pipelines.defs.runbooks import check_spec
from influx_pipelines.resources import EstateResource, InfluxDBResource
from influx_pipelines.upgrade import Finding, look, report

NOTHING_TO_DO = check_spec(
    "nothing_to_do",
    asset=["influx", "upgrade_report"],
    description="Nothing has to be done before the server becomes a 2.9.",
)


@managed_asset(
    key=["influx", "upgrade_report"],
    group_name="server",
    code_version="1",
    deps=[["influx", "server"], ["influx", "token_report"]],
    check_specs=[NOTHING_TO_DO],
)
def upgrade_report(influx: InfluxDBResource, estate: EstateResource) -> dg.MaterializeResult:
    """What InfluxDB 2.8 and 2.9 change for this estate: tokens, fields, backups, the way back."""
    declared, settings = estate.load(), estate.settings()
    with influx.client() as client:
        facts = look(client, declared, estate.ledger(client), settings)
    findings = report(facts)
    tokens = [token.row() for token in facts.tokens or ()]
    return dg.MaterializeResult(
        metadata={
            "summary": f"{facts.text}: {_count(findings, 'do')} to do before 2.9, "
            f"{_count(findings, 'unknown')} that nobody can tell",
            "version": facts.text,
            "to_do": _count(findings, "do"),
            "unknown": _count(findings, "unknown"),
            "findings": metadata.table([one.row() for one in findings]),
            "tokens": metadata.table(tokens, empty="our token may not list them"),
        },
        check_results=[nothing_to_do(findings)],
    )


def nothing_to_do(findings: Sequence[Finding]) -> dg.AssetCheckResult:
    """Judge the findings; what nobody can tell does not fail it."""
    left = [one.row() for one in findings if one.state == "do"]
    return dg.AssetCheckResult(
        check_name="nothing_to_do",
        passed=not left,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"to_do": metadata.table(left, empty="nothing")},
    )


def _count(findings: Sequence[Finding], state: str) -> int:
    return sum(one.state == state for one in findings)
