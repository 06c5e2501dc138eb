"""Simple-8b: small integers, as many to a word of 64 bits as there is room for.

Source: `pkg/encoding/simple8b` of InfluxDB. The four high bits of a word say how many values it
holds, the first of them in its lowest bits; two kinds of word stand for so many ones.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Kinds = NDArray[np.uint8]

COUNTS = np.array([240, 120, 60, 30, 20, 15, 12, 10, 8, 7, 6, 5, 4, 3, 2, 1], np.int64)
ONES = 2  # kinds of word below it hold ones
PART = 1 << 15
NONE = np.empty(0, np.uint64)


def counts(words: Words) -> NDArray[np.int64]:
    """How many values each word holds."""
    return COUNTS.take(_kinds(words))


def sums(words: Words) -> Words:
    """The sum of the values of each word, modulo 2 ** 64; in bounded memory."""
    parts = [_sums(words[start : start + PART]) for start in range(0, len(words), PART)]
    return np.concatenate([NONE, *parts])


def _sums(words: Words) -> Words:
    found = np.empty_like(words)
    for kind, places in _places(_kinds(words)):
        if kind < ONES:
            found[places] = COUNTS[kind]
        else:
            found[places] = sum(_values(words[places], kind), np.uint64(0))
    return found


def decode(words: Words) -> Words:
    """The values of all words, one after the other."""
    kinds = _kinds(words)
    stops = np.cumsum(COUNTS.take(kinds))
    found = np.ones(stops[-1] if len(stops) else 0, np.uint64)
    for kind, places in _places(kinds):
        if kind >= ONES:
            starts = stops[places] - COUNTS[kind]
            for number, values in enumerate(_values(words[places], kind)):
                found[starts + number] = values
    return found


def _kinds(words: Words) -> Kinds:
    return (words >> np.uint64(60)).astype(np.uint8)


def _places(kinds: Kinds) -> Iterator[tuple[int, NDArray[np.int64] | slice]]:
    """Where the words of each kind are."""
    if len(kinds) and (kinds == kinds[0]).all():  # as those of one sampler mostly are
        yield int(kinds[0]), slice(None)
        return
    text = kinds.tobytes()
    for kind in range(len(COUNTS)):
        if kind in text:
            yield kind, np.flatnonzero(kinds == kind)


def _values(words: Words, kind: int) -> Iterator[Words]:
    """The values at each place of words of one kind."""
    width = 60 // int(COUNTS[kind])
    mask = np.uint64((1 << width) - 1)
    for shift in range(0, width * int(COUNTS[kind]), width):
        yield (words >> np.uint64(shift)) & mask
