"""A bucket of a logical backup: what it holds, and bringing it to a server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from influx_pipelines.backups.address import address_of
from influx_pipelines.backups.instants import instant
from influx_pipelines.backups.logical.contents import BucketContents, WindowFile, load_contents
from influx_pipelines.backups.logical.names import of_field
from influx_pipelines.backups.logical.reading import values
from influx_pipelines.backups.logical.restore import restore_bucket
from influx_pipelines.backups.progress import Progress
from influx_pipelines.backups.restore.held import Field, Held, Value, canonical
from influx_pipelines.backups.restore.source import Kept
from influx_pipelines.backups.sets import BackupSet
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.models import Bucket
from influx_pipelines.transfer.state import State

_ESCAPED = re.compile(rb'\\(["\\])')


@dataclass(frozen=True)
class WindowPart:
    """A window of a logical backup, which lies within one shard group."""

    folder: Path
    window: WindowFile

    @property
    def start(self) -> datetime:
        """Its begin."""
        return instant(self.window.start)

    @property
    def stop(self) -> datetime:
        """Its end, exclusive."""
        return instant(self.window.stop)

    def held(self, *, last: bool) -> dict[Field, Held]:
        """What its lines say; they are in the order of time within a series."""
        found: dict[Field, Held] = {}
        for series, name, text, time in values(self.folder / self.window.file):
            field = Field(canonical(series), of_field(name.decode()).encode())
            count = found[field].values if field in found else 0
            found[field] = Held(count + 1, time, _value(text)) if last else Held(count + 1)
        return found


@dataclass(frozen=True)
class LogicalBucket:
    """A bucket of a logical backup.

    Attributes:
        state: folder where is remembered what was sent; a run that was killed is gone on with.
    """

    backup: BackupSet
    name: str
    state: Path

    @property
    def contents(self) -> BucketContents:
        """What the backup says of it."""
        return load_contents(self.backup.path).bucket(self.name)

    @property
    def kept(self) -> Kept:
        """How it is to be."""
        found = self.contents
        return Kept(found.description, found.retention_seconds, found.shard_group_seconds)

    def make(self, client: Influx, as_name: str, description: str, progress: Progress) -> None:
        """Line by line, after what a run before has sent."""
        if client.find_bucket(as_name) is None:
            client.create_bucket(
                as_name,
                retention_seconds=0,
                description=description,
                shard_group_seconds=self.kept.shard_group_seconds or None,
            )
        restore_bucket(
            client,
            self.backup,
            self.name,
            as_name=as_name,
            state_folder=self.state,
            progress=progress,
        )

    def parts(self) -> Iterator[WindowPart]:
        """Its windows."""
        for window in self.contents.windows:
            yield WindowPart(self.backup.path, window)


def goes_on(client: Influx, state: Path, bucket: Bucket) -> bool:
    """Whether a restore that was killed remembers what it has brought into the bucket."""
    kept = State(
        state, url=address_of(client), org=client.org, bucket=bucket.name, bucket_id=bucket.id
    )
    return kept.path.exists()


def _value(text: bytes) -> Value:
    """A value as it is written in a backup."""
    if text.startswith(b'"'):
        return _ESCAPED.sub(rb"\1", text[1:-1]).decode("utf-8", "replace")
    if text in (b"true", b"false"):
        return text == b"true"
    return int(text[:-1]) if text[-1:] in b"iu" else float(text)
