"""Judgements of when points came, and of how many; pure, from what the queries found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from influx_pipelines.quality.queries import Series, Span
from influx_pipelines.quality.source import DAY, Source, floor
from influx_pipelines.quality.verdict import Verdict, length, nothing

HOUR = 3600.0  # seconds


def freshness(source: Source, found: Sequence[Span], now: datetime) -> Verdict:
    """The newest point of each measurement is young enough; one that never had any is left out."""
    expected = f"no older than {length(source.oldest)}"
    if not found:
        return nothing(expected, optional=source.optional)
    newest = {span.measurement: span.last for span in sorted(found, key=lambda span: span.last)}
    ages = {name: now - last for name, last in newest.items()}
    oldest = max(ages.values())
    return Verdict(
        passed=oldest <= source.oldest,
        expected=expected,
        actual=length(oldest),
        rows=[
            {"measurement": n, "newest": _moment(newest[n]), "age": length(ages[n])} for n in ages
        ],
        bars={name: age.total_seconds() / 60 for name, age in ages.items()},
        unit="minutes",
        limit=source.oldest.total_seconds() / 60,
    )


def dead_series(source: Source, found: Sequence[Span], now: datetime) -> Verdict:
    """Every series that is not forgotten has a point of late."""
    limits = source.limits
    expected = f"each series has a point within {length(limits.dead_after)}"
    if not found:
        return nothing(expected, optional=source.optional)
    ranked = sorted(found, key=lambda span: span.last)
    dead = [span for span in ranked if now - span.last > limits.dead_after]
    return Verdict(
        passed=not dead,
        expected=expected,
        actual=f"{len(dead)} of {len(found)} series are dead",
        rows=[_named(span) | {"newest": _moment(span.last)} for span in dead],
        bars={_label(span): (now - span.last).total_seconds() / HOUR for span in ranked},
        unit="hours since the newest point",
        limit=limits.dead_after.total_seconds() / HOUR,
    )


def gap_bounds(source: Source, now: datetime) -> tuple[datetime, datetime]:
    """The whole windows in which gaps are looked for; the one that is not over is left out."""
    stop = floor(now, source.every)
    count = max(round(source.limits.gap_window / source.every), 1)
    return stop - count * source.every, stop


def gaps(
    source: Source, found: Sequence[Span], there: Mapping[Series, set[datetime]], now: datetime
) -> Verdict:
    """Few windows are empty; those before the first point of a series are not.

    The share is of all windows, so that a series that has just begun is not judged by two of them.
    What has been silent for long is a dead series and no gap.
    """
    start, stop = gap_bounds(source, now)
    share, windows = source.limits.gap_share, round((stop - start) / source.every)
    expected = f"less than {share:.0%} of {windows} windows of {length(source.every)} are empty"
    if not found:
        return nothing(expected, optional=source.optional)
    rows = []
    for span in found:
        if now - span.last > max(DAY, 2 * source.limits.gap_window):
            continue
        begin = max(start, floor(span.first, source.every))
        has = sum(begin <= time < stop for time in there.get((span.measurement, span.series), ()))
        empty = max(round((stop - begin) / source.every) - has, 0)
        rows.append(_named(span) | {"windows": has, "empty": empty, "share": empty / windows})
    rows.sort(key=lambda row: -row["share"])
    worst = rows[0]["share"] if rows else 0.0
    return Verdict(
        passed=worst < share,
        expected=expected,
        actual=f"{worst:.0%} at most",
        rows=[row | {"share": f"{row['share']:.0%}"} for row in rows],
        bars={_row_label(row): 100 * row["share"] for row in rows},
        unit="% empty",
        limit=100 * share,
    )


def row_count(
    source: Source, found: Sequence[Span], counted: Mapping[Series, float], now: datetime
) -> Verdict:
    """The points of a day are neither too few nor too many; a young series needs fewer."""
    low, high = source.rows
    each = "series" if source.regular else "measurement"
    expected = f"{low:,.0f} to {high:,.0f} points a day of each {each}"
    if not found:
        return nothing(expected, optional=source.optional)
    rows, bad = [], 0
    for span in found:
        if now - span.last > source.limits.dead_after + DAY:
            continue
        points = counted.get((span.measurement, span.series), 0.0)
        young = min((now - span.first) / DAY, 1.0)
        well = int(low * young) <= points <= high
        bad += not well
        rows.append(_named(span) | {"points": round(points, 1), "well": well})
    rows.sort(key=lambda row: row["well"])
    return Verdict(
        passed=not bad,
        expected=expected,
        actual=f"{bad} of {len(rows)} outside",
        rows=rows,
        bars={_row_label(row): row["points"] for row in rows},
        unit="points in a day",
    )


def _label(span: Span) -> str:
    return f"{span.measurement} {span.series}"


def _row_label(row: Mapping[str, Any]) -> str:
    return f"{row['measurement']} {row['series']}"


def _named(span: Span) -> dict[str, Any]:
    return {"measurement": span.measurement, "series": span.series}


def _moment(time: datetime) -> str:
    return time.isoformat(timespec="seconds")
