"""Restoring the buckets of a plan, one after the other."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from influx_pipelines.backups.errors import BackupError
from influx_pipelines.backups.progress import Progress, silent
from influx_pipelines.backups.restore.making import Comparison, compare
from influx_pipelines.backups.restore.marker import is_unfinished, unfinished
from influx_pipelines.backups.restore.plan import BucketPlan, RestorePlan
from influx_pipelines.backups.restore.request import RestoreRefused
from influx_pipelines.backups.restore.source import Kept, Source
from influx_pipelines.backups.restore.sources import source_of
from influx_pipelines.backups.sets import BackupSet, open_set
from influx_pipelines.estate.ownership import MARKER
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import InfluxError


@dataclass(frozen=True)
class BucketResult:
    """What became of a bucket.

    Attributes:
        state: `missing` when values are: the bucket stays, and says that it is not whole.
        seconds: that it took.
        comparison: None unless it was counted.
        error: why it is not done.
    """

    plan: BucketPlan
    state: Literal["done", "missing", "failed", "skipped"]
    seconds: float = 0.0
    comparison: Comparison | None = None
    error: str = ""


def restore_buckets(
    plan: RestorePlan,
    client: Influx,
    *,
    allow_data_loss: str = "",
    progress: Progress = silent,
) -> Iterator[BucketResult]:
    """Do what a plan says, bucket by bucket; one that fails does not stop the others.

    Args:
        plan: of this server; its backup was verified for it.
        client: of the server.
        allow_data_loss: fingerprint of the plan whose losses are wanted; any other is refused.
        progress: is told of each part.

    Raises:
        RestoreRefused: the backup is damaged, or has changed since it was looked at.
    """
    refuse_unless_good(plan)
    for one in plan.buckets:
        before = time.monotonic()
        reason = one.refused or not_allowed(plan, one.loses, allow_data_loss)
        if reason:
            yield BucketResult(one, "skipped", error=reason)
            continue
        try:
            with _memory(plan.backup) as state:
                source = source_of(plan.backup, one.held, one.way, state)
                result = _restore(client, source, plan.backup.name, one, progress, before)
        except (InfluxError, BackupError, OSError) as error:
            result = BucketResult(one, "failed", time.monotonic() - before, error=str(error))
        yield result


@contextmanager
def _memory(backup: BackupSet) -> Iterator[Path]:
    """Where is remembered what was sent: beside the backup, so that a killed restore goes on.

    On a medium that cannot be written to nothing is remembered, and a killed one begins again.
    """
    folder = backup.path.parent
    if os.access(folder, os.W_OK):
        yield folder
        return
    with TemporaryDirectory() as state:
        yield Path(state)


def refuse_unless_good(plan: RestorePlan) -> None:
    """Nothing is sent of a backup that is damaged, or is another one by now.

    Raises:
        RestoreRefused: it is.
    """
    if plan.damaged:
        raise RestoreRefused(
            f"{plan.backup.name} is damaged, and a server would take it without a word: "
            f"{plan.report.damages[0]} Nothing was sent. Restore an older backup, or repair the "
            "file from a copy."
        )
    if open_set(plan.backup.path).fingerprint != plan.report.fingerprint:
        raise RestoreRefused(f"{plan.backup.name} was changed since it was looked at: try again.")


def not_allowed(plan: RestorePlan, loses: str, allowed: str) -> str:
    """Why a loss may not be; "" when it was allowed with the fingerprint of this very plan."""
    if not loses or allowed == plan.fingerprint:
        return ""
    other = f": the plan is another one than {allowed}" if allowed else ""
    return f"it would lose {loses}; allow it with {plan.fingerprint}{other}"


def _restore(
    client: Influx,
    source: Source,
    backup: str,
    plan: BucketPlan,
    progress: Progress,
    before: float,
) -> BucketResult:
    _drop_unfinished(client, plan)
    source.make(client, plan.as_name, unfinished(backup), progress)
    found = compare(client, source, plan.as_name, progress)
    if not found.differing:
        _finish(client, source.kept, plan)
    state: Literal["done", "missing"] = "missing" if found.differing else "done"
    return BucketResult(plan, state, time.monotonic() - before, found)


def _drop_unfinished(client: Influx, plan: BucketPlan) -> None:
    """Delete what an earlier restore left, if it still says so."""
    if not plan.drops:
        return
    found = client.bucket(plan.drops)
    if not is_unfinished(found):
        raise RestoreRefused(f"{found.name} is no unfinished bucket any more: plan again.")
    client.delete_bucket(found)


def _finish(client: Influx, kept: Kept, plan: BucketPlan) -> None:
    """Take the mark away, and let points end their life as before.

    A bucket under another name is nobody's declared one, which a prune would delete.
    """
    found = client.find_bucket(plan.as_name)
    if found is None:
        raise RestoreRefused(f"{plan.as_name} was deleted while it was restored.")
    same = plan.as_name == plan.held.name
    description = kept.description if same else kept.description.removesuffix(MARKER).strip()
    client.update_bucket(
        found.id,
        description=description,
        retention_seconds=kept.retention_seconds,
        shard_group_seconds=kept.shard_group_seconds or None,
    )
