"""The one entry: a look at the backup in a folder, of whatever kind."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from pathlib import Path

from influx_pipelines.backups.errors import NotASet
from influx_pipelines.backups.files import PARTIAL
from influx_pipelines.backups.logical.contents import NAME as LOGICAL
from influx_pipelines.backups.progress import Progress, silent
from influx_pipelines.backups.record import NAME as RECORD
from influx_pipelines.backups.record import Kind
from influx_pipelines.backups.report import Report
from influx_pipelines.backups.sets import STAMP, BackupSet, open_set, started_of
from influx_pipelines.backups.verify.leftovers import leftovers
from influx_pipelines.backups.verify.look import Look
from influx_pipelines.backups.verify.manifest import SUFFIX
from influx_pipelines.backups.verify.manifests import Manifests, read_manifests
from influx_pipelines.backups.verify.native import NativeLook
from influx_pipelines.backups.verify.sidefile import check_counts, check_record

# What is written first of each kind: where it is, the last file was lost.
FIRST: dict[Kind, re.Pattern[str]] = {
    "native": re.compile(r"\d{8}T\d{6}Z\.bolt(?:\.gz)?", re.ASCII),
    "logical": re.compile(re.escape(LOGICAL)),
}
MOST_NOTES = 200


def verify(path: Path, progress: Progress = silent) -> Report:
    """Look at a backup without a server: what is damaged, and what it holds.

    Each file is read once. Memory stays below a few hundred MiB whatever the files hold, and large
    ones are unpacked into a file without a name in the folder of temporary files.

    Args:
        path: folder of one backup, native or logical, ours or of `influx backup`.
        progress: told after each file.

    Raises:
        NotASet: it holds no finished backup, or one of a 2.0 server, or went away meanwhile.
        NoSpace: there is none to unpack a large file.
    """
    found = _open(path)
    if found.kind == "logical":
        from influx_pipelines.backups.verify.logical import verify_logical

        return verify_logical(path, progress)
    try:
        return _native(found, progress)
    except FileNotFoundError as error:
        if path.is_dir():
            raise
        raise NotASet(f"{path} went away while it was looked at.") from error


def _open(path: Path) -> BackupSet:
    """The backup; also one that has lost what is written last."""
    try:
        return open_set(path)
    except NotASet:
        if path.name.endswith(PARTIAL) or not path.is_dir():
            raise
        names = [file.name for file in path.iterdir()]
        kind = next((kind for kind, name in FIRST.items() if any(map(name.fullmatch, names))), None)
        if kind is None:
            raise
        return BackupSet(path, kind, None, started_of(path, names))


def _native(found: BackupSet, progress: Progress) -> Report:
    began = time.monotonic()
    fingerprint = found.fingerprint
    record = found.record
    look = Look(found.path, {} if record is None else {f.name: f for f in record.files}, progress)
    manifests = read_manifests(found.path)
    native = NativeLook(look, manifests, found.started)
    if found.broken:
        look.damage(RECORD, found.broken)
    if not manifests.newest and record is None:
        name = f"{found.started:{STAMP}}{SUFFIX}"
        look.damage(name, "is missing: it names all other files, and is written last")
    native.run()
    counts_are_sure = not look.damages
    if record is not None:
        check_record(look, record, manifests.names)
        if counts_are_sure:
            check_counts(look, record, native.buckets)
    elif not found.broken:
        look.notes.append(
            f"There is no {RECORD}: a changed name, a dropped tombstone or an emptied shard would "
            "not be noticed."
        )
    _leftovers(look, manifests)
    if not found.path.is_dir():
        raise NotASet(f"{found.path} went away while it was looked at.")
    return Report(
        kind="native",
        fingerprint=fingerprint,
        verified=datetime.now(UTC),
        seconds=round(time.monotonic() - began, 3),
        files=len(look.read),
        bytes=look.bytes,
        damages=tuple(look.damages),
        notes=_bounded(look.notes),
        buckets=tuple(native.buckets),
        fields=tuple(native.fields),
    )


def _bounded(notes: list[str]) -> tuple[str, ...]:
    more = len(notes) - MOST_NOTES
    return (*notes[:MOST_NOTES], *([f"And {more} more notes."] if more > 0 else []))


def _leftovers(look: Look, manifests: Manifests) -> None:
    known = manifests.names | set(look.expected)
    for name, is_part in leftovers(look.folder, known):
        if not is_part:
            look.notes.append(f"{name} is no part of the backup.")
        elif manifests.newest and manifests.is_whole:
            look.damage(name, "is left over: no manifest names it")
