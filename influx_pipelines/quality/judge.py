"""Every judgement of a source by its name: what it asks the server, and what it makes of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from influx_pipelines.influx.client import Influx
from influx_pipelines.quality import presence, queries, values
from influx_pipelines.quality.source import Source
from influx_pipelines.quality.verdict import Verdict

FRESHNESS, GAPS, DEAD = "freshness", "gap_share", "dead_series"
STEPS, ROWS, TYPES = "step_change", "row_count", "field_types"


def names(source: Source) -> list[str]:
    """The judgements that a source asks for."""
    return [FRESHNESS, GAPS, DEAD, ROWS, TYPES, *([STEPS] if source.steps else [])]


def judge(
    client: Influx, bucket: str, source: Source, now: datetime, wanted: Collection[str]
) -> dict[str, Verdict]:
    """The judgements that are wanted, by name.

    Raises:
        InfluxError: a query failed.
    """
    spans = queries.spans(client, bucket, source, now)
    found = {
        FRESHNESS: presence.freshness(source, spans, now),
        DEAD: presence.dead_series(source, spans, now),
    }
    if GAPS in wanted:
        there = queries.windows(client, bucket, source, *presence.gap_bounds(source, now))
        found[GAPS] = presence.gaps(source, spans, there, now)
    if ROWS in wanted:
        counted = queries.counts(client, bucket, source, now)
        found[ROWS] = presence.row_count(source, spans, counted, now)
    if TYPES in wanted:
        found[TYPES] = values.field_types(source, queries.kinds(client, bucket, source, now))
    if STEPS in wanted:
        read = [
            (one, queries.means(client, bucket, one, *values.step_bounds(one, now)))
            for one in source.steps
        ]
        found[STEPS] = values.step_changes(read, now)
    return {name: found[name] for name in wanted}
