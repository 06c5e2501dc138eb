"""Tombstone files: which times of which keys a delete has hidden in the TSM file beside it.

Source: `tsdb/engine/tsm1/tombstone.go` of InfluxDB.

    file:  0x1502, entries | 0x1503, a gzip of entries | 0x1504, gzips of entries | keys as lines
    entry: length of key (4), key, first time (8), last time (8)
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from struct import Struct

from influx_pipelines.backups.tsm.errors import TsmError

Range = tuple[int, int]  # first and last nanosecond

PLAIN, PACKED = 0x1502, (0x1503, 0x1504)
ALWAYS: Range = (-(2**63), 2**63 - 1)
HEADER, LENGTH, RANGE = Struct(">I"), Struct(">I"), Struct(">qq")
INPUT, PIECE = 4 << 10, 64 << 10
MOST_BYTES = 256 << 20  # unpacked; about two million deletions
LONGEST_KEY = 0xFFFF  # of a TSM file


class Tombstones:
    """What is hidden.

    Args:
        ranges: of each key, in the order of time, none touching the next.
    """

    def __init__(self, ranges: Mapping[bytes, list[Range]]) -> None:
        self.ranges = ranges

    def __len__(self) -> int:
        return len(self.ranges)

    @classmethod
    def read(cls, data: bytes, name: str = "") -> Tombstones:
        """The tombstones of a file.

        Raises:
            TsmError: it is broken.
        """
        found: dict[bytes, list[Range]] = {}
        try:
            for key, hidden in _entries(data):
                found.setdefault(key, []).append(hidden)
        except (ValueError, zlib.error) as error:
            raise TsmError(name, f"The tombstones are broken: {error}") from None
        return cls({key: _joined(ranges) for key, ranges in found.items()})

    def of(self, key: bytes) -> list[Range]:
        """What is hidden of a key."""
        return self.ranges.get(key, [])


def _entries(data: bytes) -> Iterator[tuple[bytes, Range]]:
    (version,) = HEADER.unpack_from(data) if len(data) >= HEADER.size else (0,)
    if version == PLAIN:
        return _parsed(iter([data[HEADER.size :]]))
    if version in PACKED:
        return _parsed(_unpacked(data[HEADER.size :]))
    if data[:2] == b"\0\0":  # no key begins so: another version, or a damage
        raise ValueError("their version is not known.")
    return ((line, ALWAYS) for line in data.splitlines() if line)


def _unpacked(data: bytes) -> Iterator[bytes]:
    """Gzip members one after the other; a delete adds one."""
    member, size = None, 0
    for start in range(0, len(data), INPUT):
        rest = data[start : start + INPUT]
        while rest:
            member = member or zlib.decompressobj(wbits=31)
            piece = member.decompress(rest, PIECE)
            rest = member.unconsumed_tail
            if member.eof:
                rest, member = member.unused_data, None
            size += len(piece)
            if size > MOST_BYTES:
                raise ValueError(f"they are longer than {MOST_BYTES:,} bytes.")
            yield piece
    if member:
        raise ValueError("they break off.")


def _parsed(pieces: Iterator[bytes]) -> Iterator[tuple[bytes, Range]]:
    text = b""
    for piece in pieces:
        text += piece
        at = 0
        while len(text) - at >= LENGTH.size:
            (length,) = LENGTH.unpack_from(text, at)
            if not 0 < length <= LONGEST_KEY:
                raise ValueError(f"a key of {length} bytes.")
            begin = at + LENGTH.size
            end = begin + length
            if len(text) < end + RANGE.size:
                break
            first, last = RANGE.unpack_from(text, end)
            if first > last:
                raise ValueError("a range that ends before it begins.")
            yield text[begin:end], (first, last)
            at = end + RANGE.size
        text = text[at:]
    if text:
        raise ValueError("they break off.")


def _joined(ranges: list[Range]) -> list[Range]:
    """The same times in as few ranges as there can be."""
    found: list[Range] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found
