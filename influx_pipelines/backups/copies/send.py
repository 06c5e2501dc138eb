"""A copy of one backup is made: every file is read back before the next one is sent."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from influx_pipelines.backups import report
from influx_pipelines.backups.copies.encryption import SUFFIX, Recipient, encrypt
from influx_pipelines.backups.copies.found import find_copy
from influx_pipelines.backups.copies.journal import Journal
from influx_pipelines.backups.copies.record import BEGUN, NAME, CopyRecord, StoredFile
from influx_pipelines.backups.copies.remote import Remote
from influx_pipelines.backups.copies.streams import CHUNK, local_file
from influx_pipelines.backups.errors import CopyFailed, CopyRefused
from influx_pipelines.backups.progress import Progress, Step, silent
from influx_pipelines.backups.record import NAME as RECORD
from influx_pipelines.backups.sets import BackupSet


def send(
    backup: BackupSet,
    remote: Remote,
    recipients: Sequence[Recipient],
    progress: Progress = silent,
) -> CopyRecord:
    """Copy a verified backup; one that broke off goes on where it ended.

    The files that make a folder a backup come last, `copy.json` at the very end. With recipients no
    byte of a file leaves unencrypted.

    Raises:
        CopyRefused: the backup was not verified, is damaged, or changed since; or the address is
            not right.
        CopyFailed: the other side did not take it; the same again goes on.
    """
    refuse_own_folder(backup.path.parent, remote)
    files = _files(backup)
    whole = _there_already(backup, remote, encrypted=bool(recipients))
    if whole is not None:
        return whole
    keys = sorted(map(str, recipients))
    journal = Journal(backup.path.parent, backup.name, remote.address, backup.fingerprint, *keys)
    there = _begin(backup, remote, go_on=bool(journal.stored))
    stored = []
    for done, name in enumerate(files, 1):
        target = name + SUFFIX if recipients else name
        known = journal.stored.get(target)
        if known is None or there.get(target) != known.size:
            known = _send(backup, name, remote, target, recipients)
            journal.add(known)
        stored.append(known)
        progress(Step(f"{name} of {backup.name}", done, len(files), known.size))

    made = CopyRecord(
        name=backup.name,
        kind=backup.kind,
        fingerprint=backup.fingerprint,
        started=backup.started,
        copied=datetime.now(UTC),
        encrypted=bool(recipients),
        files=tuple(stored),
    )
    remote.write(f"{backup.name}/{NAME}", made.model_dump_json(indent=1).encode())
    remote.delete(f"{backup.name}/{BEGUN}")
    journal.remove()
    return made


def _send(
    backup: BackupSet, name: str, remote: Remote, target: str, recipients: Sequence[Recipient]
) -> StoredFile:
    path = f"{backup.name}/{target}"
    with local_file(backup.path / name, "rb") as source, remote.create(path) as sink:
        if recipients:
            encrypt(source, sink, recipients)
        else:
            shutil.copyfileobj(source, sink, CHUNK)
        digests = {file.name: file.sha256 for file in backup.record.files} if backup.record else {}
        if digests.get(name, source.sha256) != source.sha256:
            raise CopyRefused(
                f"{backup.path / name} changed since it was verified. Verify {backup.name} again; "
                "it is not copied."
            )
    with remote.open(path) as back:
        if back.drain().sha256 != sink.sha256:
            raise CopyFailed(
                f"{remote.shown}/{path} is not what was sent; the same again sends it."
            )
    return StoredFile(name=target, size=sink.size, sha256=sink.sha256)


def _there_already(backup: BackupSet, remote: Remote, *, encrypted: bool) -> CopyRecord | None:
    """The whole copy of this very backup; one that is not whole is made to be none."""
    copy = find_copy(remote, backup.name)
    if copy is None:
        return None
    record = copy.record
    if record is not None and record.fingerprint != backup.fingerprint:
        raise CopyRefused(
            f"{remote.shown} has a copy {backup.name} of another backup. Give each server a folder "
            "of its own."
        )
    if record is not None and copy.good and record.encrypted >= encrypted:
        return record
    make_unfinished(remote, backup.name)
    return None


def make_unfinished(remote: Remote, name: str) -> None:
    """Make a copy one that is not whole, before its files go."""
    remote.write(f"{name}/{BEGUN}", b"")
    remote.delete(f"{name}/{NAME}")


def _begin(backup: BackupSet, remote: Remote, *, go_on: bool) -> dict[str, int]:
    """Sizes of the files that are there of a copy that broke off."""
    remote.make_folder(backup.name)
    there = remote.sizes(backup.name)
    if there and BEGUN not in there:
        raise CopyRefused(
            f"{remote.shown}/{backup.name} is there and is no copy of ours; move it away."
        )
    if there and not go_on:  # begun for other keys or none, which no longer hold
        remote.delete(backup.name)
        remote.make_folder(backup.name)
        there = {}
    remote.write(f"{backup.name}/{BEGUN}", b"")
    return there


def refuse_own_folder(folder: Path, remote: Remote) -> None:
    """Make sure that the copies are not in the folder of the backups.

    Raises:
        CopyRefused: they are.
    """
    own, root = folder.resolve(), remote.local_root
    if root is not None and (root == own or own in root.parents):
        raise CopyRefused(
            f"INFLUX_PIPELINES_BACKUP_COPY_TO: {remote.shown} is in the folder of the backups; a "
            "copy belongs elsewhere."
        )


def _files(backup: BackupSet) -> list[str]:
    """Names of the files, the ones that make a folder a backup last.

    Raises:
        CopyRefused: the backup is not known to be good, or holds what cannot be copied.
    """
    looked = backup.verification
    if looked is None or not looked.good:
        state = "was not verified" if looked is None else "is damaged"
        raise CopyRefused(f"{backup.path} {state}; only verified backups are copied.")
    names = []
    for path in backup.path.rglob("*"):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise CopyRefused(f"{path} is neither a file nor a folder; {backup.name} stays here.")
        if path.is_file() and path.name != report.NAME:
            names.append(path.relative_to(backup.path).as_posix())
    return sorted(names, key=lambda name: (_rank(name), name))


def _rank(name: str) -> int:
    return 2 if name == RECORD else 1 if Path(name).suffix == ".manifest" else 0
