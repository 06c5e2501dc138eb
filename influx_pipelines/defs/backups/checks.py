"""The asset checks of the backups themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import dagster as dg

from influx_pipelines import metadata
from influx_pipelines.backups.inventory import Inventory, Listed
from influx_pipelines.backups.report import Report
from influx_pipelines.defs.backups.report import damages_of

BACKUP, INVENTORY, VERIFICATION = (
    ["backups", name] for name in ("backup", "inventory", "verification")
)
OLDEST = timedelta(hours=26)  # of the newest good one: a night and two hours
SMALLEST = 0.5  # of the one before

IS_GOOD = dg.AssetCheckSpec(
    "is_good",
    asset=BACKUP,
    description="Read again without the server right after it was taken, nothing is wrong with it.",
)
HOLDS_EVERY_BUCKET = dg.AssetCheckSpec(
    "holds_every_bucket",
    asset=BACKUP,
    description="Every bucket that the server listed before is in it; system buckets aside.",
)
SIZE_IS_PLAUSIBLE = dg.AssetCheckSpec(
    "size_is_plausible",
    asset=BACKUP,
    description="It is not smaller than half of the good one of its kind before.",
)
LAST_GOOD_IS_RECENT = dg.AssetCheckSpec(
    "last_good_is_recent",
    asset=INVENTORY,
    description="The newest backup that was verified and is good is not older than 26 hours.",
)
NOTHING_IS_HALF = dg.AssetCheckSpec(
    "nothing_is_half",
    asset=INVENTORY,
    description="No backup was left unfinished by a process that was killed.",
)
NO_DAMAGE = dg.AssetCheckSpec(
    "no_damage",
    asset=VERIFICATION,
    description="Nothing is wrong with the backups that were read; else each damage and its file.",
)
HAS_DIGESTS = dg.AssetCheckSpec(
    "has_digests",
    asset=VERIFICATION,
    description="A side file with SHA-256 is there: some damages are found by nothing else.",
)


def is_good(name: str, report: Report) -> dg.AssetCheckResult:
    """Judge a new backup by the report on it."""
    return dg.AssetCheckResult(
        check_name="is_good",
        passed=report.good,
        metadata={"damages": damages_of({name: report}), "notes": metadata.names(report.notes)},
    )


def holds_every_bucket(there: Iterable[str], held: Iterable[str]) -> dg.AssetCheckResult:
    """Judge a backup by the names of buckets before it was taken, and of those in it."""
    missing = sorted({name for name in there if not name.startswith("_")} - set(held))
    return dg.AssetCheckResult(
        check_name="holds_every_bucket",
        passed=not missing,
        metadata={"missing": metadata.names(missing)},
    )


def size_is_plausible(new: Listed, before: Listed | None) -> dg.AssetCheckResult:
    """Judge the size of a backup by the good one of its kind before; None where there is none."""
    return dg.AssetCheckResult(
        check_name="size_is_plausible",
        passed=before is None or new.bytes >= SMALLEST * before.bytes,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "bytes": new.bytes,
            "bytes_before": before.bytes if before else 0,
            "before": before.backup.name if before else "",
        },
    )


def last_good_is_recent(found: Inventory, now: datetime) -> dg.AssetCheckResult:
    """Judge the folder by the age of the newest good backup."""
    last = found.last_good
    age = now - last.backup.started if last else None
    return dg.AssetCheckResult(
        check_name="last_good_is_recent",
        passed=age is not None and age <= OLDEST,
        metadata={
            "last_good": last.backup.name if last else "none",
            "hours": round(age / timedelta(hours=1), 1) if age is not None else -1.0,
        },
    )


def nothing_is_half(found: Inventory) -> dg.AssetCheckResult:
    """Judge the folder by what killed runs left; the next backup goes on with it or removes it."""
    return dg.AssetCheckResult(
        check_name="nothing_is_half",
        passed=not found.unfinished,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"unfinished": metadata.names(found.unfinished)},
    )


def no_damage(reports: Mapping[str, Report]) -> dg.AssetCheckResult:
    """Judge the reports by name of backup."""
    return dg.AssetCheckResult(
        check_name="no_damage",
        passed=all(report.good for report in reports.values()),
        metadata={"damages": damages_of(reports), "backups": metadata.names(list(reports))},
    )


def has_digests(with_digests: Mapping[str, bool]) -> dg.AssetCheckResult:
    """Judge whether the backups that were read have a side file, by their names."""
    without = sorted(name for name, has in with_digests.items() if not has)
    return dg.AssetCheckResult(
        check_name="has_digests",
        passed=not without,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"without": metadata.names(without)},
    )
