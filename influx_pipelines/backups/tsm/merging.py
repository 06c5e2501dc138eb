"""The blocks of one key, from all files of a shard, as one row of values in the order of time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from influx_pipelines.backups.tsm.decoding import Times, Values, decode, times_of
from influx_pipelines.backups.tsm.errors import TsmError
from influx_pipelines.backups.tsm.index import TYPES, TsmFile
from influx_pipelines.backups.tsm.tombstone import Range

Reader = Callable[[bytes, str], tuple[Times, Values]]

PIECE = 1 << 12  # values, and a block, that are given at once
MOST_AT_ONCE = 1 << 22  # values of blocks that lie over each other


@dataclass(frozen=True, eq=False)
class Part:
    """What one file has of a key.

    Attributes:
        file: the file.
        key: series, separator, field.
        kind: an index of `TYPES`.
        entries: of the index, by time.
        hidden: by the tombstones of the file.
    """

    file: TsmFile
    key: bytes
    kind: int
    entries: NDArray[np.void]
    hidden: Sequence[Range] = ()


@dataclass(frozen=True, eq=False)
class _Block:
    """Values of one block that were not given yet."""

    rank: tuple[int, int]  # the later wins
    times: Times
    values: Values

    def cut(self, last: int) -> tuple[_Block, _Block | None]:
        """What is not later than a time, and the rest."""
        if self.times[-1] <= last:
            return self, None
        place = self.times.searchsorted(last, "right")
        early = _Block(self.rank, self.times[:place], self.values[:place])
        return early, _Block(self.rank, self.times[place:], self.values[place:])


def times_only(block: bytes, kind: str) -> tuple[Times, Values]:
    """A way to read a block for those who count: the times stand for the values too."""
    times = times_of(block)
    return times, times


def merged(parts: Sequence[Part], read: Reader = decode) -> Iterator[tuple[Times, Values]]:
    """The values of a key, piece by piece, each time once.

    Where two files have a value of one time the later file wins. What a tombstone hides in its own
    file is not there.

    Args:
        parts: of the files, the later one last.
        read: `decode` or `times_only`.

    Raises:
        TsmError: a block is broken, or too many lie over each other.
    """
    waiting = sorted(
        (int(entry["first"]), (number, row), int(entry["last"]))
        for number, part in enumerate(parts)
        for row, entry in enumerate(part.entries)
    )
    waiting.reverse()
    hidden = [_columns(part.hidden) for part in parts]
    open_blocks: list[_Block] = []
    while waiting or open_blocks:
        ends = [int(block.times[-1]) for block in open_blocks]
        last = max(ends) if ends else waiting[-1][2]
        before = size = sum(len(block.times) for block in open_blocks)
        while waiting and waiting[-1][0] <= last:
            if size - before >= PIECE:  # an open block may last to the end of the shard
                last = waiting[-1][0] - 1
                break
            number, row = rank = waiting.pop()[1]
            times, values = _seen(*_read(parts[number], row, read), *hidden[number])
            if len(times):
                open_blocks.append(_Block(rank, times, values))
                size += len(times)
            if size > MOST_AT_ONCE:
                raise _too_many(parts[number])
        cuts = [block.cut(last) for block in open_blocks]
        open_blocks = [rest for _, rest in cuts if rest]
        if early := [early for early, _ in cuts if len(early.times)]:
            yield _laid_over(early)


def _columns(ranges: Sequence[Range]) -> tuple[Times, Times]:
    """First and last times of ranges."""
    firsts, lasts = np.array(ranges, np.int64).reshape(-1, 2).T
    return firsts, lasts


def _seen(times: Times, values: Values, firsts: Times, lasts: Times) -> tuple[Times, Values]:
    """What no tombstone hides."""
    if not len(firsts):
        return times, values
    place = firsts.searchsorted(times, "right") - 1
    is_seen = (place < 0) | (times > lasts[place])
    return times[is_seen], values[is_seen]


def _read(part: Part, row: int, read: Reader) -> tuple[Times, Values]:
    entry = part.entries[row]
    start = int(entry["offset"])
    try:
        times, values = read(
            bytes(part.file.data[start : start + int(entry["size"])]), TYPES[part.kind]
        )
        if (times[1:] <= times[:-1]).any():
            raise ValueError("The times are not in their order.")
        if (times[0], times[-1]) != (entry["first"], entry["last"]):
            raise ValueError("The times are not those of the index.")
    except ValueError as error:
        raise part.file.error(start, f"{error} It belongs to {part.key[:80]!r}.") from None
    return times, values


def _too_many(part: Part) -> TsmError:
    return TsmError(
        part.file.name,
        f"More than {MOST_AT_ONCE:,} values of {part.key[:80]!r} lie over each other.",
    )


def _laid_over(blocks: Sequence[_Block]) -> tuple[Times, Values]:
    if len(blocks) == 1:
        return blocks[0].times, blocks[0].values
    blocks = sorted(blocks, key=lambda block: block.rank)
    times = np.concatenate([block.times for block in blocks])
    values = np.concatenate([block.values for block in blocks])
    order = np.argsort(times, kind="stable")
    times = times[order]
    is_last = np.append(times[1:] != times[:-1], True)
    return times[is_last], values[order[is_last]]
