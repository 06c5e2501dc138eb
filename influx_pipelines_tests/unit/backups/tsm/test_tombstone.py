"""Tombstone files of all versions, whole and broken."""

from __future__ import annotations

import gzip
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influx_pipelines.backups.tsm import tombstone as tombstones
from influx_pipelines.backups.tsm.errors import TsmError
from influx_pipelines.backups.tsm.tombstone import ALWAYS, Tombstones
from influx_pipelines_tests.tsm.files import entries, tombstone

DELETE = [(b"m#!~#f", 1, 9), (b"m#!~#g", -5, 5)]
RANGES = {b"m#!~#f": [(1, 9)], b"m#!~#g": [(-5, 5)]}
SPANS = st.tuples(st.integers(-30, 30), st.integers(0, 9)).map(lambda s: (s[0], s[0] + s[1]))


@pytest.mark.parametrize(
    "data",
    [
        tombstone([DELETE]),
        tombstone([DELETE[:1], DELETE[1:]]),
        b"\0\0\x15\x03" + gzip.compress(entries(DELETE), mtime=0),
        b"\0\0\x15\x02" + entries(DELETE),
    ],
)
def test_each_version_is_read(data: bytes) -> None:
    assert Tombstones.read(data).ranges == RANGES


def test_the_oldest_version_hides_whole_keys_and_may_be_empty() -> None:
    assert Tombstones.read(b"a\nb\n").ranges == {b"a": [ALWAYS], b"b": [ALWAYS]}
    assert not Tombstones.read(b"").ranges


@given(st.lists(SPANS, min_size=1))
def test_ranges_that_meet_are_one(spans: list[tuple[int, int]]) -> None:
    (ranges,) = Tombstones.read(tombstone([[(b"k", *span) for span in spans]])).ranges.values()
    hidden = {time for first, last in spans for time in range(first, last + 1)}
    assert {time for first, last in ranges for time in range(first, last + 1)} == hidden
    assert all(one[1] + 1 < two[0] for one, two in pairwise(ranges))


@pytest.mark.parametrize(
    "data",
    [
        b"\0\0\x15\x05" + gzip.compress(entries(DELETE), mtime=0),
        b"\0\0\x15\x04" + b"not gzip",
        tombstone([DELETE])[:-9],
        tombstone([DELETE])[:-1],
        tombstone([DELETE]) + b"\0",
        b"\0\0\x15\x02" + entries(DELETE)[:-1],
        b"\0\0\x15\x02" + entries([(b"k", 9, 1)]),
        b"\0\0\x15\x02" + b"\xff\xff\xff\xff",
    ],
)
def test_a_broken_one_is_refused(data: bytes) -> None:
    with pytest.raises(TsmError, match=r"^1\.tombstone: The tombstones are broken: "):
        Tombstones.read(data, "1.tombstone")


def test_no_memory_is_taken_for_what_unpacks_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tombstones, "MOST_BYTES", 1 << 20)
    with pytest.raises(TsmError, match="longer than"):
        Tombstones.read(tombstone([[(b"k", 1, 1)] * 100_000]))
