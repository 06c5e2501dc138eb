"""Variable-length integers, seven bits a byte, the lowest first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MOST_BYTES = 10


def read(data: bytes, place: int) -> tuple[int, int]:
    """A number and where it ends.

    Raises:
        ValueError: it does not end, or is none of 64 bits.
    """
    value = 0
    for shift, byte in enumerate(data[place : place + MOST_BYTES]):
        value |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:
            if value >> 64:
                break
            return value, place + shift + 1
    raise ValueError("A number does not end.")


def read_each(
    rows: NDArray[np.uint8], places: NDArray[np.int64]
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """A number of each row, from its place on; 0, and no end (-1), where there is none."""
    found = np.zeros(len(rows), np.uint64)
    ends = np.full(len(rows), -1)
    left = np.arange(len(rows))
    for shift in range(MOST_BYTES):
        left = left[places[left] + shift < rows.shape[1]]
        if not len(left):
            break
        byte = rows[left, places[left] + shift]
        found[left] |= (byte & 0x7F).astype(np.uint64) << np.uint64(7 * shift)
        is_last = byte < 0x80
        ends[left[is_last]] = places[left[is_last]] + shift + 1
        left = left[~is_last]
    found[left] = 0
    return found, ends
