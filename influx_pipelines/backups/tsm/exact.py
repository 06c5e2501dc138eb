"""The number of values of one key, where blocks lie over each other or tombstones reach into them.

Only the times of such blocks are read; the others are counted as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from influx_pipelines.backups.tsm.merging import Part, merged, times_only
from influx_pipelines.backups.tsm.summary import EARLIEST, LATEST
from influx_pipelines.backups.tsm.tombstone import Range

Mask = NDArray[np.bool_]


class Visible(NamedTuple):
    """Values that a query finds; the first and the last of none are beyond all times."""

    values: int = 0
    first: int = LATEST
    last: int = EARLIEST

    def __add__(self, other: object) -> Visible:
        if not isinstance(other, Visible):
            return NotImplemented
        first, last = min(self.first, other.first), max(self.last, other.last)
        return Visible(self.values + other.values, first, last)


def counted(parts: Sequence[Part], values: Sequence[NDArray[np.int64]]) -> Visible:
    """Count the values of a key.

    Args:
        parts: of the files, the later one last.
        values: how many each block of each part holds; 0 for a damaged one.

    Raises:
        TsmError: see `merged`.
    """
    found = Visible()
    alone = _alone(np.concatenate([part.entries for part in parts]))
    left = []
    for part, numbers in zip(parts, values, strict=True):
        is_alone, alone = alone[: len(numbers)], alone[len(numbers) :]
        is_touched, is_gone = _reached(part.entries, part.hidden)
        known = is_alone & ~is_touched & (numbers > 0)
        if known.any():
            entries = part.entries[known]
            times = int(entries["first"].min()), int(entries["last"].max())
            found += Visible(int(numbers[known].sum()), *times)
        unknown = (~is_alone | (is_touched & ~is_gone)) & (numbers > 0)
        left.append(replace(part, entries=part.entries[unknown]))
    for moments, _ in merged(left, times_only):
        found += Visible(len(moments), int(moments[0]), int(moments[-1]))
    return found


def _alone(entries: NDArray[np.void]) -> Mask:
    """Of each block, whether no other has times between its first and its last."""
    order = np.argsort(entries["first"], kind="stable")
    reach = np.maximum.accumulate(entries["last"][order])
    is_free = entries["first"][order][1:] > reach[:-1]
    found = np.empty(len(entries), np.bool_)
    found[order] = np.append(True, is_free) & np.append(is_free, True)
    return found


def _reached(entries: NDArray[np.void], hidden: Sequence[Range]) -> tuple[Mask, Mask]:
    """Of each block, whether a tombstone reaches into it, and whether one hides all of it."""
    if not hidden:
        none = np.zeros(len(entries), np.bool_)
        return none, none
    firsts, lasts = np.array(hidden, np.int64).T
    place = np.searchsorted(firsts, entries["last"], "right") - 1  # no earlier one reaches further
    is_touched = (place >= 0) & (lasts[place] >= entries["first"])
    is_gone = is_touched & (firsts[place] <= entries["first"]) & (lasts[place] >= entries["last"])
    return is_touched, is_gone
