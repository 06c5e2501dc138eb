"""The asset checks of exports and imports; those of exports judge the exports of all buckets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import dagster as dg

from influx_pipelines import metadata
from influx_pipelines.defs.runbooks import check_spec
from influx_pipelines.influx.writing.result import WriteResult
from influx_pipelines.transfer.manifest import Manifest, damage

FILES_ARE_WHOLE = check_spec(
    "files_are_whole",
    asset=["transfer", "exports"],
    description="Every file of every export is there, with the SHA-256 of its manifest.",
)
COUNTS_AGREE = check_spec(
    "counts_agree",
    asset=["transfer", "exports"],
    description="Every window has as many values in its files as the server counted.",
)
NOTHING_WAS_REFUSED = check_spec(
    "nothing_was_refused",
    asset=["transfer", "imports"],
    description="The server took every point of the last import.",
)


def files_are_whole(exports: Mapping[Path, Manifest]) -> dg.AssetCheckResult:
    """Judge the files of all exports."""
    files = [
        (folder, file)
        for folder, manifest in exports.items()
        for window in manifest.windows
        for file in window.files
    ]
    damaged = [
        {"file": str(folder / file.path), "trouble": trouble}
        for folder, file in files
        if (trouble := damage(folder, file))
    ]
    return dg.AssetCheckResult(
        check_name="files_are_whole",
        passed=not damaged,
        metadata={"files": len(files), "damaged": metadata.table(damaged)},
    )


def counts_agree(exports: Mapping[Path, Manifest]) -> dg.AssetCheckResult:
    """Judge the windows by what the server counted when they were exported."""
    windows = [
        (folder, window) for folder, manifest in exports.items() for window in manifest.windows
    ]
    other = [
        {
            "folder": str(folder),
            "window": window.start.isoformat(),
            "in_files": window.values,
            "counted": window.counted,
        }
        for folder, window in windows
        if window.counted not in (None, window.values)
    ]
    return dg.AssetCheckResult(
        check_name="counts_agree",
        passed=not other,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"windows": len(windows), "other_counts": metadata.table(other)},
    )


def nothing_was_refused(result: WriteResult | None) -> dg.AssetCheckResult:
    """Judge an import; None when there was none."""
    dropped = result.dropped if result is not None else 0
    reasons = result.reasons if result is not None else []
    return dg.AssetCheckResult(
        check_name="nothing_was_refused",
        passed=not dropped,
        metadata={"refused": dropped, "reasons": metadata.names(reasons)},
    )
