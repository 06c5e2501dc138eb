"""Floats: each as what differs from the one before, bit by bit.

The method of the paper on Gorilla (VLDB 2015); a certain NaN, which no field can hold, is the end.

    first (64 bits), then for each: 0 (the same), or
    1 0 and the bits of the window; or 1 1, zeros above it (5), its width (6, 0 is 64), its bits
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

END = 0x7FF8000000000001
GORILLA = 1


def decode_floats(data: bytes, count: int) -> NDArray[np.float64]:
    """So many values.

    Raises:
        ValueError: there are more or fewer, or they are broken.
    """
    if not 10 <= len(data) <= 10 * (count + 2) or data[0] >> 4 != GORILLA:
        raise ValueError(f"{len(data)} bytes are no {count} values.")
    bits = bin(int.from_bytes(b"\1" + data[9:], "big"))[3:]
    value = int.from_bytes(data[1:9], "big")
    found, at, width, trailing = [value], 0, 64, 0
    while value != END:
        change = bits.find("1", at)
        found += [value] * (change - at)
        if change < 0 or len(found) > count:
            raise ValueError(f"The block has {count} times, and not as many values.")
        at = change + 2
        if bits[change + 1 : at] == "1":
            width = int(bits[at + 5 : at + 11], 2) or 64
            trailing = 64 - width - int(bits[at : at + 5], 2)
            at += 11
        value ^= int(bits[at : at + width], 2) << trailing
        at += width
        found.append(value)
    return np.array(found[:-1], np.uint64).view(np.float64)
