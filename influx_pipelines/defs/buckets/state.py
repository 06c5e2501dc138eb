"""What Dagster's history says of each bucket: materialized for which ID, in flight, failed when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import dagster as dg

from influx_pipelines.defs.ranges import RANGE_END, RANGE_START, UNFINISHED

PAGE = 1_000
PARTITION = "dagster/partition"
STRETCH = "influx_pipelines/stretch"


def materialized_ids(instance: dg.DagsterInstance, key: dg.AssetKey) -> dict[str, str]:
    """Partition → ID of the bucket that its latest materialization was made for.

    Reads backwards, page by page, until every partition that was ever materialized is met.
    """
    missing = set(instance.get_materialized_partitions(key))
    found: dict[str, str] = {}
    cursor: str | None = None
    while missing:
        page = instance.fetch_materializations(key, limit=PAGE, cursor=cursor)
        for record in page.records:
            event = record.asset_materialization
            if event is not None and event.partition in missing:
                missing.discard(event.partition)
                value = event.metadata.get("bucket_id")
                found[event.partition] = str(value.value) if value is not None else ""
        if not page.has_more:
            break
        cursor = page.cursor
    return found


def in_flight(
    instance: dg.DagsterInstance, assets: Iterable[dg.AssetKey], partitions: Sequence[str]
) -> set[str]:
    """The partitions of these assets that an unfinished run will materialize."""
    wanted = set(assets)
    keys: set[str] = set()
    for run in instance.get_runs(dg.RunsFilter(statuses=UNFINISHED)):
        if run.asset_selection is None or wanted & set(run.asset_selection):
            keys |= keys_of(run.tags, partitions)
    return keys


def keys_of(tags: Mapping[str, str], partitions: Sequence[str]) -> set[str]:
    """The partitions that a run with these tags is about, for keys in order of creation."""
    if PARTITION in tags:
        return {tags[PARTITION]}
    if RANGE_START not in tags:
        return set()
    position = {key: index for index, key in enumerate(partitions)}
    first, last = position.get(tags[RANGE_START]), position.get(tags[RANGE_END])
    if first is None or last is None:
        return {tags[RANGE_START], tags[RANGE_END]}
    return set(partitions[first : last + 1])


@dataclass(frozen=True)
class Attempts:
    """How often a stretch was tried, and when the last try ended (seconds since 1970)."""

    count: int = 0
    last_end: float = 0.0


def attempts(instance: dg.DagsterInstance, stretch: str) -> Attempts:
    """The finished runs for a stretch of buckets, successful ones too."""
    records = instance.get_run_records(dg.RunsFilter(tags={STRETCH: stretch}))
    return Attempts(len(records), max((r.end_time or 0.0 for r in records), default=0.0))


def last_id(
    instance: dg.DagsterInstance, assets: Iterable[dg.AssetKey], partition: str
) -> str | None:
    """The ID of the bucket that a partition was last materialized for, by any of the assets."""
    for key in assets:
        only = dg.AssetRecordsFilter(asset_key=key, asset_partitions=[partition])
        for record in instance.fetch_materializations(only, limit=1).records:
            event = record.asset_materialization
            value = event.metadata.get("bucket_id") if event is not None else None
            if value is not None:
                return str(value.value)
    return None
