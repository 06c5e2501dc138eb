"""The blocks of a TSM file: whether they are whole, and how many values each holds.

Values are not decoded for that, nor times one by one: numpy looks at many blocks at once.

    block: checksum (4, CRC-32 of all that follows), type (1), length of the times (varint),
           times, values
    times: encoding (4 bits), power of ten (4 bits), the first (8), then by encoding
           0: differences (8 each); 1: differences by Simple-8b; 2: difference, number (varints)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from isal import isal_zlib
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from influx_pipelines.backups.tsm import simple8b, varint
from influx_pipelines.backups.tsm.decoding import CHECKSUM, MOST_VALUES, PACKED, RAW, REPEATED
from influx_pipelines.backups.tsm.errors import TsmError
from influx_pipelines.backups.tsm.index import MOST_DAMAGES, Batch, TsmFile

HEAD = 40  # bytes of a block within which its times begin, and end where they are encoded as 2
TYPE = CHECKSUM  # where it stands
PART, PART_BYTES = 1024, 16 << 20  # blocks looked at at once, unless one is larger
WRONG = (
    "The checksum of a block is wrong.",
    "A block is of another type than the index says.",
    "The times of a block are broken.",
    "The times of a block are not those of the index.",
)


@dataclass(frozen=True, eq=False)
class Facts:
    """What was found about the blocks of a batch.

    Attributes:
        values: how many values each holds; 0 where its times cannot be read.
        damages: the first few things that are wrong.
    """

    values: NDArray[np.int64]
    damages: list[TsmError]


def look_at(file: TsmFile, batch: Batch, *, most: int = MOST_DAMAGES) -> Facts:
    """Check the blocks of a batch and count their values.

    Args:
        file: whose batch it is.
        batch: some keys with all their blocks.
        most: damages to name.
    """
    heads = sliding_window_view(file.bytes, HEAD)
    kinds = np.repeat(batch.types, batch.stops - batch.starts)
    values: list[NDArray[np.int64]] = []
    damages: list[TsmError] = []
    for part in _parts(batch.entries):
        entries = batch.entries[part]
        head = heads[entries["offset"]]
        times = _Times(file, entries, head)
        values.append(np.where(times.whole, times.values, 0))
        faults = [
            ~_checksums_match(file, entries, head),
            head[:, TYPE] != kinds[part],
            ~times.whole,
            times.whole & ~times.agree,
        ]
        damaged = np.logical_or.reduce(faults)
        for row in np.flatnonzero(damaged)[: most - len(damages)]:
            what = next(text for text, fault in zip(WRONG, faults, strict=True) if fault[row])
            key = batch.keys[batch.owners[part.start + row]]
            damages.append(
                file.error(int(entries["offset"][row]), f"{what} It belongs to {key[:80]!r}.")
            )
    return Facts(np.concatenate(values), damages)


def _parts(entries: NDArray[np.void]) -> Iterator[slice]:
    """Which blocks to look at together."""
    ends = np.cumsum(entries["size"], dtype=np.int64)
    start = before = 0
    while start < len(ends):
        fitting = int(np.searchsorted(ends, before + PART_BYTES, "right"))
        stop = min(max(fitting, start + 1), start + PART)
        yield slice(start, stop)
        start, before = stop, int(ends[stop - 1])


def _checksums_match(
    file: TsmFile, entries: NDArray[np.void], head: NDArray[np.uint8]
) -> NDArray[np.bool_]:
    data, crc32 = file.data, isal_zlib.crc32
    starts = (entries["offset"] + CHECKSUM).tolist()
    stops = (entries["offset"] + entries["size"]).tolist()
    found = [crc32(data[start:stop]) for start, stop in zip(starts, stops, strict=True)]
    stored = np.ascontiguousarray(head[:, :CHECKSUM]).view(">u4")[:, 0]
    matching: NDArray[np.bool_] = np.array(found, np.uint32) == stored
    return matching


class _Times:
    """The times of some blocks, as far as they can be told without decoding them.

    Attributes:
        whole: whether they can be read.
        values: how many there are.
        agree: whether first and last are those of the index.
    """

    def __init__(self, file: TsmFile, entries: NDArray[np.void], head: NDArray[np.uint8]) -> None:
        self.file, self.entries, self.head = file, entries, head
        length, ends = varint.read_each(head, np.full(len(head), TYPE + 1))
        room = entries["size"].astype(np.int64) - ends
        self.whole = (ends > 0) & (ends <= TYPE + 6) & (length >= 9) & (length < room.clip(0))
        self.starts = np.where(self.whole, ends, 0)
        self.lengths = np.where(self.whole, length, 9).astype(np.int64)
        self.values = np.ones(len(head), np.int64)
        self._spans = np.zeros(len(head), np.uint64)  # from the first time to the last
        rows = np.arange(len(head))
        code = head[rows, self.starts]
        first = head[rows[:, None], self.starts[:, None] + np.arange(1, 9)]
        self._firsts = np.ascontiguousarray(first).view(">i8")[:, 0].astype(np.int64)
        self._scales = np.uint64(10) ** (code & 15).astype(np.uint64)
        kinds = np.where(self.whole, code >> 4, PACKED + REPEATED)
        self.whole &= kinds <= REPEATED
        self._read_repeated(np.flatnonzero(kinds == REPEATED))
        for kind in (RAW, PACKED):
            self._read_words(np.flatnonzero(kinds == kind), kind)
        self.whole &= (self.values > 0) & (self.values <= MOST_VALUES)
        lasts = (self._firsts.view(np.uint64) + self._spans).view(np.int64)
        self.agree = (self._firsts == entries["first"]) & (lasts == entries["last"])
        self.agree &= (self.values == 1) == (self._spans == 0)

    def _read_repeated(self, rows: NDArray[np.int64]) -> None:
        """Times of one distance."""
        head, begin = self.head[rows], self.starts[rows] + 9
        step, middle = varint.read_each(head, begin)
        count, end = varint.read_each(head, middle.clip(0))
        within = (middle > 0) & (end > 0) & (end <= self.starts[rows] + self.lengths[rows])
        self.whole[rows] &= within & (count <= MOST_VALUES)
        count = count.clip(1, MOST_VALUES)
        self.values[rows] = count
        self._spans[rows] = step * self._scales[rows] * (count - np.uint64(1))

    def _read_words(self, rows: NDArray[np.int64], kind: int) -> None:
        """Times of which each has its distance to the one before."""
        sizes = self.lengths[rows] - 9
        possible = (sizes % 8 == 0) & (sizes <= 8 * MOST_VALUES)
        self.whole[rows] &= possible
        rows = rows[possible & (sizes > 0)]
        if not len(rows):
            return
        starts = self.entries["offset"][rows] + self.starts[rows] + 9
        stops = starts + self.lengths[rows] - 9
        spans = zip(starts.tolist(), stops.tolist(), strict=True)
        data = self.file.data
        words = np.frombuffer(b"".join([data[start:stop] for start, stop in spans]), ">u8")
        words = words.astype(np.uint64)
        begins = np.cumsum(stops - starts) // 8 - (stops - starts) // 8
        if kind == RAW:
            self.values[rows] += (stops - starts) // 8
            self._spans[rows] = np.add.reduceat(words, begins)
        else:
            self.values[rows] += np.add.reduceat(simple8b.counts(words), begins)
            self._spans[rows] = np.add.reduceat(simple8b.sums(words), begins) * self._scales[rows]
