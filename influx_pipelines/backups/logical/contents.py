"""`logical.json`: the buckets of a logical backup, and what each of its files holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, NonNegativeInt, ValidationError, field_validator

from influx_pipelines.backups.errors import NotASet
from influx_pipelines.backups.files import is_inside, save_whole

NAME = "logical.json"
ESTATE = "estate"  # the folder of the declarations
DATA = "data"  # the folder of line protocol, one folder a bucket below it
SUFFIX = ".lp.gz"

Type = Literal["float", "integer", "unsigned", "boolean", "string"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FieldCount(_Part):
    """How many values a field has, in one type; a shard group of its own may have another."""

    measurement: str
    field: str
    type: Type
    values: NonNegativeInt


class WindowFile(_Part):
    """A file: all values of a bucket from `start` to before `stop`, a line each.

    Attributes:
        file: its path below the folder, with `/`.
        start: nanoseconds since the epoch, as all times here.
        first: time of the first value.
        last: of the last one.
        sum: see `Tally.sum`.
    """

    file: str
    start: int
    stop: int
    values: NonNegativeInt
    first: int
    last: int
    sum: str
    fields: tuple[FieldCount, ...]

    @field_validator("file")
    @classmethod
    def _is_below(cls, value: str) -> str:
        if not is_inside(value):
            raise ValueError("leads out of the folder")
        return value


class BucketContents(_Part):
    """A bucket, with all that makes another one like it.

    Attributes:
        retention_seconds: 0 for ever.
        shard_group_seconds: 0 when the server tells none.
        series: distinct sets of measurement and tags.
        windows: in the order of time; times that no window covers had no value.
    """

    id: str
    name: str
    description: str = ""
    retention_seconds: NonNegativeInt = 0
    shard_group_seconds: NonNegativeInt = 0
    series: NonNegativeInt = 0
    windows: tuple[WindowFile, ...] = ()

    @property
    def values(self) -> int:
        """Values of all windows."""
        return sum(window.values for window in self.windows)

    @property
    def first(self) -> int | None:
        """Time of the first value."""
        return min((window.first for window in self.windows if window.values), default=None)

    @property
    def last(self) -> int | None:
        """Time of the last value."""
        return max((window.last for window in self.windows if window.values), default=None)


class Contents(_Part):
    """What a logical backup holds."""

    version: Literal[1] = 1
    url: str
    org: str
    org_id: str
    buckets: tuple[BucketContents, ...]

    def bucket(self, name: str) -> BucketContents:
        """The bucket of that name.

        Raises:
            NotASet: there is none.
        """
        for bucket in self.buckets:
            if bucket.name == name:
                return bucket
        raise NotASet(
            f"The backup holds no bucket {name!r}. It has {', '.join(self.names) or 'none'}."
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the buckets."""
        return tuple(bucket.name for bucket in self.buckets)

    def save(self, folder: Path) -> None:
        """Write it in one step, for its owner only."""
        save_whole(folder / NAME, self.model_dump_json(indent=1).encode())


def load_contents(folder: Path) -> Contents:
    """What the logical backup in a folder holds.

    Raises:
        NotASet: there is no such file, or none that this version knows.
    """
    try:
        return Contents.model_validate_json((folder / NAME).read_bytes())
    except OSError as error:
        raise NotASet(f"{folder / NAME} cannot be read: {error.strerror}.") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise NotASet(f"{folder / NAME}: {place}: {first['msg']}") from None


def moment(nanoseconds: int) -> datetime:
    """A time, cut to microseconds."""
    return EPOCH + timedelta(microseconds=nanoseconds // 1_000)
