"""Damages of what is within: TSM files, tombstones, bolt and SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from struct import pack_into, unpack_from
from typing import Any

from influx_pipelines_tests.damages.damage import (
    Change,
    Damage,
    edit_content,
    edit_member,
    flipped,
    flips,
)

PAGE = 4096


def tsm_damages() -> Iterator[Damage]:
    for number, change in enumerate(flips("block", 15)):
        yield _tsm(f"flip {number} in a block", partial(_between, 5, None, change))
    for number, change in enumerate(flips("entries", 15)):
        yield _tsm(f"flip {number} in an entry of the index", partial(_entry, change))
    yield _tsm("a letter in the index", _letter, hidden=True)
    changes: dict[str, Change] = {
        "magic": lambda tsm: flipped(tsm, 0),
        "version": lambda tsm: flipped(tsm, 4),
        "place of the index": lambda tsm: flipped(tsm, len(tsm) - 1),
        "place of the index far away": lambda tsm: flipped(tsm, len(tsm) - 8, 6),
        "length of a key": lambda tsm: flipped(tsm, _index(tsm), 3),
        "cut": lambda tsm: tsm[:-9],
        "cut to its begin": lambda tsm: tsm[:5],
        "twice": lambda tsm: tsm * 2,
        "empty": lambda tsm: b"",
        "rubbish": lambda tsm: b"\xff" * len(tsm),
        "no blocks": lambda tsm: tsm[:5] + tsm[_index(tsm) :],
        "a gap before the index": _gap,
    }
    for what, change in changes.items():
        yield _tsm(what, change)
    for number, change in enumerate(flips("tombstone", 6)):
        yield Damage(
            f"tombstone: flip {number}",
            lambda folder, change=change: edit_member(folder, ".3.tar.gz", "tombstone", change),
        )


def bolt_damages() -> Iterator[Damage]:
    for number, change in enumerate(flips("bolt", 15)):
        yield _store("bolt", f"flip {number}", change)
    changes: dict[str, Change] = {
        "magic of both pages": lambda bolt: flipped(flipped(bolt, 16), PAGE + 16),
        "version": lambda bolt: flipped(bolt, 20),
        "checksum": lambda bolt: flipped(bolt, 72),
        "second page of meta": lambda bolt: flipped(bolt, PAGE + 40),
        "cut to half": lambda bolt: bolt[: len(bolt) // 2 // PAGE * PAGE],
        "cut within a page": lambda bolt: bolt[:-100],
        "pages swapped": lambda bolt: (
            bolt[: 4 * PAGE]
            + bolt[5 * PAGE : 6 * PAGE]
            + bolt[4 * PAGE : 5 * PAGE]
            + bolt[6 * PAGE :]
        ),
        "a page of zeros": lambda bolt: bolt[: 5 * PAGE] + bytes(PAGE) + bolt[6 * PAGE :],
        "a page more": lambda bolt: bolt + bytes(PAGE),
        "empty": lambda bolt: b"",
        "rubbish": lambda bolt: b"\x55" * len(bolt),
        "another name of a bucket": lambda bolt: bolt.replace(b"deleted-range", b"deleted-orang"),
        "a broken object": lambda bolt: bolt.replace(b'"retentionPeriod":', b'"retentionPeriod";'),
    }
    for what, change in changes.items():
        yield _store("bolt", what, change)


def sqlite_damages() -> Iterator[Damage]:
    for number, change in enumerate(flips("sqlite", 10)):
        yield _store("sqlite", f"flip {number}", change)
    changes: dict[str, Change] = {
        "magic": lambda data: flipped(data, 3),
        "size of pages": lambda data: flipped(data, 16, 3),
        "kind of a page": lambda data: flipped(data, PAGE, 2),
        "cut to half": lambda data: data[: len(data) // 2],
        "a page of zeros": lambda data: data[:PAGE] + bytes(PAGE) + data[2 * PAGE :],
        "a page more": lambda data: data + bytes(PAGE),
        "empty": lambda data: b"",
    }
    for what, change in changes.items():
        yield _store("sqlite", what, change)


def _tsm(what: str, change: Change, *, hidden: bool = False) -> Damage:
    def do(folder: Any) -> None:
        edit_member(folder, ".1.tar.gz", "tsm", change)

    return Damage(f"TSM: {what}", do, hidden)


def _store(kind: str, what: str, change: Change) -> Damage:
    return Damage(f"{kind}: {what}", lambda folder: edit_content(folder, f".{kind}.gz", change))


def _index(tsm: bytes) -> int:
    (place,) = unpack_from(">Q", tsm, len(tsm) - 8)
    return int(place)


def _between(start: int, stop: int | None, change: Change, tsm: bytes) -> bytes:
    end = _index(tsm) if stop is None else stop
    return tsm[:start] + change(tsm[start:end]) + tsm[end:]


def _entry(change: Change, tsm: bytes) -> bytes:
    """The type, the count and the only entry of the first key."""
    start = _index(tsm)
    (length,) = unpack_from(">H", tsm, start)
    begin = start + 2 + length
    return _between(begin, begin + 3 + 28, change, tsm)


def _letter(tsm: bytes) -> bytes:
    """The last letter of the measurement of the last key, so that all stay in order."""
    at = tsm.rindex(b"few,") + 2
    return tsm[:at] + b"x" + tsm[at + 1 :]


def _gap(tsm: bytes) -> bytes:
    place = _index(tsm)
    made = bytearray(tsm[:place] + bytes(16) + tsm[place:])
    pack_into(">Q", made, len(made) - 8, place + 16)
    return bytes(made)
