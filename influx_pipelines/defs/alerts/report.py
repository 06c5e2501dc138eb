"""Tables of the alerts for asset metadata."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import dagster as dg

from influx_pipelines import metadata

if TYPE_CHECKING:
    from influx_pipelines.alerts.models import AlertStatus


def status_table(statuses: Sequence[AlertStatus]) -> dg.MetadataValue:
    """Statuses, a row each."""
    return metadata.table(
        [
            {
                "time": f"{status.time:%Y-%m-%d %H:%M:%S}",
                "level": status.level,
                "check": status.series.check_name,
                "tags": ", ".join(f"{k}={v}" for k, v in sorted(status.series.tags.items())),
                "message": status.message,
                "origin": status.origin,
            }
            for status in statuses
        ],
        empty="no status",
    )
