"""Exports and imports as metadata."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from influx_pipelines import plots
from influx_pipelines.defs import metadata
from influx_pipelines.influx.writing.result import WriteResult
from influx_pipelines.transfer.manifest import Manifest

if TYPE_CHECKING:
    from influx_pipelines.transfer.exporting import Export, Step
    from influx_pipelines.transfer.importing import Import

Metadata = dict[str, Any]
WINDOWS = 100  # of a plot, the newest


def export_metadata(work: Export, steps: Sequence[Step]) -> Metadata:
    """What the folder holds, and what this run added."""
    manifest = work.manifest
    values: Metadata = {
        "summary": "exported" if manifest.windows else "empty",
        "folder": dg.MetadataValue.path(str(work.folder.resolve())),
        "rows": sum(window.rows for window in manifest.windows),
        "bytes": sum(window.bytes for window in manifest.windows),
        "windows": len(manifest.windows),
        "rows_of_this_run": sum(step.window.rows for step in steps),
        "files": metadata.table(_files(manifest), empty="no point yet"),
        "rows_per_window": metadata.picture(
            plots.line_plot(
                _per_window(manifest), title=f"{manifest.bucket}: rows per window", unit="rows"
            ),
            f"rows per window of {manifest.bucket}",
        ),
    }
    if work.left_out:
        values["left_out"] = metadata.names(sorted(work.left_out))
    return values


def _files(manifest: Manifest) -> list[dict[str, Any]]:
    """The files, newest window first."""
    return [
        {
            "window": window.start.isoformat(timespec="seconds"),
            "file": file.path,
            "rows": file.rows,
            "values": file.values,
            "bytes": file.bytes,
        }
        for window in reversed(manifest.windows)
        for file in window.files
    ]


def _per_window(manifest: Manifest) -> dict[str, plots.Points]:
    """Measurement → its rows from the start to the end of each window."""
    points: dict[str, list[tuple[Any, float | None]]] = defaultdict(list)
    for window in manifest.windows[-WINDOWS:]:
        for file in window.files:
            name = manifest.schema_of(file).measurement
            level = [(window.start, file.rows), (window.stop, file.rows), (window.stop, None)]
            points[name] += level
    return dict(sorted(points.items()))


def import_metadata(work: Import, total: WriteResult) -> Metadata:
    """What was sent, and what became of it."""
    return {
        "summary": f"{total.points} points imported",
        "folder": dg.MetadataValue.path(str(work.folder.resolve())),
        "bucket": work.bucket,
        "points": total.points,
        "refused": total.dropped,
        "files_of_this_run": metadata.names([item.path for item in work.left]),
        "files": len(work.works),
    }
