"""Strings: length (varint) and bytes of each, compressed together with Snappy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from influx_pipelines.backups.tsm import varint

SNAPPY = 1
# Three bytes of Snappy make 64 at most: a longer answer is a lie, and no memory is taken for it.
MOST_GROWTH = 64 / 3


def decode_strings(data: bytes, count: int) -> NDArray[Any]:
    """So many values, as bytes.

    Raises:
        ValueError: there are more or fewer, or they are broken.
    """
    import pyarrow as pa

    size, begin = varint.read(data, 1)
    if data[0] >> 4 != SNAPPY or size > MOST_GROWTH * (len(data) - begin):
        raise ValueError("The values break off.")
    try:
        text = pa.Codec("snappy").decompress(data[1:], size, asbytes=True)
    except OSError:
        raise ValueError("The values cannot be unpacked.") from None
    found = np.empty(count, object)
    at = 0
    for number in range(count):
        length, at = varint.read(text, at)
        found[number] = text[at : at + length]
        at += length
    if at != len(text):
        raise ValueError("The values break off, or are too many.")
    return found
