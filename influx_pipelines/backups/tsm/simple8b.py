"""Simple-8b: small integers, as many to a word of 64 bits as there is room for.

Source: `pkg/encoding/simple8b` of InfluxDB. The four high bits of a word say how many values it
holds, the first of them in its lowest bits; two kinds of word stand for so many ones.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]

COUNTS = np.array([240, 120, 60, 30, 20, 15, 12, 10, 8, 7, 6, 5, 4, 3, 2, 1], np.int64)
ONES = 2  # kinds of word below it hold ones
WIDTHS = 60 // COUNTS  # bits of a value
PART = 1 << 15
NONE = np.empty(0, np.uint64)


def counts(words: Words) -> NDArray[np.int64]:
    """How many values each word holds."""
    found: NDArray[np.int64] = COUNTS[words >> 60]
    return found


def sums(words: Words) -> Words:
    """The sum of the values of each word, modulo 2 ** 64; in bounded memory."""
    parts = [_sums(words[start : start + PART]) for start in range(0, len(words), PART)]
    return np.concatenate([NONE, *parts])


def _sums(words: Words) -> Words:
    kinds = words >> 60
    found: Words = COUNTS[kinds].astype(np.uint64)  # right for those of ones
    for kind in range(ONES, len(COUNTS)):
        (places,) = np.nonzero(kinds == kind)
        if len(places):
            found[places] = _values(words[places], kind).sum(axis=0, dtype=np.uint64)
    return found


def decode(words: Words) -> Words:
    """The values of all words, one after the other."""
    kinds = words >> 60
    stops = np.cumsum(COUNTS[kinds])
    values = np.ones(stops[-1] if len(stops) else 0, np.uint64)
    for kind in range(ONES, len(COUNTS)):
        (places,) = np.nonzero(kinds == kind)
        if len(places):
            steps = np.arange(-COUNTS[kind], 0)
            values[stops[places] + steps[:, None]] = _values(words[places], kind)
    return values


def _values(words: Words, kind: int) -> Words:
    """The values of words of one kind, a row for each place in a word."""
    width = int(WIDTHS[kind])
    shifts = np.arange(COUNTS[kind], dtype=np.uint64) * np.uint64(width)
    found: Words = (words >> shifts[:, None]) & np.uint64((1 << width) - 1)
    return found
