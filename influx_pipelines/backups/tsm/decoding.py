"""The times and values of a block, exact.

Sources: `encoding.go`, `batch_timestamp.go`, `batch_integer.go`, `batch_float.go`,
`batch_boolean.go`, `batch_string.go` in `tsdb/engine/tsm1` of InfluxDB. The first byte of times
and of values says how they are encoded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from influx_pipelines.backups.tsm import simple8b, varint
from influx_pipelines.backups.tsm.floats import decode_floats
from influx_pipelines.backups.tsm.strings import decode_strings

Times = NDArray[np.int64]
Values = NDArray[Any]

MOST_VALUES = 1 << 20  # a block of a server has 1,000, a compacted one 100 times that
RAW, PACKED, REPEATED = 0, 1, 2
CHECKSUM = 4  # bytes


def times_of(block: bytes) -> Times:
    """The times of a block, nanoseconds since 1970.

    Raises:
        ValueError: they are broken.
    """
    length, begin = varint.read(block, CHECKSUM + 1)
    data = block[begin : begin + length]
    if not 9 <= length == len(data):
        raise ValueError("The times do not fit in their block.")
    kind, scale = data[0] >> 4, 10 ** (data[0] & 15)
    if kind == REPEATED:
        first = int.from_bytes(data[1:9], "big")
        step, middle = varint.read(data, 9)
        count, _ = varint.read(data, middle)
        return _steps(first, step * scale, _checked(count)).view(np.int64)
    steps = _words(data, kind)
    steps[1:] *= np.uint64(scale if kind == PACKED else 1)
    return np.cumsum(steps, dtype=np.uint64).view(np.int64)


def decode(block: bytes, kind: str) -> tuple[Times, Values]:
    """The times and values of a block whose checksum is right.

    Args:
        block: with its checksum.
        kind: one of `index.TYPES`.

    Returns:
        Values: float64, int64, bool, uint64, or bytes of strings (as objects).

    Raises:
        ValueError: it is broken, or not of that type.
    """
    if isal_zlib.crc32(block[CHECKSUM:]) != int.from_bytes(block[:CHECKSUM], "big"):
        raise ValueError("The checksum is wrong.")
    code, decode_values = DECODERS[kind]
    if block[CHECKSUM] != code:
        raise ValueError(f"The block is not of type {kind}.")
    times = times_of(block)
    length, begin = varint.read(block, CHECKSUM + 1)
    values = decode_values(block[begin + length :], len(times))
    if len(values) != len(times):
        raise ValueError(f"The block has {len(times)} times and {len(values)} values.")
    return times, values


def _integers(data: bytes, count: int) -> NDArray[np.int64]:
    """Differences with their sign in the lowest bit."""
    if len(data) < 9:
        raise ValueError("The values break off.")
    kind = data[0] >> 4
    if kind == REPEATED:
        first = _signed(np.array([int.from_bytes(data[1:9], "big")], np.uint64))[0]
        step, middle = varint.read(data, 9)
        more, _ = varint.read(data, middle)
        if more + 1 != count:
            raise ValueError(f"The block has {count} times and {more + 1} values.")
        step = _signed(np.array([step], np.uint64))[0]
        return _steps(int(first), int(step), count).view(np.int64)
    return np.cumsum(_signed(_words(data, kind)), dtype=np.uint64).view(np.int64)


def _unsigned(data: bytes, count: int) -> NDArray[np.uint64]:
    return _integers(data, count).view(np.uint64)


def _booleans(data: bytes, count: int) -> NDArray[np.bool_]:
    """A bit each, the highest first."""
    found, begin = varint.read(data, 1)
    if data[0] >> 4 != 1 or found != count or (len(data) - begin) * 8 < count:
        raise ValueError("The values break off.")
    bits = np.unpackbits(np.frombuffer(data, np.uint8, offset=begin), count=count)
    return bits.astype(np.bool_)


def _words(data: bytes, kind: int) -> NDArray[np.uint64]:
    """The first value, as it is, and what follows it."""
    if kind not in (RAW, PACKED) or len(data) < 9 or len(data) % 8 != 1:
        raise ValueError(f"No such encoding: {kind} with {len(data)} bytes.")
    words = np.frombuffer(data, ">u8", offset=1).astype(np.uint64)
    if kind == RAW:
        _checked(len(words))
        return words
    _checked(1 + int(simple8b.counts(words[1:]).sum()))
    return np.concatenate([words[:1], simple8b.decode(words[1:])])


def _steps(first: int, step: int, count: int) -> NDArray[np.uint64]:
    """`first`, `first + step` and so on, modulo 2 ** 64."""
    mask = 2**64 - 1
    steps = np.arange(count, dtype=np.uint64) * np.uint64(step & mask)
    return steps + np.uint64(first & mask)


def _signed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Modulo 2 ** 64."""
    one = np.uint64(1)
    return (values >> one) ^ (np.uint64(0) - (values & one))


def _checked(count: int) -> int:
    if not 0 < count <= MOST_VALUES:
        raise ValueError(f"No block has {count} values.")
    return count


DECODERS: dict[str, tuple[int, Callable[[bytes, int], Values]]] = {
    "float": (0, decode_floats),
    "integer": (1, _integers),
    "boolean": (2, _booleans),
    "string": (3, decode_strings),
    "unsigned": (4, _unsigned),
}
