"""The asset checks of the alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import dagster as dg

from influx_pipelines import metadata
from influx_pipelines.defs.runbooks import check_spec

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from influx_pipelines.alerts.gap import Gap

FORGOTTEN = timedelta(days=1)
LONGEST_DELIVERY = timedelta(minutes=15)
DEAD_LETTERS = timedelta(days=7)  # so long are they remembered
NO_GAP = check_spec(
    "no_gap",
    asset=["alerts", "statuses"],
    description="Every status that InfluxDB keeps is in the table.",
)
NOTHING_LOST = check_spec(
    "nothing_lost",
    asset=["alerts", "statuses"],
    description="No time went unread for so long that InfluxDB kept nothing of it.",
)
ACKNOWLEDGED = check_spec(
    "acknowledged",
    asset=["alerts", "incidents"],
    description="No critical incident is open for longer than a day without somebody's care.",
)

DELIVERED = check_spec(
    "delivered",
    asset=["alerts", "deliveries"],
    description="Nothing waits for longer than 15 minutes to be delivered, and no message was "
    "given up in the last seven days.",
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


def delivered(session: Session, channels: Sequence[str], now: datetime) -> dg.AssetCheckResult:
    """Look for what people should know of and do not."""
    from influx_pipelines.alerts.delivery import overview

    late = overview.late(session, channels, now, longest=LONGEST_DELIVERY, remembered=DEAD_LETTERS)
    unrouted = overview.unrouted(session, now - LONGEST_DELIVERY)
    rows = [
        {
            "channel": one.channel,
            "state": "given up" if one.state == "dead" else "waits",
            "messages": one.count,
            "minutes": round((now - one.since).total_seconds() / 60),
            "last_outcome": one.outcome,
        }
        for one in late
    ]
    return dg.AssetCheckResult(
        check_name="delivered",
        passed=not (rows or unrouted),
        description="`influx-pipelines alerts test-delivery` tries the channels; "
        "`alerts deliver --dead-letters` sends again what was given up."
        if rows
        else None,
        metadata={
            "undelivered": sum(one.count for one in late),
            "not_given_to_a_channel": unrouted,
            "channels": metadata.table(rows, empty="every message was delivered"),
        },
    )
