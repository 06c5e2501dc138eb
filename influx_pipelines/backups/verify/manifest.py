"""The manifest of a native backup, version 2: the file that names all others, written last."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    NonNegativeInt,
    ValidationError,
)
from pydantic.alias_generators import to_camel

from influx_pipelines.backups.errors import BackupError, NotASet
from influx_pipelines.backups.files import read_small
from influx_pipelines.backups.instants import nanoseconds

SUFFIX = ".manifest"


class BadManifest(BackupError):
    """A manifest that is damaged.

    Attributes:
        where: path of keys, or line and column; "" for all of it.
    """

    def __init__(self, what: str, where: str = "") -> None:
        super().__init__(f"{where}: {what}" if where else what)
        self.what, self.where = what, where


def _file_name(value: str) -> str:
    if value in ("", ".", "..") or re.search(r"[/\\\0]", value):
        raise ValueError("is no bare name of a file: it could lead out of the folder")
    return value


def _identifier(value: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{16}", value) or value == "0" * 16:
        raise ValueError("is no ID of sixteen hexadecimal digits")
    return value


def _time(value: str) -> str:
    nanoseconds(value)
    return value


def _list(value: object) -> object:
    """Go writes an empty list as null now and then; a strict model wants a tuple."""
    return tuple(value) if isinstance(value, list) else () if value is None else value


Identifier = Annotated[str, AfterValidator(_identifier)]
Time = Annotated[str, AfterValidator(_time)]


class _Part(BaseModel):
    """Keys that are not known are kept: newer servers may send more."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="allow",
        alias_generator=to_camel,
        populate_by_name=True,
    )


class ManifestFile(_Part):
    """A file of the backup.

    Attributes:
        file_name: a bare name.
        size: bytes on disk.
        compression: 0 none, 1 gzip.
    """

    file_name: Annotated[str, AfterValidator(_file_name)]
    size: NonNegativeInt
    compression: Literal[0, 1]


class ShardFile(_Part):
    """A shard and its file, as flat as the manifest has it."""

    id: NonNegativeInt
    shard_owners: Annotated[tuple[Any, ...], BeforeValidator(_list)]
    file_name: Annotated[str, AfterValidator(_file_name)]
    size: NonNegativeInt
    compression: Literal[0, 1]


class ShardGroup(_Part):
    """A stretch of time of a bucket.

    Attributes:
        start_time: as the server wrote it; `start_ns` counts.
        end_time: exclusive.
    """

    id: NonNegativeInt
    start_time: Time
    end_time: Time
    deleted_at: Time | None = None
    truncated_at: Time | None = None
    shards: Annotated[tuple[ShardFile, ...], BeforeValidator(_list)]

    @property
    def start_ns(self) -> int:
        """Nanoseconds since 1970."""
        return nanoseconds(self.start_time)

    @property
    def end_ns(self) -> int:
        """Nanoseconds since 1970, exclusive."""
        return nanoseconds(self.end_time)


class RetentionPolicy(_Part):
    """The one retention policy of a bucket; durations in nanoseconds, 0 for ever."""

    name: str
    replica_n: int
    duration: NonNegativeInt
    shard_group_duration: NonNegativeInt
    shard_groups: Annotated[tuple[ShardGroup, ...], BeforeValidator(_list)]
    subscriptions: Annotated[tuple[Any, ...], BeforeValidator(_list)]


class ManifestBucket(_Part):
    """A bucket with its shards."""

    organization_id: Identifier = Field(alias="organizationID")
    organization_name: str
    bucket_id: Identifier = Field(alias="bucketID")
    bucket_name: str
    description: str | None = None
    default_retention_policy: str
    retention_policies: Annotated[tuple[RetentionPolicy, ...], BeforeValidator(_list)]

    def groups(self) -> Iterator[ShardGroup]:
        """All its shard groups."""
        for policy in self.retention_policies:
            yield from policy.shard_groups

    def shards(self) -> Iterator[tuple[ShardGroup, ShardFile]]:
        """All its shards, with the group that each is in."""
        for group in self.groups():
            for shard in group.shards:
                yield group, shard


class Manifest(_Part):
    """The whole; `to_bytes` writes it the way the official tool does."""

    manifest_version: Literal[2]
    kv: ManifestFile
    sql: ManifestFile | None = None
    buckets: Annotated[tuple[ManifestBucket, ...], BeforeValidator(_list)]

    def shards(self) -> Iterator[tuple[ManifestBucket, ShardGroup, ShardFile]]:
        """All shards of all buckets."""
        for bucket in self.buckets:
            for group, shard in bucket.shards():
                yield bucket, group, shard

    def files(self) -> Iterator[ManifestFile | ShardFile]:
        """All files that it names."""
        yield from (file for file in (self.kv, self.sql) if file is not None)
        yield from (shard for _, _, shard in self.shards())

    def to_bytes(self) -> bytes:
        """As Go's encoder with two spaces of indent: keys that were not given stay away."""
        text = json.dumps(
            self.model_dump(by_alias=True, exclude_unset=True, mode="json"),
            indent=2,
            ensure_ascii=False,
        )
        for letter in "&<>\u2028\u2029":
            text = text.replace(letter, f"\\u{ord(letter):04x}")
        return text.encode() + b"\n"


def read_manifest(path: Path) -> Manifest:
    """The manifest in a file.

    Raises:
        NotASet: it is one of a 2.0 server.
        BadManifest: it cannot be read, or is not as a manifest of version 2 is.
    """
    try:
        return parse_manifest(read_small(path))
    except OSError as error:
        raise BadManifest(f"cannot be read: {error.strerror}") from None


def parse_manifest(text: bytes) -> Manifest:
    """The manifest in a text.

    Raises:
        NotASet: it is one of a 2.0 server.
        BadManifest: it is not as a manifest of version 2 is.
    """
    raw = _json(text)
    if isinstance(raw, dict) and "manifestVersion" not in raw and "files" in raw:
        raise NotASet(
            "This is a backup of a 2.0 server, in a format that only 2.0 restores. Update the "
            "server to 2.1 or later and back it up again."
        )
    try:
        return Manifest.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadManifest(first["msg"].removeprefix("Value error, "), where) from None


def _json(text: bytes) -> object:
    try:
        read: object = json.loads(text.decode(), object_pairs_hook=_once)
        if b"\\ud" in text.lower():  # half a letter of UTF-16 cannot be printed or sent
            json.dumps(read, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        raise BadManifest("is not UTF-8", f"byte {error.start}") from None
    except UnicodeEncodeError:
        raise BadManifest("holds half a letter: a \\\\ud… without its other half") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BadManifest(f"is no JSON: {error.msg}", where) from None
    except RecursionError:
        raise BadManifest("is no manifest: it is nested without end") from None
    except ValueError:
        raise BadManifest("holds a number of thousands of digits") from None
    return read


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadManifest(f"the key {twice!r} stands there twice")
    return made
