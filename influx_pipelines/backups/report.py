"""What a look at a backup found, and the note of it that is kept beside the files.

`verification.json` stands in the folder of the backup, is no part of it, and is believed only as
long as the backup is the one that was looked at.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, NonNegativeInt, ValidationError

from influx_pipelines.backups.files import save_whole
from influx_pipelines.backups.record import BucketRecord, Kind

NAME = "verification.json"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Damage(_Part):
    """One thing that is wrong.

    Attributes:
        file: its path below the folder.
        what: a sentence: what is wrong with it.
        where: place in the file, such as `000000001-000000001.tsm, byte 512`; "" for all of it.
    """

    file: str
    what: str
    where: str = ""

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        return f"{self.file}{place}: {self.what}"


class FieldCount(_Part):
    """What a field of a measurement of a bucket holds.

    Attributes:
        bucket: its ID.
        type: float, integer, boolean, string or unsigned.
        series: distinct sets of tags that have it.
        values: those that a tombstone hides left out.
        hidden: those that a tombstone hides; a restore by the official tool brings them back.
        first: nanoseconds since 1970; None without values.
        last: the same of the last value.
    """

    bucket: str
    measurement: str
    field: str
    type: str
    series: NonNegativeInt
    values: NonNegativeInt
    hidden: NonNegativeInt = 0
    first: int | None = None
    last: int | None = None


class Report(_Part):
    """What verifying a backup found.

    Attributes:
        fingerprint: of the manifest and the side file that were looked at.
        files: how many files were read.
        bytes: on disk, of these files.
        damages: everything that is wrong; none means good.
        notes: what is not wrong but should be known: no side file, hidden values.
        buckets: what was counted, without a server.
        fields: the same by measurement and field; the first ten thousand.
    """

    kind: Kind
    fingerprint: str
    verified: datetime
    seconds: float
    files: NonNegativeInt
    bytes: NonNegativeInt
    damages: tuple[Damage, ...] = ()
    notes: tuple[str, ...] = ()
    buckets: tuple[BucketRecord, ...] = ()
    fields: tuple[FieldCount, ...] = ()

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not self.damages

    def save(self, folder: Path) -> None:
        """Keep it beside the files."""
        save_whole(folder / NAME, self.model_dump_json(indent=1).encode())


def load_report(folder: Path, fingerprint: str) -> Report | None:
    """The kept report on this very backup; None when there is none, or it is on another one."""
    try:
        report = Report.model_validate_json((folder / NAME).read_bytes())
    except (OSError, ValidationError):
        return None
    return report if report.fingerprint == fingerprint else None
