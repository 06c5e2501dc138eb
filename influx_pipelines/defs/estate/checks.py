"""The asset checks of the estate: drift, and secrets whose value has changed."""

from __future__ import annotations

import dagster as dg

from influx_pipelines import metadata
from influx_pipelines.defs.runbooks import check_spec
from influx_pipelines.estate.drift import Drift
from influx_pipelines.estate.kinds.secret import stale
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.model import Estate
from influx_pipelines.settings import Settings

NO_DRIFT = check_spec(
    "no_drift",
    asset=["influx", "plan"],
    description="The server is as the estate's files say: an apply would change nothing.",
)
VALUES_CURRENT = check_spec(
    "values_current",
    asset=["influx", "secrets"],
    description="The value of every secret, where it is kept, is the one that was sent.",
)


def no_drift(found: Drift) -> dg.AssetCheckResult:
    """Judge the differences."""
    return dg.AssetCheckResult(
        check_name="no_drift",
        passed=not found.rows,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "differences": len(found.rows),
            "oldest": min((row["since"] for row in found.rows), default="none"),
        },
    )


def values_current(declared: Estate, ledger: Ledger, settings: Settings) -> dg.AssetCheckResult:
    """Judge the values where they are kept by the salted hashes of what was sent."""
    rows = stale(declared, ledger, settings.secret_command)
    named = [{"secret": name, "why": why} for name, why in rows.items()]
    return dg.AssetCheckResult(
        check_name="values_current",
        passed=not rows,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"differ": metadata.table(named, empty="none")},
    )
