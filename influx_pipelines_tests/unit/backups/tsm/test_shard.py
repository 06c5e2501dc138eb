"""What the files of a shard hold together."""

from __future__ import annotations

import random
from typing import Any

import pytest

from influx_pipelines.backups.tsm import merging
from influx_pipelines.backups.tsm.errors import TsmError
from influx_pipelines.backups.tsm.index import TsmFile
from influx_pipelines.backups.tsm.shard import Shard
from influx_pipelines.backups.tsm.summary import FieldKey, ShardSummary
from influx_pipelines.backups.tsm.tombstone import ALWAYS
from influx_pipelines_tests.tsm.files import assembled, block, tombstone, tsm

KEYS = (b"m,host=a#!~#f", b"m,host=a#!~#s", b"m,host=b#!~#f", b"n#!~#f")
KINDS = dict(zip(KEYS, ("integer", "string", "integer", "integer"), strict=True))
TRIES = pytest.mark.parametrize("tries", [100, pytest.param(5_000, marks=pytest.mark.proof)])
Model = dict[tuple[bytes, int], Any]


def shard_and_models(picked: random.Random) -> tuple[Shard, Model, Model]:
    """A shard; its values with the tombstones, and without them."""
    contents, seen, everything = {}, {}, {}
    for number in range(picked.randrange(1, 5)):
        columns: dict[bytes, Any] = {}
        deletes = [[(picked.choice(KEYS), *_range(picked))] for _ in range(picked.randrange(4))]
        for key in picked.sample(KEYS, picked.randrange(1, 5)):
            start, length = picked.randrange(40), picked.choice([1, 4, 40])
            times = [t for t in range(start, start + length) if picked.random() < 0.5] or [start]
            text = KINDS[key] == "string"
            points = [(t, b"%d" % number if text else number * 1000 + t) for t in times]
            columns[key] = KINDS[key], points
            hidden = [delete[0][1:] for delete in deletes if delete[0][0] == key]
            for time, value in points:
                everything[key, time] = value
                if not any(first <= time <= last for first, last in hidden):
                    seen[key, time] = value
        name = f"{number:09}-000000001"
        contents[f"{name}.tsm"] = tsm(columns, picked.choice([1, 3, 8, 100]))
        if deletes:
            contents[f"{name}.tombstone"] = tombstone(deletes)
    return Shard.of(contents), seen, everything


def _range(picked: random.Random) -> tuple[int, int]:
    if picked.random() < 0.1:
        return ALWAYS
    first = picked.randrange(-5, 60)
    return first, first + picked.choice([0, 1, 5, 20, 70])


def read(shard: Shard, forget: bool) -> Model:
    found: Model = {}
    for part in shard.points(forget_tombstones=forget):
        key = part.series + b"#!~#" + part.field
        for time, value in zip(part.times.tolist(), part.values.tolist(), strict=True):
            assert (key, time) not in found
            found[key, time] = value
    return found


@TRIES
def test_the_latest_file_wins_and_tombstones_hide(
    monkeypatch: pytest.MonkeyPatch, tries: int
) -> None:
    for number in range(tries):
        monkeypatch.setattr(merging, "PIECE", 1 + number % 5 * 5)
        shard, seen, everything = shard_and_models(random.Random(number))
        assert read(shard, forget=False) == seen
        assert read(shard, forget=True) == everything
        assert list(read(shard, forget=False)) == sorted(seen)


@TRIES
def test_counts_are_those_of_the_values_that_are_read(
    monkeypatch: pytest.MonkeyPatch, tries: int
) -> None:
    for number in range(tries):
        monkeypatch.setattr(merging, "PIECE", 1 + number % 5 * 5)
        shard, seen, everything = shard_and_models(random.Random(number))
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


def test_blocks_of_one_file_that_lie_over_each_other_are_counted_once() -> None:
    blocks = [
        (times[0], times[-1], block("integer", [(time, len(times)) for time in times]))
        for times in ([1, 3, 5, 7, 90], [5, 6, 7], [20, 90])
    ]
    shard = Shard([TsmFile(assembled([(b"m#!~#f", "integer", blocks)]))])
    found = read(shard, forget=False)
    assert {time: value for (_, time), value in found.items()} == {
        1: 5,
        3: 5,
        5: 3,
        6: 3,
        7: 3,
        20: 2,
        90: 2,
    }
    assert shard.summary().values == 7


@pytest.mark.parametrize("late", [25, 65])
def test_values_come_in_small_pieces(monkeypatch: pytest.MonkeyPatch, late: int) -> None:
    monkeypatch.setattr(merging, "PIECE", 20)
    columns = {b"m#!~#f": ("integer", [(time, time) for time in range(100)])}
    over = {b"m#!~#f": ("integer", [(5, -1), (late, -2), (99, -3)])}
    shard = Shard([TsmFile(tsm(columns, per_block=10)), TsmFile(tsm(over))])
    pieces = [part.times.tolist() for part in shard.points()]
    assert max(map(len, pieces)) <= 30
    assert [time for times in pieces for time in times] == list(range(100))
    assert [part.values.tolist()[-1] for part in shard.points()][-1] == -3


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
        (b"m,t=a\\#!~#f", 1.0),
        (b"m#!~#f", float("inf")),
    ],
)
def test_what_no_line_can_hold_is_an_error(key: bytes, value: float) -> None:
    shard = Shard([TsmFile(tsm({key: ("float", [(1, value)])}))])
    with pytest.raises(TsmError):
        list(shard.lines())
