"""Which runs may be forgotten, and forgetting them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import dagster as dg

PAGE = 500
BATCH = 2_000

FINISHED = [
    dg.DagsterRunStatus.SUCCESS,
    dg.DagsterRunStatus.FAILURE,
    dg.DagsterRunStatus.CANCELED,
]


@dataclass(frozen=True)
class Pruned:
    """What a pruning did; `left` are old runs that the next pruning will take."""

    deleted: int
    kept_old: int
    left: int


def prune_runs(instance: dg.DagsterInstance, before: datetime) -> Pruned:
    """Delete finished runs that were created before a time, at most 2,000 at once.

    A run that holds the latest materialization of an asset, or of one of its partitions, stays:
    with it the asset would look as if it had never been made.
    """
    old = dg.RunsFilter(statuses=FINISHED, created_before=before)
    records = instance.get_run_records(old, ascending=True)
    needed = last_good_runs(instance)
    doomed = [r.dagster_run.run_id for r in records if r.dagster_run.run_id not in needed]
    for run_id in doomed[:BATCH]:
        instance.delete_run(run_id)
    done = min(len(doomed), BATCH)
    return Pruned(done, len(records) - len(doomed), len(doomed) - done)


def last_good_runs(instance: dg.DagsterInstance) -> set[str]:
    """The runs that hold the latest materialization of each asset and partition."""
    return {run for key in instance.all_asset_keys() for run in _latest(instance, key)}


def _latest(instance: dg.DagsterInstance, key: dg.AssetKey) -> set[str]:
    missing: set[str | None] = set(instance.get_materialized_partitions(key)) or {None}
    runs: set[str] = set()
    cursor: str | None = None
    while missing:
        page = instance.fetch_materializations(key, limit=PAGE, cursor=cursor)
        for record in page.records:
            if record.partition_key in missing:
                missing.discard(record.partition_key)
                runs.add(record.run_id)
        if not page.has_more:
            break
        cursor = page.cursor
    return runs


def folder_bytes(folder: Path) -> int:
    """The size of all files below a folder, in bytes."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
