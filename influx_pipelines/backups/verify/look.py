"""One look at a backup: the files that were read, and what was found on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from influx_pipelines.backups.progress import Progress, Step
from influx_pipelines.backups.record import NAME as RECORD
from influx_pipelines.backups.record import FileRecord
from influx_pipelines.backups.report import Damage
from influx_pipelines.backups.verify.damages import Broken, Finds
from influx_pipelines.backups.verify.reading import Raw, unpacked

Check = Callable[[Iterator[bytes], Finds], None]


class Named(Protocol):
    """What a manifest says about a file."""

    @property
    def file_name(self) -> str:
        """A bare name."""

    @property
    def size(self) -> int:
        """Bytes on disk."""

    @property
    def compression(self) -> int:
        """0 none, 1 gzip."""


@dataclass
class Look:
    """What is known so far.

    Attributes:
        folder: of the backup.
        expected: what the side file says about files, by name; empty without one.
        total: how many files are to be read.
        read: names of the files that were read.
        bytes: on disk, of these.
    """

    folder: Path
    expected: Mapping[str, FileRecord]
    progress: Progress
    total: int = 0
    damages: list[Damage] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    read: set[str] = field(default_factory=set)
    bytes: int = 0

    def damage(self, file: str, what: str, where: str = "") -> None:
        """Note a damage."""
        self.damages.append(Damage(file=file, what=what, where=where))

    def take(self, file: str, finds: Finds) -> None:
        """Note what was found in a file."""
        for found in finds.damages:
            self.damage(file, found.what, found.where)
        if finds.left_out:
            self.damage(file, f"and {finds.left_out} more damages like these")

    def file(self, named: Named, what: str, check: Check) -> bool:
        """Read a file that a manifest names, once, and check what it holds.

        Returns:
            Whether nothing is wrong with it.
        """
        before = len(self.damages)
        try:
            self._read(named.file_name, named.size, named.compression, check)
        except Broken as error:
            self.damage(named.file_name, error.what, error.where)
        self.progress(Step(what, len(self.read), self.total, named.size))
        return len(self.damages) == before

    def digest(self, name: str) -> None:
        """Read a file that only the side file knows about."""
        try:
            self._read(name, None, 0, _nothing)
        except Broken as error:
            self.damage(name, error.what, error.where)

    def _read(self, name: str, size: int | None, compression: int, check: Check) -> None:
        self.read.add(name)
        expected = self.expected.get(name)
        raw = Raw(self.folder / name, hashed=expected is not None)
        try:
            self.bytes += raw.size
            self._check_size(raw.size, size, expected)
            finds = Finds()
            try:
                check(unpacked(raw.pieces()) if compression else raw.pieces(), finds)
            except Broken as error:
                finds.add(error.what, error.where)
            self.take(name, finds)
            if expected is not None and raw.digest() != expected.sha256:
                self.damage(name, f"its SHA-256 is not the one that {RECORD} says")
        finally:
            raw.close()

    @staticmethod
    def _check_size(found: int, size: int | None, expected: FileRecord | None) -> None:
        if size is not None and size != found:
            raise Broken(f"has {found} bytes, and {size} by the manifest")
        if expected is not None and expected.size != found:
            raise Broken(f"has {found} bytes, and {expected.size} by {RECORD}")


def _nothing(pieces: Iterator[bytes], finds: Finds) -> None:
    for _ in pieces:
        pass
