"""`backup.json`: the side file of a backup, with a digest of every other file of it.

Some damages are found by nothing else: a letter in the index of a shard, a dropped tombstone, an
emptied archive. The official tool does not read this file, and needs none.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, NonNegativeInt, ValidationError, field_validator

from influx_pipelines.backups.errors import NotASet
from influx_pipelines.backups.files import is_inside, read_small, save_whole

NAME = "backup.json"

Kind = Literal["native", "logical"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileRecord(_Part):
    """A file of the backup.

    Attributes:
        name: its path below the folder, with `/`.
        size: bytes on disk.
        sha256: of the bytes on disk.
        linked: whether it is the unchanged file of the backup before, by a hard link.
    """

    name: str
    size: NonNegativeInt
    sha256: str
    linked: bool = False

    @field_validator("name")
    @classmethod
    def _is_below(cls, value: str) -> str:
        if not is_inside(value):
            raise ValueError("leads out of the folder")
        return value


class BucketRecord(_Part):
    """A bucket in the backup.

    Attributes:
        shards: shard groups with data, or files of a logical one.
        series: distinct sets of measurement and tags; None when nobody counted.
        values: field values, those that a tombstone hides left out; None when nobody counted.
        first: time of the first value; None without values.
        last: time of the last one.
    """

    id: str
    name: str
    org: str
    shards: NonNegativeInt = 0
    series: NonNegativeInt | None = None
    values: NonNegativeInt | None = None
    first: datetime | None = None
    last: datetime | None = None


class BackupRecord(_Part):
    """What a backup holds and how it came about.

    Attributes:
        started: by the clock of the server where it tells one, UTC; incrementals ask since then.
        server: version of the server.
        project: version of this project.
        full: whether every file is its own; one in so many is.
        previous: name of the backup whose unchanged files are linked.
        notes: what somebody who restores should know: a shard that went away meanwhile.
        sha256: of all the rest; in the file only, `save` sets it and `load_record` looks at it.
    """

    version: Literal[1] = 1
    kind: Kind
    name: str
    started: datetime
    finished: datetime
    url: str
    server: str
    project: str
    full: bool = True
    previous: str | None = None
    files: tuple[FileRecord, ...]
    buckets: tuple[BucketRecord, ...]
    notes: tuple[str, ...] = ()
    sha256: str | None = None

    @property
    def duration(self) -> timedelta:
        """From start to end."""
        return self.finished - self.started

    @property
    def bytes(self) -> int:
        """Bytes of all files, linked ones too."""
        return sum(file.size for file in self.files)

    def save(self, folder: Path) -> None:
        """Write it in one step, for its owner only."""
        sealed = self.model_copy(update={"sha256": self.own_digest()})
        save_whole(folder / NAME, sealed.model_dump_json(indent=1).encode())

    def own_digest(self) -> str:
        """The SHA-256 of all of it but that."""
        rest = self.model_copy(update={"sha256": None})
        return hashlib.sha256(rest.model_dump_json().encode()).hexdigest()


def load_record(folder: Path) -> BackupRecord | None:
    """The record of a folder, or None where there is none.

    Raises:
        NotASet: it cannot be read, was changed, or is none that this version knows.
    """
    try:
        text = read_small(folder / NAME)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise NotASet(f"{folder / NAME} cannot be read: {error.strerror}.") from None
    try:
        record = BackupRecord.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise NotASet(f"{folder / NAME}: {place}: {first['msg']}") from None
    if record.sha256 is not None and record.sha256 != record.own_digest():
        raise NotASet(f"{folder / NAME} is not as it was written: its own SHA-256 is another.")
    return record.model_copy(update={"sha256": None})


def digest(path: Path) -> str:
    """The SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
