"""What the files of a shard hold together."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influx_pipelines.backups.tsm.errors import TsmError
from influx_pipelines.backups.tsm.index import TsmFile
from influx_pipelines.backups.tsm.shard import Shard
from influx_pipelines.backups.tsm.summary import FieldKey, ShardSummary
from influx_pipelines.backups.tsm.tombstone import ALWAYS
from influx_pipelines_tests.tsm.files import tombstone, tsm

KEYS = (b"m,host=a#!~#f", b"m,host=a#!~#s", b"m,host=b#!~#f", b"n#!~#f")
KINDS = dict(zip(KEYS, ("integer", "string", "integer", "integer"), strict=True))
TIMES = st.lists(st.integers(-20, 60), unique=True).map(sorted)
RANGE = st.tuples(st.integers(-25, 65), st.integers(0, 40)).map(lambda r: (r[0], r[0] + r[1]))
DELETES = st.lists(st.tuples(st.sampled_from(KEYS), st.one_of(RANGE, st.just(ALWAYS))), max_size=3)
FILE = st.tuples(st.dictionaries(st.sampled_from(KEYS), TIMES, min_size=1), DELETES)
Model = dict[tuple[bytes, int], Any]


def shard_and_models(
    parts: list[tuple[dict[bytes, list[int]], Any]], per_block: int
) -> tuple[Shard, Model, Model]:
    """A shard; its values with the tombstones, and without them."""
    contents, seen, everything = {}, {}, {}
    for number, (columns, deletes) in enumerate(parts):
        written: dict[bytes, Any] = {}
        for key, times in columns.items():
            kind = KINDS[key]
            values = [
                number * 1000 + time if kind == "integer" else b"%d" % number for time in times
            ]
            written[key] = kind, list(zip(times, values, strict=True))
        for key, (_, points) in written.items():
            hidden = [span for name, span in deletes if name == key]
            for time, value in points:
                everything[key, time] = value
                if not any(first <= time <= last for first, last in hidden):
                    seen[key, time] = value
        if any(points for _, points in written.values()):
            contents[f"{number:09}-000000001.tsm"] = tsm(written, per_block)
            if deletes:
                text = tombstone([[(key, *span)] for key, span in deletes])
                contents[f"{number:09}-000000001.tombstone"] = text
    return Shard.of(contents), seen, everything


def read(shard: Shard, forget: bool) -> Model:
    found: Model = {}
    for part in shard.points(forget_tombstones=forget):
        key = part.series + b"#!~#" + part.field
        for time, value in zip(part.times.tolist(), part.values.tolist(), strict=True):
            assert (key, time) not in found
            found[key, time] = value
    return found


@given(parts=st.lists(FILE, max_size=4), per_block=st.integers(1, 12))
def test_the_latest_file_wins_and_tombstones_hide(parts: Any, per_block: int) -> None:
    shard, seen, everything = shard_and_models(parts, per_block)
    assert read(shard, forget=False) == seen
    assert read(shard, forget=True) == everything
    assert list(read(shard, forget=False)) == sorted(seen)


@given(parts=st.lists(FILE, max_size=4), per_block=st.integers(1, 12))
def test_counts_are_those_of_the_values_that_are_read(parts: Any, per_block: int) -> None:
    shard, seen, everything = shard_and_models(parts, per_block)
    counted = {
        row.series + b"#!~#" + row.field: (row.values, row.hidden, row.first, row.last)
        for row in shard.counts()
    }
    for key in {key for key, _ in everything}:
        times = [time for name, time in seen if name == key]
        hidden = sum(name == key for name, _ in everything) - len(times)
        values, found_hidden, first, last = counted.pop(key)
        assert (values, found_hidden) == (len(times), hidden)
        assert not times or (first, last) == (min(times), max(times))
    assert not counted
    summary = shard.summary()
    times = [time for _, time in seen]
    assert (summary.values, summary.hidden) == (len(seen), len(everything) - len(seen))
    assert summary.first_ns == min(times, default=None)
    assert summary.last_ns == max(times, default=None)
    assert summary.series == len({key.split(b"#")[0] for key, _ in seen})


def test_a_series_in_two_shards_of_a_bucket_counts_once() -> None:
    whole = ShardSummary()
    for time in (1, 10**18):
        key = b"m\\,o\\ x,host=a#!~#f"
        whole.add(Shard.of({"1.tsm": tsm({key: ("integer", [(time, 1)])})}).summary())
    assert (whole.series, whole.values, whole.first_ns, whole.last_ns) == (1, 2, 1, 10**18)
    assert list(whole.by_field) == [FieldKey("m,o x", "f", "integer")]


def test_a_shard_without_files_holds_nothing() -> None:
    found = Shard([]).summary()
    assert (found.series, found.values, found.first_ns, found.last_ns) == (0, 0, None, None)


def test_a_field_of_two_types_in_a_shard_is_a_damage() -> None:
    files = [TsmFile(tsm({b"m#!~#f": (kind, [(1, 1)])}), "a.tsm") for kind in ("integer", "float")]
    damages, _ = Shard(files).verify()
    assert ["another type" in str(damage) for damage in damages] == [True]
    with pytest.raises(TsmError, match="another type"):
        list(Shard(files).points())


def test_lines_are_escaped_so_that_they_are_read_as_they_were() -> None:
    columns = {
        b"m\\ x,t=a\\=b#!~#f, =": ("string", [(1, b'say "a\\b"\nnext')]),
        b"n#!~#f": ("float", [(-1, -0.0), (2, 5e-324), (3, 1e22)]),
        b"o#!~#b": ("boolean", [(1, True), (2, False)]),
        b"p#!~#u": ("unsigned", [(1, 2**64 - 1)]),
    }
    assert b"".join(Shard([TsmFile(tsm(columns))]).lines()) == (
        b'm\\ x,t=a\\=b f\\,\\ \\=="say \\"a\\\\b\\"\nnext" 1\n'
        b"n f=-0.0 -1\nn f=5e-324 2\nn f=1e+22 3\n"
        b"o b=true 1\no b=false 2\np u=18446744073709551615u 1\n"
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (b"m\n#!~#f", 1.0),
        (b"m#!~#f\n", 1.0),
        (b"#!~#f", 1.0),
        (b"m#!~#", 1.0),
        (b"m#!~#f", float("inf")),
    ],
)
def test_what_no_line_can_hold_is_an_error(key: bytes, value: float) -> None:
    shard = Shard([TsmFile(tsm({key: ("float", [(1, value)])}))])
    with pytest.raises(TsmError):
        list(shard.lines())
