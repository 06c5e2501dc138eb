"""Judgements of values: steps in them, and their types; pure, from what the queries found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from influx_pipelines.influx.measurement import TYPE_NAMES
from influx_pipelines.quality.queries import Rows
from influx_pipelines.quality.source import Source, Step, floor
from influx_pipelines.quality.verdict import Verdict


def step_bounds(step: Step, now: datetime) -> tuple[datetime, datetime]:
    """The last two windows that are over."""
    stop = floor(now, step.window)
    return stop - 2 * step.window, stop


def step_changes(
    steps: Iterable[tuple[Step, Mapping[str, Mapping[datetime, float]]]], now: datetime
) -> Verdict:
    """No mean of a window differs much from that of the window before.

    An empty window has the value of the one before it, and without one what the step says.
    """
    rows: list[dict[str, Any]] = []
    for step, found in steps:
        first, _ = step_bounds(step, now)
        for series, values in sorted(found.items()):
            before = values.get(first, step.missing)
            if before is None:
                continue
            change = values.get(first + step.window, before) - before
            share = abs(change) / (step.rise if change > 0 else step.fall or step.rise)
            name = f"{step.measurement.name} {step.field}"
            rows.append(
                {"field": name, "series": series, "change": round(change, 3), "share": share}
            )
    rows.sort(key=lambda row: -row["share"])
    bad = sum(row["share"] >= 1 for row in rows)
    return Verdict(
        passed=not bad,
        expected="no step from one window to the next",
        actual=f"{bad} steps in {len(rows)} series",
        rows=[row | {"share": f"{row['share']:.0%}"} for row in rows],
        bars={f"{row['field']} {row['series']}": 100 * row["share"] for row in rows},
        unit="% of what counts as a step",
        limit=100,
    )


def field_types(source: Source, found: Rows) -> Verdict:
    """Declared fields are stored in their types; others are named and left alone."""
    rows, bad = [], 0
    for measurement in source.measurements:
        declared = {name: TYPE_NAMES[one.type] for name, one in measurement.fields.items()}
        for row in found:
            if row["_measurement"] != measurement.name:
                continue
            wanted = declared.get(row["_field"])
            drifted = wanted is not None and row["kind"] != wanted
            bad += drifted
            if drifted or wanted is None:
                rows.append(
                    {
                        "measurement": measurement.name,
                        "field": row["_field"],
                        "declared": wanted or "not declared",
                        "stored": row["kind"],
                    }
                )
    rows.sort(key=lambda row: row["declared"] == "not declared")
    well = len(found) - bad
    return Verdict(
        passed=not bad,
        expected="each field is stored as the type that is declared",
        actual=f"{bad} of {len(found)} fields are stored as another one",
        rows=rows,
        bars={"as declared": well, "other": bad},
        unit="fields of the last week",
    )
