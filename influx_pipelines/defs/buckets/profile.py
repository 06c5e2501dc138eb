"""The profile of a bucket as metadata."""

from __future__ import annotations

from typing import Any

from influx_pipelines import metadata, plots
from influx_pipelines.estate.profile import Profile
from influx_pipelines.influx.models import Bucket


def profile_metadata(bucket: Bucket, found: Profile) -> dict[str, Any]:
    """The profile as metadata of a materialization."""
    values: dict[str, Any] = {
        "summary": "profiled" if found.series else "empty",
        "measurements": len(found.rows),
        "series": found.series,
        "points_last_day": found.points,
        "contents": metadata.table(found.rows, empty="no point yet"),
        "points_per_hour": metadata.picture(
            plots.line_plot(found.per_hour, title=f"{bucket.name}: points per hour", unit="points"),
            f"points per hour in {bucket.name}",
        ),
    }
    if found.newest is not None:
        values["newest_point"] = found.newest.isoformat(timespec="seconds")
    return values
