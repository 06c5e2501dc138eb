"""A copy comes back as a backup of this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from influx_pipelines.backups.alone import alone
from influx_pipelines.backups.copies.encryption import Identity, decrypt
from influx_pipelines.backups.copies.found import Copy, find_copy
from influx_pipelines.backups.copies.record import CopyRecord, StoredFile
from influx_pipelines.backups.copies.remote import Remote
from influx_pipelines.backups.copies.streams import CHUNK, local_file
from influx_pipelines.backups.errors import BrokenDownload, CopyRefused, NoSpace
from influx_pipelines.backups.files import FILE_MODE, FOLDER_MODE, finished_or_gone
from influx_pipelines.backups.progress import Progress, Step, silent
from influx_pipelines.backups.sets import BackupSet, open_set


def fetch(
    remote: Remote,
    name: str,
    folder: Path,
    identities: Sequence[Identity] = (),
    progress: Progress = silent,
) -> BackupSet:
    """Bring a copy into a folder of backups, decrypted; it is to be verified as any other.

    Each file is compared with the digest of when it was sent. On any error nothing is left.

    Raises:
        CopyRefused: there is no such copy, it is not whole, no key opens it, or a backup of that
            name is here already.
        CopyFailed: the other side does not answer.
        BrokenDownload: a file is not what was sent.
        NoSpace: the disk is full, or would be.
        BackupBusy: somebody is at work in the folder.
    """
    if Path(name).name != name:
        raise CopyRefused(f"{name!r} is no name of a copy: give the name of its folder alone.")
    record = _whole(remote, name, find_copy(remote, name))
    if record.encrypted and not identities:
        raise CopyRefused(f"{name} is encrypted: give the file of the secret key (--identity).")
    target = folder / name
    with alone(folder, "fetch"):
        if target.exists():
            raise CopyRefused(
                f"{target} is here already. Move it away, or fetch to another folder."
            )
        free = shutil.disk_usage(folder).free
        if free < record.bytes:
            raise NoSpace(f"{folder} has {free:,} bytes left; {name} takes {record.bytes:,}.")
        with finished_or_gone(target) as partial:
            for done, file in enumerate(record.files, 1):
                _fetch(remote, record, file, partial, identities)
                progress(Step(f"{file.plain} of {name}", done, len(record.files), file.size))
    return open_set(target)


def _whole(remote: Remote, name: str, copy: Copy | None) -> CopyRecord:
    if copy is None:
        known = ", ".join(remote.names()[-5:]) or "nothing"
        raise CopyRefused(f"{remote.shown} has no finished copy {name}; there: {known}.")
    if copy.record is None or copy.damages:
        damages = "; ".join(map(str, copy.damages[:5]))
        raise CopyRefused(f"The copy {name} in {remote.shown} is damaged: {damages}.")
    return copy.record


def _fetch(
    remote: Remote,
    record: CopyRecord,
    file: StoredFile,
    folder: Path,
    identities: Sequence[Identity],
) -> None:
    path = folder / (file.plain if record.encrypted else file.name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE))
    where = f"{record.name}/{file.name}"
    with remote.open(where) as stored, local_file(path, "wb") as plain:
        if record.encrypted:
            decrypt(stored, plain, identities, where)
        else:
            shutil.copyfileobj(stored, plain, CHUNK)
        if (stored.size, stored.sha256) != (file.size, file.sha256):
            raise BrokenDownload(f"{remote.shown}/{where} is not what was sent: it is damaged.")
