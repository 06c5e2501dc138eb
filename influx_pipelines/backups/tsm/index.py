"""The index of a TSM file: which series and fields it holds, and where their blocks are.

Source: `tsdb/engine/tsm1/writer.go` of InfluxDB. All numbers are big endian.

    file:  magic (4), version (1), blocks, index, offset of the index (8)
    index: length of key (2), key, type (1), number of blocks (2), so many entries of
           first time (8), last time (8), offset (8), size (4)
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from struct import Struct

import numpy as np
from numpy.typing import NDArray

from influx_pipelines.backups.tsm.errors import TsmError

Buffer = bytes | bytearray | memoryview | mmap.mmap

MAGIC, VERSION = 0x16D116D1, 1
TYPES = ("float", "integer", "boolean", "string", "unsigned")
SEPARATOR = b"#!~#"  # between series and field
ENTRY = np.dtype([("first", "i8"), ("last", "i8"), ("offset", "i8"), ("size", "u4")])
ON_DISK = ENTRY.newbyteorder(">")
HEADER, FOOTER = Struct(">IB"), Struct(">Q")
KIND_AND_COUNT = Struct(">BH")
LEAST_BLOCK = 4 + 1 + 1 + 9 + 1  # checksum, type, length of the times, a time, a value
# The longest key with the most blocks is half of this.
WINDOW = 4 << 20
BATCH = 8192  # blocks; a key may have more
MOST_DAMAGES = 100  # named of a file


@dataclass(frozen=True, eq=False)
class Key:
    """A field of a series.

    Attributes:
        series: measurement and tags, escaped as in line protocol.
        field: its name, not escaped.
        type: one of `TYPES`.
        entries: a row (`ENTRY`) for each block, by time.
    """

    series: bytes
    field: bytes
    type: str
    entries: NDArray[np.void]


@dataclass(frozen=True, eq=False)
class Batch:
    """Some keys in their order, and all their blocks.

    Attributes:
        keys: series, separator, field.
        types: of each key, an index of `TYPES`.
        starts: of each key, its first row in the entries.
        entries: a row (`ENTRY`) for each block.
    """

    keys: list[bytes]
    types: NDArray[np.uint8]
    starts: NDArray[np.int64]
    entries: NDArray[np.void]

    @cached_property
    def stops(self) -> NDArray[np.int64]:
        """Of each key, the row after its last one."""
        return np.append(self.starts[1:], len(self.entries))

    @cached_property
    def owners(self) -> NDArray[np.int64]:
        """Of each block, the number of its key."""
        return np.repeat(np.arange(len(self.keys)), self.stops - self.starts)

    @cached_property
    def overlaps(self) -> NDArray[np.bool_]:
        """Of each block, whether it begins before the one before it ends, of the same key."""
        found = np.zeros(len(self.entries), np.bool_)
        first, last, owners = self.entries["first"], self.entries["last"], self.owners
        found[1:] = (owners[1:] == owners[:-1]) & (first[1:] <= last[:-1])
        return found


class TsmFile:
    """A TSM file in memory; only its first and last bytes are looked at when one is made.

    Args:
        data: the whole file. A map of a file stays open as long as this object.
        name: for messages.

    Raises:
        TsmError: it is no such file, or was cut.
    """

    def __init__(self, data: Buffer, name: str = "") -> None:
        self.data, self.name = memoryview(data), name
        self.bytes: NDArray[np.uint8] = np.frombuffer(self.data, np.uint8)
        size = len(self.data)
        if size < HEADER.size + FOOTER.size:
            raise self.error(0, f"The file has only {size} bytes.")
        magic, version = HEADER.unpack_from(self.data)
        if magic != MAGIC:
            raise self.error(0, "The file does not begin as a TSM file.")
        if version != VERSION:
            raise self.error(4, f"Version {version} of TSM is not known.")
        self.stop: int = size - FOOTER.size
        (self.start,) = FOOTER.unpack_from(self.data, self.stop)
        if not HEADER.size <= self.start < self.stop:
            raise self.error(self.stop, "The place of the index is not in the file: it was cut.")

    def error(self, place: int, what: str) -> TsmError:
        """An error at a byte of this file."""
        return TsmError(f"{self.name}, byte {place}" if self.name else f"byte {place}", what)

    def keys(self) -> Iterator[Key]:
        """All keys in their order.

        Raises:
            TsmError: the index is damaged; keys before that place were given.
        """
        for batch in self.batches():
            spans = zip(batch.starts.tolist(), batch.stops.tolist(), strict=True)
            for key, kind, (start, stop) in zip(batch.keys, batch.types, spans, strict=True):
                series, _, field = key.partition(SEPARATOR)
                yield Key(series, field, TYPES[kind], batch.entries[start:stop])

    def check(self) -> list[TsmError]:
        """Everything that is wrong with the index, the checksums and times of all blocks.

        Of many damages the first hundred or so are named.
        """
        from influx_pipelines.backups.tsm.blocks import look_at

        damages: list[TsmError] = []
        try:
            for batch in self.batches():
                damages += look_at(self, batch, most=MOST_DAMAGES - len(damages)).damages
        except TsmError as error:
            damages.append(error)
        return damages

    def batches(self) -> Iterator[Batch]:
        """The same in batches of about `BATCH` blocks, in bounded memory.

        Raises:
            TsmError: see `keys`.
        """
        place, before, block = self.start, b"", HEADER.size
        while place < self.stop:
            batch, place = self._batch(place, before)
            block = self._check_entries(batch, block)
            before = batch.keys[-1]
            yield batch
        if block != self.start:
            raise self.error(block, "No key owns the blocks from here to the index.")

    def _batch(self, place: int, before: bytes) -> tuple[Batch, int]:
        """The next keys, and where those after them begin."""
        window = bytes(self.data[place : min(place + WINDOW, self.stop)])
        size, at, blocks = len(window), 0, 0
        keys, kinds, starts, pieces = [], bytearray(), [], []
        while at < size and blocks < BATCH:
            begin = at + 2
            end = begin + int.from_bytes(window[at:begin], "big")
            first = end + 3
            kind, count = KIND_AND_COUNT.unpack_from(window, end) if first <= size else (0, 0)
            stop = first + count * ENTRY.itemsize
            if stop > size:
                if at and place + size < self.stop:
                    break  # the next window has it whole
                raise self.error(place + at, "The index ends in the middle of a key.")
            key = window[begin:end]
            if key <= before:
                raise self.error(place + at, "The keys of the index are not in their order.")
            if SEPARATOR not in key or kind >= len(TYPES) or not count:
                raise self.error(place + at, f"The index has a broken key {key[:80]!r}.")
            keys.append(key)
            kinds.append(kind)
            starts.append(blocks)
            pieces.append(window[first:stop])
            before, at, blocks = key, stop, blocks + count
        entries = np.frombuffer(b"".join(pieces), ON_DISK).astype(ENTRY)
        batch = Batch(keys, np.frombuffer(kinds, np.uint8), np.array(starts), entries)
        return batch, place + at

    def _check_entries(self, batch: Batch, block: int) -> int:
        """Refuse blocks that are out of bounds or out of order.

        A server writes block after block, key after key, and nothing else between.

        Returns:
            Where the next batch's first block begins.
        """
        entries, owners = batch.entries, batch.owners
        order = np.lexsort((entries["offset"], owners))
        offsets = entries["offset"][order]
        ends = offsets + entries["size"][order]
        begins = np.append(block, ends[:-1])
        wrong = (offsets != begins) | (ends > self.start) | (ends - offsets < LEAST_BLOCK)
        self._raise_first(batch, owners[order][wrong], "blocks that are not one after the other")
        same = owners[1:] == owners[:-1]
        self._raise_first(batch, owners[entries["first"] > entries["last"]], "a block of no time")
        late = same & (entries["first"][1:] < entries["first"][:-1])
        self._raise_first(batch, owners[1:][late], "blocks that are not in the order of time")
        return int(ends[-1])

    def _raise_first(self, batch: Batch, owners: NDArray[np.int64], what: str) -> None:
        if len(owners):
            raise self.error(
                self.start, f"Key {batch.keys[owners[0]][:80]!r} of the index has {what}."
            )
