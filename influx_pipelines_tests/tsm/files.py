"""Blocks, whole TSM files, tombstone files."""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import pyarrow as pa

from influx_pipelines_tests.tsm.numbers import WORD, integers, times, varint

TYPES = ("float", "integer", "boolean", "string", "unsigned")
END = 0x7FF8000000000001
Column = tuple[str, Sequence[tuple[int, Any]]]  # type; time and value of each


def floats(values: Sequence[float]) -> bytes:
    """What differs from the value before, bit by bit."""
    numbers = [WORD.unpack(struct.pack(">d", value))[0] for value in values] + [END]
    bits, window = f"{numbers[0]:064b}", None
    for before, number in pairwise(numbers):
        change = before ^ number
        if not change:
            bits += "0"
            continue
        leading = (64 - change.bit_length()) & 31
        trailing = (change & -change).bit_length() - 1
        if window and leading >= window[0] and trailing >= window[1]:
            bits += "10"
        else:
            window = leading, trailing
            bits += f"11{leading:05b}{(64 - leading - trailing) & 63:06b}"
        width = 64 - window[0] - window[1]
        bits += f"{change >> window[1]:0{width}b}"
    bits += "0" * (-len(bits) % 8)
    return b"\x10" + int(bits, 2).to_bytes(len(bits) // 8, "big")


def booleans(values: Sequence[bool]) -> bytes:
    bits = "".join("01"[value] for value in values)
    bits += "0" * (-len(bits) % 8)
    return b"\x10" + varint(len(values)) + int(bits, 2).to_bytes(len(bits) // 8, "big")


def strings(values: Sequence[bytes]) -> bytes:
    text = b"".join(varint(len(value)) + value for value in values)
    return b"\x10" + pa.Codec("snappy").compress(text, asbytes=True)


ENCODERS = {
    "float": floats,
    "integer": integers,
    "boolean": booleans,
    "string": strings,
    "unsigned": integers,
}


def block(kind: str, points: Sequence[tuple[int, Any]]) -> bytes:
    moments, values = zip(*points, strict=True)
    return sealed(kind, times(moments), ENCODERS[kind](values))


def sealed(kind: str, moments: bytes, values: bytes) -> bytes:
    """A block of encoded times and values, with its checksum."""
    return checked(bytes([TYPES.index(kind)]) + varint(len(moments)) + moments + values)


def checked(content: bytes) -> bytes:
    """The content of a block behind its checksum."""
    return zlib.crc32(content).to_bytes(4, "big") + content


def tsm(columns: Mapping[bytes, Column], per_block: int = 1000) -> bytes:
    """A file of the values of each key, `series#!~#field`."""
    return assembled(
        (
            key,
            kind,
            [
                (part[0][0], part[-1][0], block(kind, part))
                for part in (
                    points[start : start + per_block] for start in range(0, len(points), per_block)
                )
            ],
        )
        for key, (kind, points) in sorted(columns.items())
        if points
    )


Blocks = Sequence[tuple[int, int, bytes]]  # first time, last time, bytes


def assembled(keys: Iterable[tuple[bytes, str, Blocks]]) -> bytes:
    """A file of keys in their order with their blocks."""
    body, index = bytearray(b"\x16\xd1\x16\xd1\x01"), bytearray()
    for key, kind, blocks in keys:
        index += struct.pack(">H", len(key)) + key
        index += struct.pack(">BH", TYPES.index(kind), len(blocks))
        for first, last, content in blocks:
            index += struct.pack(">qqqI", first, last, len(body), len(content))
            body += content
    return bytes(body) + bytes(index) + WORD.pack(len(body))


def tombstone(deletes: Iterable[Sequence[tuple[bytes, int, int]]]) -> bytes:
    """A file as 2.x writes it: each delete adds its keys with first and last time."""
    return b"\0\0\x15\x04" + b"".join(gzip.compress(entries(delete), mtime=0) for delete in deletes)


def entries(delete: Sequence[tuple[bytes, int, int]]) -> bytes:
    return b"".join(
        struct.pack(">I", len(key)) + key + struct.pack(">qq", first, last)
        for key, first, last in delete
    )
