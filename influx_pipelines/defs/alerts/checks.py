"""The asset checks of the alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import dagster as dg

from influx_pipelines import metadata

if TYPE_CHECKING:
    from influx_pipelines.alerts.gap import Gap

FORGOTTEN = timedelta(days=1)
NO_GAP = dg.AssetCheckSpec(
    "no_gap",
    asset=["alerts", "statuses"],
    description="Every status that InfluxDB keeps is in the table.",
)
NOTHING_LOST = dg.AssetCheckSpec(
    "nothing_lost",
    asset=["alerts", "statuses"],
    description="No time went unread for so long that InfluxDB kept nothing of it.",
)
ACKNOWLEDGED = dg.AssetCheckSpec(
    "acknowledged",
    asset=["alerts", "incidents"],
    description="No critical incident is open for longer than a day without somebody's care.",
)


def no_gap(gaps: Sequence[Gap]) -> dg.AssetCheckResult:
    """Judge the counts of both sides."""
    missing = [gap for gap in gaps if gap.missing]
    return dg.AssetCheckResult(
        check_name="no_gap",
        passed=not missing,
        metadata={
            "in_influxdb": sum(gap.in_influxdb for gap in gaps),
            "missing": sum(gap.missing for gap in gaps),
            "missing_by_check": metadata.table(
                [{"check": gap.check_id, "missing": gap.missing} for gap in missing]
            ),
        },
    )


def nothing_lost(lost: timedelta, read_from: datetime) -> dg.AssetCheckResult:
    """Judge what a reconciliation could not read any more."""
    return dg.AssetCheckResult(
        check_name="nothing_lost",
        passed=not lost,
        description=f"Nothing is left of {lost} before {read_from:%Y-%m-%d %H:%M} UTC."
        if lost
        else None,
        metadata={"lost_hours": round(lost.total_seconds() / 3600, 1)},
    )


def acknowledged(forgotten: Sequence[Mapping[str, Any]]) -> dg.AssetCheckResult:
    """Judge the critical incidents that nobody took care of."""
    return dg.AssetCheckResult(
        check_name="acknowledged",
        passed=not forgotten,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"forgotten": metadata.table(forgotten)},
    )
