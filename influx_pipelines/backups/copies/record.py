"""`copy.json`: the last file of a copy, which says what stands there; without it there is no copy.

It is not encrypted, so that a copy can be checked and kept by policy without the secret key. It
tells names, sizes and digests of the files as they are stored, and when the backup was made.
"""

from __future__ import annotations

from typing import Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    NonNegativeInt,
    ValidationError,
    field_validator,
)

from influx_pipelines.backups.copies.encryption import SUFFIX
from influx_pipelines.backups.files import is_inside
from influx_pipelines.backups.record import Kind

NAME = "copy.json"
BEGUN = "copy.partial"  # beside files of a copy that is not whole


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StoredFile(_Part):
    """A file of a copy.

    Attributes:
        name: its path below the folder of the copy, with `/`.
        size: bytes as stored.
        sha256: of the bytes as stored.
    """

    name: str
    size: NonNegativeInt
    sha256: str

    @field_validator("name")
    @classmethod
    def _is_below(cls, value: str) -> str:
        if not is_inside(value):
            raise ValueError("leads out of the folder")
        return value

    @property
    def plain(self) -> str:
        """Its name in the backup."""
        return self.name.removesuffix(SUFFIX)


class CopyRecord(_Part):
    """A copy that is whole: every file was read back before this was written.

    Attributes:
        name: of the backup, and of the folder.
        fingerprint: of the backup.
        started: of the backup.
        copied: when the last file was there.
        encrypted: whether the files can only be read with a secret key.
        files: in the order in which they are to be fetched; those that make a folder a backup last.
    """

    version: Literal[1] = 1
    name: str
    kind: Kind
    fingerprint: str
    started: AwareDatetime
    copied: AwareDatetime
    encrypted: bool
    files: tuple[StoredFile, ...]

    @property
    def bytes(self) -> int:
        """Of all files, as stored."""
        return sum(file.size for file in self.files)


def parse_copy(text: bytes) -> CopyRecord | None:
    """What a `copy.json` says; None for one that is damaged."""
    try:
        return CopyRecord.model_validate_json(text)
    except ValidationError:
        return None
