"""Which backup the next one may link unchanged files of."""

from __future__ import annotations

from collections.abc import Sequence

from influx_pipelines.backups.inventory import Listed
from influx_pipelines.backups.sets import BackupSet


def previous_of(listed: Sequence[Listed], url: str, full_every: int) -> BackupSet | None:
    """The newest good native backup of a server; None when the next one is to be full.

    Args:
        listed: the newest first; damaged ones and those that nobody verified are never linked.
        url: of the server, as backups record it.
        full_every: of so many backups in a row one is full.
    """
    usable = [
        one
        for one in listed
        if one.good
        and one.backup.kind == "native"
        and one.backup.record is not None
        and one.backup.record.url == url
    ]
    since_full = next((n for n, one in enumerate(usable) if one.backup.full), None)
    if since_full is None or since_full + 1 >= full_every:
        return None
    return usable[0].backup
