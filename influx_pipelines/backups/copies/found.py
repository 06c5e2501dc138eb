"""The copies that are there, and whether each of their files is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from influx_pipelines.backups.copies.record import BEGUN, NAME, CopyRecord, parse_copy
from influx_pipelines.backups.copies.remote import Remote
from influx_pipelines.backups.report import Damage
from influx_pipelines.backups.retention import Candidate
from influx_pipelines.backups.sets import STAMP

_OURS = re.compile(r"backup-(\d{8}T\d{6}Z)(?:-\d+)?")


@dataclass(frozen=True)
class Copy:
    """A finished copy.

    Attributes:
        record: None when `copy.json` is damaged.
        started: of the backup.
        damages: by a look at names and sizes only.
    """

    name: str
    record: CopyRecord | None
    started: datetime
    damages: tuple[Damage, ...]

    @property
    def good(self) -> bool:
        """Whether every file is there with its size."""
        return not self.damages

    @property
    def candidate(self) -> Candidate:
        """For retention. Copies share no files, so that each is a full one."""
        return Candidate(self.name, self.started, "good" if self.good else "bad")


def find_copies(remote: Remote) -> list[Copy]:
    """The finished copies, the newest first; whatever else is there is passed over."""
    found = [copy for name in remote.names() if (copy := find_copy(remote, name))]
    return sorted(found, key=lambda copy: (copy.started, copy.name), reverse=True)


def find_unfinished(remote: Remote) -> list[str]:
    """Names of the copies that broke off, while they were made or removed."""
    names = (name for name in remote.names() if remote.read(f"{name}/{BEGUN}") is not None)
    return [name for name in names if remote.read(f"{name}/{NAME}") is None]


def find_copy(remote: Remote, name: str) -> Copy | None:
    """The finished copy of that name; None when there is none."""
    text = remote.read(f"{name}/{NAME}")
    if text is None:
        return None
    record = parse_copy(text)
    if record is None or record.name != name:
        started = _started_by_name(name)
        wrong = Damage(file=f"{name}/{NAME}", what="it is damaged")
        return Copy(name, None, started, (wrong,)) if started else None
    sizes = remote.sizes(name)
    damages = (_differs(name, file.name, file.size, sizes.get(file.name)) for file in record.files)
    return Copy(name, record, record.started, tuple(filter(None, damages)))


def check_copy(remote: Remote, copy: Copy) -> tuple[Damage, ...]:
    """What is wrong with a copy, every byte of it read; no secret key is needed."""
    if copy.record is None or copy.damages:
        return copy.damages
    found = []
    for file in copy.record.files:
        path = f"{copy.name}/{file.name}"
        with remote.open(path) as stored:
            if stored.drain().sha256 != file.sha256:
                found.append(Damage(file=path, what="its SHA-256 is another one"))
    return tuple(found)


def _started_by_name(name: str) -> datetime | None:
    """When a backup with a name of ours began; None for another name."""
    ours = _OURS.fullmatch(name)
    try:
        return datetime.strptime(ours[1], STAMP).replace(tzinfo=UTC) if ours else None
    except ValueError:
        return None


def _differs(copy: str, file: str, size: int, there: int | None) -> Damage | None:
    if there == size:
        return None
    what = "it is missing" if there is None else f"it has {there:,} bytes in place of {size:,}"
    return Damage(file=f"{copy}/{file}", what=what)
