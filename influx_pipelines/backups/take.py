"""Taking a backup: alone, under a temporary name, and read again when it is finished."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from influx_pipelines.backups.address import address_of
from influx_pipelines.backups.alone import alone
from influx_pipelines.backups.errors import NoSpace
from influx_pipelines.backups.files import PARTIAL, finished_or_gone
from influx_pipelines.backups.inventory import Listed, take_inventory
from influx_pipelines.backups.kinds import chosen_kind
from influx_pipelines.backups.previous import previous_of
from influx_pipelines.backups.progress import Progress, silent
from influx_pipelines.backups.prune import remove_killed
from influx_pipelines.backups.record import BackupRecord, Kind
from influx_pipelines.backups.sets import BackupSet, new_name, open_set
from influx_pipelines.influx.client import Influx
from influx_pipelines.settings import Settings


def take(client: Influx, settings: Settings, *, progress: Progress = silent) -> BackupSet:
    """Take a backup of the kind that the settings say, and verify it.

    One that is found damaged stays, with the report that says so: whatever is wrong on the server
    itself, the rest of it is worth having. An error or a cancel leaves nothing; a killed logical
    backup of the same server is gone on with.

    Args:
        client: with the token for backups.
        settings: kind, folder, and how much is done at once.
        progress: told of each part that is done, from several threads.

    Raises:
        BackupBusy: another backup, restore or retention is at work in the folder.
        BackupError: it could not be taken.
        InfluxError: the server did not answer.
    """
    from influx_pipelines.backups.verify import verify

    folder = settings.backups
    with alone(folder, "backup") as lease:
        kind, why = chosen_kind(client, settings)
        path = _place(client, folder, kind)
        with finished_or_gone(path) as partial:
            record = _filled(client, settings, kind, partial, progress)
            notes = (f"logical, since {why}",) if why else ()
            record = record.model_copy(update={"notes": (*notes, *record.notes)})
            record.save(partial)
            lease.check()
        verify(path, progress).save(path)
    return open_set(path)


def _place(client: Influx, folder: Path, kind: Kind) -> Path:
    """Where the new backup will be; what killed runs left is removed, unless it is gone on with."""
    from influx_pipelines.backups.logical.journal import unfinished

    now = datetime.now(UTC)
    going_on = unfinished(folder, client, now) if kind == "logical" else None
    remove_killed(folder, going_on)
    if going_on is not None:
        return going_on.with_name(going_on.name.removesuffix(PARTIAL))
    return folder / new_name(folder, now)


def _filled(
    client: Influx, settings: Settings, kind: Kind, partial: Path, progress: Progress
) -> BackupRecord:
    """Fill the folder."""
    from influx_pipelines.backups.logical.take import take_logical
    from influx_pipelines.backups.native.take import take_native

    listed = take_inventory(settings.backups).listed
    if kind == "logical":
        _check_room(partial, listed, address_of(client))
        return take_logical(client, partial, progress=progress)
    now = datetime.now(UTC)
    before = previous_of(listed, address_of(client), settings.backup_full_every, now)
    return take_native(
        client, partial, previous=before, parallel=settings.backup_parallel, progress=progress
    )


def _check_room(partial: Path, listed: Sequence[Listed], url: str) -> None:
    """Refuse a logical backup where not even the one before would fit."""
    sizes = (
        one.bytes
        for one in listed
        if one.good and one.backup.record and one.backup.kind == "logical"
        if one.backup.record.url == url
    )
    needed, free = next(sizes, 0), shutil.disk_usage(partial).free
    if free < needed:
        raise NoSpace(
            f"The backup before took {needed:,} bytes, and the disk of {partial.parent} has "
            f"{free:,} left. Free some space, or keep fewer backups."
        )
