"""Logs of runs: what deleted runs left on the disk, and what old ones printed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import dagster as dg

from influx_pipelines import metadata, plots
from influx_pipelines.defs.housekeeping.prune import folder_bytes
from influx_pipelines.defs.policies import managed_asset
from influx_pipelines.defs.runbooks import check_spec
from influx_pipelines.resources import EstateResource

AT_ONCE = 5_000
PRINTED = "compute_logs"
KEY = ["housekeeping", "event_logs"]

BOUNDED = check_spec(
    "event_logs_are_bounded",
    asset=KEY,
    description="No log of a run is older than the limit, but the events of last good runs.",
)


@dataclass(frozen=True)
class LogsPruned:
    """What went; `left` are old logs that the next time will take."""

    event_files: int
    printed: int
    left: int


@managed_asset(
    key=KEY,
    group_name="housekeeping",
    code_version="1",
    deps=[["housekeeping", "run_history"]],
    check_specs=[BOUNDED],
)
def event_logs(context: dg.AssetExecutionContext, estate: EstateResource) -> dg.MaterializeResult:
    """Files of the events of deleted runs and output of old ones, gone; sizes before and after."""
    settings = estate.settings()
    storage = settings.home / "dagster"
    before = sizes(storage)
    limit = datetime.now(UTC) - timedelta(days=settings.keep_runs_days)
    pruned = prune_logs(context.instance, storage, limit)
    after = sizes(storage)
    return dg.MaterializeResult(
        metadata={
            "summary": f"logs of {pruned.event_files + pruned.printed} runs deleted",
            "deleted_event_files": pruned.event_files,
            "deleted_outputs": pruned.printed,
            "megabytes_before": round(sum(before.values()) / 1e6, 1),
            "megabytes_after": round(sum(after.values()) / 1e6, 1),
            "sizes": metadata.picture(_bars(before, after), "sizes before and after"),
        },
        check_results=[bounded(pruned, limit)],
    )


def prune_logs(instance: dg.DagsterInstance, storage: Path, before: datetime) -> LogsPruned:
    """Delete logs that nobody wrote to since `before`, of at most 5,000 runs.

    On SQLite each run has a file of events, and Dagster's deletion of a run leaves it there, empty
    but as large as it was: it goes when there is no such run. What a run printed goes with it, or
    when the run has ended. The events of a run that is there are never touched.
    """
    events = [
        path
        for path in _old(storage / "history" / "runs", "*.db", before)
        if instance.get_run_by_id(path.stem) is None
    ]
    printed = [path for path in _old(storage / PRINTED, "*", before) if _ended(instance, path.name)]
    for path in events[:AT_ONCE]:
        for ending in ("", "-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
    for path in printed[:AT_ONCE]:
        instance.compute_log_manager.delete_logs(prefix=[path.name])
    done = (min(len(events), AT_ONCE), min(len(printed), AT_ONCE))
    return LogsPruned(*done, left=len(events) + len(printed) - sum(done))


def sizes(storage: Path) -> dict[str, int]:
    """Bytes by part of the storage: its files and folders."""
    parts = sorted(storage.iterdir()) if storage.is_dir() else []
    return {
        part.name: folder_bytes(part) if part.is_dir() else part.stat().st_size for part in parts
    }


def bounded(pruned: LogsPruned, limit: datetime) -> dg.AssetCheckResult:
    """Judge a pruning by what it left."""
    return dg.AssetCheckResult(
        check_name=BOUNDED.name,
        passed=pruned.left == 0,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"old_logs_left": pruned.left, "older_than": limit.isoformat()},
    )


def _old(folder: Path, pattern: str, before: datetime) -> Iterator[Path]:
    """What is named by the id of a run; the storage has other files, too."""
    for path in sorted(folder.glob(pattern)):
        if _is_id(path.stem) and path.stat().st_mtime < before.timestamp():
            yield path


def _is_id(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False


def _ended(instance: dg.DagsterInstance, run_id: str) -> bool:
    run = instance.get_run_by_id(run_id)
    return run is None or run.is_finished


def _bars(before: dict[str, int], after: dict[str, int]) -> bytes:
    largest = sorted({*before, *after}, key=lambda part: -before.get(part, 0))[:4]
    bars = {
        f"{part} {when}": found.get(part, 0) / 1e6
        for part in largest
        for when, found in (("before", before), ("after", after))
    }
    return plots.bar_plot(bars, title="Dagster's storage", unit="MB")
