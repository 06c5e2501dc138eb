"""The asset check of a sample; those of the data are made from `source.py`."""

from __future__ import annotations

import dagster as dg

from influx_pipelines import metadata
from influx_pipelines.defs.runbooks import check_spec
from influx_pipelines.sources.host import Sample
from influx_pipelines.sources.hostmetrics import MEASUREMENTS

COMPLETE = check_spec(
    "complete",
    asset=["hosts", "metrics"],
    description="Every measurement of this machine could be read.",
)


def complete(sample: Sample) -> dg.AssetCheckResult:
    """Judge a sample by what is missing in it."""
    missing = sorted(name for name in MEASUREMENTS if not sample.rows.get(name))
    # A machine may have no disk of its own; a reader that failed is another matter.
    return dg.AssetCheckResult(
        check_name="complete",
        passed=not sample.failed,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "without_rows": metadata.names(missing),
            "failed": metadata.table(
                [{"measurement": n, "reason": reason} for n, reason in sample.failed.items()]
            ),
        },
    )


def measurement_table(sample: Sample) -> dg.MetadataValue:
    """Rows by measurement."""
    return metadata.table(
        [{"measurement": name, "points": len(rows)} for name, rows in sample.rows.items()]
    )
