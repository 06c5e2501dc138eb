"""Numbers as the blocks of a TSM file hold them."""

from __future__ import annotations

import struct
from collections.abc import Sequence

WORD, MASK = struct.Struct(">Q"), 2**64 - 1
# Of a word of Simple-8b: how many values, of how many bits.
KINDS = ((60, 1), (30, 2), (20, 3), (15, 4), (12, 5), (10, 6), (8, 7), (7, 8))
KINDS += ((6, 10), (5, 12), (4, 15), (3, 20), (2, 30), (1, 60))
MOST_PACKED = 2**60 - 1


def varint(value: int) -> bytes:
    text = b""
    while value >= 0x80:
        text += bytes([value & 0x7F | 0x80])
        value >>= 7
    return text + bytes([value])


def times(values: Sequence[int]) -> bytes:
    """Times with the shortest encoding, as the server picks it."""
    steps = differences(values)
    if len(steps) > 1 and len(set(steps[1:])) == 1:
        power = _power_of_ten(steps[1:])
        return (
            bytes([0x20 | power])
            + WORD.pack(steps[0])
            + varint(steps[1] // 10**power)
            + varint(len(steps))
        )
    if max(steps[1:], default=0) > MOST_PACKED:
        return b"\0" + words(steps)
    power = _power_of_ten(steps[1:])
    packed = simple8b([step // 10**power for step in steps[1:]])
    return bytes([0x10 | power]) + WORD.pack(steps[0]) + packed


def integers(values: Sequence[int]) -> bytes:
    """Integers of either sign, or unsigned ones taken for such."""
    signed = [(step << 1 ^ -(step >> 63)) & MASK for step in differences(values)]
    if len(signed) > 2 and len(set(signed[1:])) == 1:
        return b"\x20" + WORD.pack(signed[0]) + varint(signed[1]) + varint(len(signed) - 1)
    if max(signed[1:], default=0) > MOST_PACKED:
        return b"\0" + words(signed)
    return b"\x10" + WORD.pack(signed[0]) + simple8b(signed[1:])


def differences(values: Sequence[int]) -> list[int]:
    """The first, and what each adds to the one before, modulo 2 ** 64."""
    before = [0, *values[:-1]]
    return [(value - last) & MASK for value, last in zip(values, before, strict=True)]


def words(values: Sequence[int]) -> bytes:
    return b"".join(map(WORD.pack, values))


def simple8b(values: Sequence[int]) -> bytes:
    found, place = [], 0
    while place < len(values):
        kind, count, width = _kind(values, place)
        word = kind << 60
        for number in range(count if width else 0):
            word |= values[place + number] << (number * width)
        found.append(word)
        place += count
    return words(found)


def _kind(values: Sequence[int], place: int) -> tuple[int, int, int]:
    """The kind of the next word, how many values go into it, of how many bits."""
    for kind, count in enumerate((240, 120)):
        if values[place : place + count] == [1] * count:
            return kind, count, 0
    for kind, (count, width) in enumerate(KINDS, 2):
        part = values[place : place + count]
        if len(part) == count and max(part) < 1 << width:
            return kind, count, width
    raise AssertionError(values[place])


def _power_of_ten(steps: Sequence[int]) -> int:
    return next(n for n in range(12, -1, -1) if all(step % 10**n == 0 for step in steps))
