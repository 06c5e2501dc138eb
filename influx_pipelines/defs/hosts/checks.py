"""The asset checks of the host metrics."""

from __future__ import annotations

from datetime import datetime, timedelta

import dagster as dg

from influx_pipelines import metadata
from influx_pipelines.sources.host import Sample
from influx_pipelines.sources.hostmetrics import MEASUREMENTS

OLDEST = timedelta(minutes=15)
COMPLETE = dg.AssetCheckSpec(
    "complete",
    asset=["hosts", "metrics"],
    description="Every measurement of this machine could be read.",
)
RECENT = dg.AssetCheckSpec(
    "recent",
    asset=["hosts", "metrics"],
    description="The newest point in InfluxDB is not older than 15 minutes.",
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


def recent(newest: datetime | None, now: datetime) -> dg.AssetCheckResult:
    """Judge the age of the data, which is another thing than whether the asset ran."""
    age = None if newest is None else now - newest
    return dg.AssetCheckResult(
        check_name="recent",
        passed=age is not None and age <= OLDEST,
        metadata={
            "newest_point": newest.isoformat(timespec="seconds") if newest else "none",
            "age_seconds": round(age.total_seconds()) if age is not None else -1,
        },
    )


def measurement_table(sample: Sample) -> dg.MetadataValue:
    """Rows by measurement."""
    return metadata.table(
        [{"measurement": name, "points": len(rows)} for name, rows in sample.rows.items()]
    )
