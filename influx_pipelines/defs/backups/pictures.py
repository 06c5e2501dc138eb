"""Backups as pictures: how large they get, and how long they take."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from influx_pipelines import plots
from influx_pipelines.backups.inventory import Listed

SHOWN = 100  # backups of a plot, the newest


def sizes_and_durations(listed: Sequence[Listed]) -> bytes:
    """Two plots below each other, a line a kind of backup.

    Args:
        listed: the newest first.
    """
    sizes: dict[str, list[tuple[datetime, float | None]]] = {}
    seconds: dict[str, list[tuple[datetime, float | None]]] = {}
    for one in reversed(listed[:SHOWN]):
        backup, record = one.backup, one.backup.record
        sizes.setdefault(backup.kind, []).append((backup.started, one.bytes / 1e6))
        if record is not None:
            taken = (backup.started, record.duration.total_seconds())
            seconds.setdefault(backup.kind, []).append(taken)
    return plots.stacked(
        [
            plots.line_plot(sizes, title="Size of backups", unit="MB"),
            plots.line_plot(seconds, title="Time they took", unit="s"),
        ]
    )
