"""The asset checks of the weather."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import dagster as dg

from influx_pipelines import metadata, plots
from influx_pipelines.defs.runbooks import check_spec
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import NotFound
from influx_pipelines.sources.weather.calendar import midnight
from influx_pipelines.sources.weather.days import Days
from influx_pipelines.sources.weather.measurement import SAMPLE, ExternalWeather

OLDEST = timedelta(hours=2)
PICTURED_DAYS = 366
RECENT = check_spec(
    "recent",
    asset=["weather", "current"],
    description="The newest observation of each place is not older than two hours.",
)
NO_GAPS = check_spec(
    "no_gaps",
    asset=["weather", "history"],
    description="Every day of each place since its first one has its 24 hours.",
)
SAMPLE_IS_APART = check_spec(
    "sample_is_apart",
    asset=["weather", "sample"],
    description="No point of the sample is in the bucket of the observations.",
)
OF_SAMPLE = """
from(bucket: params.bucket)
    |> range(start: -30d)
    |> filter(fn: (r) => r._measurement == params.measurement and r.source == params.source)
    |> filter(fn: (r) => r._field == "temperature")
    |> count()
"""


def recent(
    places: Sequence[str], newest: Mapping[str, datetime], now: datetime
) -> dg.AssetCheckResult:
    """Judge the age of what was observed, which is another thing than whether the asset ran."""
    ages = {place: now - newest[place] if place in newest else None for place in places}
    old = [place for place, age in ages.items() if age is None or age > OLDEST]
    return dg.AssetCheckResult(
        check_name="recent",
        passed=not old,
        description=f"too old: {', '.join(old)}" if old else None,
        metadata={
            "expected": f"at most {OLDEST.total_seconds() / 60:.0f} minutes",
            "ages": metadata.table(
                {
                    "location": place,
                    "observed": newest[place].isoformat() if place in newest else "never",
                    "minutes": round(age.total_seconds() / 60) if age is not None else -1,
                }
                for place, age in ages.items()
            ),
        },
    )


def no_gaps(
    missing: Mapping[str, Sequence[tuple[date, date]]], stored: Days
) -> dg.AssetCheckResult:
    """Judge the days of all places; the schedule fetches what is missing."""
    stretches = [(name, *ends) for name, found in missing.items() for ends in found]
    rows = [
        {"location": name, "from": str(first), "to": str(last), "days": (last - first).days + 1}
        for name, first, last in stretches
    ]
    count = sum((last - first).days + 1 for _, first, last in stretches)
    lines: dict[str, plots.Points] = {
        name: [(midnight(day), days[day].hours) for day in sorted(days)[-PICTURED_DAYS:]]
        for name, days in sorted(stored.items())
    }
    return dg.AssetCheckResult(
        check_name="no_gaps",
        passed=not rows,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{count} days are missing; weather_history_gaps fetches them"
        if rows
        else None,
        metadata={
            "days_missing": count,
            "gaps": metadata.table(rows, empty="none"),
            "hours_per_day": metadata.picture(
                plots.line_plot(lines, title="Weather history, hours of each day", unit="hours"),
                "hours of each day",
            ),
        },
    )


def sample_is_apart(client: Influx, bucket: str) -> dg.AssetCheckResult:
    """Look for the sample where observations are.

    Raises:
        InfluxError: the query failed, but for a bucket that is not there.
    """
    asked = {"bucket": bucket, "measurement": ExternalWeather.name, "source": SAMPLE}
    try:
        found = sum(row["_value"] for row in client.query(OF_SAMPLE, asked).rows())
    except NotFound:
        found = 0
    return dg.AssetCheckResult(
        check_name="sample_is_apart", passed=not found, metadata={"points": found}
    )
