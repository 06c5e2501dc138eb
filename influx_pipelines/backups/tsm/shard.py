"""A shard: what its files hold together, as a server would answer it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from operator import itemgetter
from pathlib import PurePosixPath

import numpy as np

from influx_pipelines.backups.tsm import counting
from influx_pipelines.backups.tsm.decoding import Times, Values
from influx_pipelines.backups.tsm.errors import TsmError
from influx_pipelines.backups.tsm.index import SEPARATOR, TYPES, Buffer, TsmFile
from influx_pipelines.backups.tsm.lines import lines_of
from influx_pipelines.backups.tsm.merging import Part, merged
from influx_pipelines.backups.tsm.summary import KeyCount, ShardSummary
from influx_pipelines.backups.tsm.tombstone import Tombstones


@dataclass(frozen=True, eq=False)
class Points:
    """Values of one field of one series, in the order of time.

    Attributes:
        series: measurement and tags, escaped as in line protocol.
        field: its name, not escaped.
        type: float, integer, boolean, string or unsigned.
        times: nanoseconds since 1970, int64, each once.
        values: float64, int64, bool, uint64, or the bytes of strings (as objects).
    """

    series: bytes
    field: bytes
    type: str
    times: Times
    values: Values


class Shard:
    """The merged contents of some files: of one time the value in the latest file counts.

    Args:
        files: in the order of their names, which is that of their age.
        tombstones: beside each file, or none at all. `influx restore` forgets them, and what they
            hide is back.
    """

    def __init__(
        self, files: Sequence[TsmFile], tombstones: Sequence[Tombstones | None] = ()
    ) -> None:
        self.files = list(files)
        self.tombstones = [found or Tombstones({}) for found in tombstones]
        self.tombstones += [Tombstones({})] * (len(self.files) - len(self.tombstones))

    @classmethod
    def of(cls, contents: Mapping[str, Buffer]) -> Shard:
        """The shard of the entries of an archive, by their names.

        Raises:
            TsmError: a file is broken, is of another kind, or is a tombstone without its file.
        """
        names = {PurePosixPath(path).name: data for path, data in contents.items()}
        hidden = {
            name.removesuffix(".tombstone"): Tombstones.read(bytes(data), name)
            for name, data in names.items()
            if name.endswith(".tombstone")
        }
        shown = sorted(name.removesuffix(".tsm") for name in names if name.endswith(".tsm"))
        if len(hidden) + len(shown) < len(contents) or hidden.keys() - set(shown):
            raise TsmError("", f"These are not the files of a shard: {', '.join(sorted(names))}.")
        files = [TsmFile(names[f"{stem}.tsm"], f"{stem}.tsm") for stem in shown]
        return cls(files, [hidden.get(stem) for stem in shown])

    def verify(self) -> tuple[list[TsmError], ShardSummary]:
        """Everything that is wrong with the files, and what could be counted.

        Bounded memory, whatever the bytes are; values are not decoded, their checksums are.
        """
        return counting.verify(self.files, self.tombstones)

    def counts(self) -> Iterator[KeyCount]:
        """The number of values of each field of each series, in their order.

        Raises:
            TsmError: a file is damaged.
        """
        damages: list[TsmError] = []
        for found in counting.counts(self.files, self.tombstones, damages):
            if damages:
                break
            yield found
        if damages:
            raise damages[0]

    def summary(self) -> ShardSummary:
        """What `verify` counts, of files that are good.

        Raises:
            TsmError: a file is damaged.
        """
        damages, found = self.verify()
        if damages:
            raise damages[0]
        return found

    def points(self, *, forget_tombstones: bool = False) -> Iterator[Points]:
        """All values, series by series, in pieces of a few blocks at most.

        Args:
            forget_tombstones: what `influx restore` makes of it.

        Raises:
            TsmError: a file is damaged; what was given before is right.
        """
        for key, parts in self._parts(forget_tombstones):
            series, _, field = key.partition(SEPARATOR)
            if len({part.kind for part in parts}) > 1:
                raise parts[-1].file.error(0, f"{key[:80]!r} has another type in another file.")
            for times, values in merged(parts):
                yield Points(series, field, TYPES[parts[0].kind], times, values)

    def lines(self, *, forget_tombstones: bool = False) -> Iterator[bytes]:
        """The same as line protocol, in pieces of whole lines, a value each.

        Raises:
            TsmError: a file is damaged, or a name or value cannot be written.
        """
        for found in self.points(forget_tombstones=forget_tombstones):
            yield lines_of(found.series, found.field, found.type, found.times, found.values)

    def _parts(self, forget_tombstones: bool) -> Iterable[tuple[bytes, list[Part]]]:
        """Of each key, what each file has."""

        def of_file(number: int, file: TsmFile) -> Iterator[tuple[bytes, int, Part]]:
            hidden = Tombstones({}) if forget_tombstones else self.tombstones[number]
            for batch in file.batches():
                rows = np.split(batch.entries, batch.starts[1:])
                for key, kind, entries in zip(batch.keys, batch.types, rows, strict=True):
                    yield key, number, Part(file, key, int(kind), entries, hidden.of(key))

        streams = [of_file(number, file) for number, file in enumerate(self.files)]
        for key, found in groupby(merge(*streams), key=itemgetter(0)):
            yield key, [part for _, _, part in found]
