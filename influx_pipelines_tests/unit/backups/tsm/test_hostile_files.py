"""Files of any bytes: an error that says where, in little memory, and never anything else."""

from __future__ import annotations

import random
import tracemalloc
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from influx_pipelines.backups.tsm.errors import TsmError
from influx_pipelines.backups.tsm.index import TsmFile
from influx_pipelines.backups.tsm.shard import Shard
from influx_pipelines.backups.tsm.tombstone import Tombstones
from influx_pipelines_tests.tsm import files, numbers

REAL = Path(__file__).parents[3] / "fixtures/tsm/1.6.7/000000001-000000001.tsm"
MOST_MEMORY = 256 << 20
MANY = [pytest.param(5_000, marks=pytest.mark.proof)]


def small() -> bytes:
    points = [(n * n, n) for n in range(30)]
    return files.tsm(
        {
            b"m,t=%d#!~#%s" % (n, kind.encode()): (kind, values)
            for n in range(3)
            for kind, values in {
                "float": [(time, value / 7) for time, value in points],
                "integer": points,
                "unsigned": [(time, 3 * time) for time, _ in points],
                "boolean": [(time, value % 3 == 0) for time, value in points],
                "string": [(time, b"text %d" % value) for time, value in points],
            }.items()
        },
        per_block=12,
    )


def damaged(data: bytes, picked: random.Random) -> bytes:
    """A few bytes changed, cut out, doubled, moved, or made the largest numbers."""
    found = bytearray(data)
    for _ in range(picked.choice([1, 1, 1, 2, 5])):
        if not found:
            break
        place, length = picked.randrange(len(found)), picked.choice([1, 2, 4, 8, 40])
        match picked.randrange(6):
            case 0:
                found[place] ^= 1 << picked.randrange(8)
            case 1:
                found[place : place + length] = picked.randbytes(length)
            case 2:
                found[place : place + length] = picked.choice([b"\0", b"\xff"]) * length
            case 3:
                del found[place : place + length]
            case 4:
                found[place:place] = found[place : place + length]
            case _:
                other = picked.randrange(len(found))
                found[place : place + length] = found[other : other + length]
    return bytes(found)


def resealed(data: bytes, picked: random.Random) -> bytes:
    """A file with damaged blocks whose checksums are right, as no accident makes it."""
    keys = []
    for key in TsmFile(data).keys():  # noqa: SIM118  (no dictionary)
        blocks = []
        for first, last, offset, size in key.entries.tolist():
            content = data[offset + 4 : offset + size]
            content = damaged(content, picked) if picked.random() < 0.2 else content
            checked = files.checked(content + bytes(12 if len(content) < 12 else 0))
            blocks.append((first, last, checked))
        keys.append((key.series + b"#!~#" + key.field, key.type, blocks))
    return files.assembled(keys)


def refusals(data: bytes) -> Iterator[TsmError]:
    """All that reading a file in every way complains about."""
    try:
        shard = Shard([TsmFile(data, "1.tsm"), TsmFile(data, "2.tsm")])
        yield from shard.verify()[0]
        for _ in shard.lines():
            pass
    except TsmError as error:
        yield error


@pytest.mark.parametrize("spoil", [damaged, resealed])
@pytest.mark.parametrize("tries", [150, *MANY])
def test_damaged_files_are_errors_and_never_crashes(spoil: object, tries: int) -> None:
    assert callable(spoil)
    good = [small(), REAL.read_bytes()]
    found = 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for number in range(tries):
            picked = random.Random(number)
            data = spoil(good[number % 20 == 0], picked)
            errors = list(refusals(data))
            assert all(error.what for error in errors)
            found += bool(errors)
    assert found > 0.9 * tries


@pytest.mark.parametrize("tries", [150, *MANY])
def test_damaged_tombstones_are_errors_and_never_crashes(tries: int) -> None:
    delete = [(b"m,t=%d#!~#float" % n, n, n + 5) for n in range(9)]
    good = [files.tombstone([delete, delete[:3]]), b"\0\0\x15\x02" + files.entries(delete)]
    found = 0
    for number in range(tries):
        try:
            Tombstones.read(damaged(good[number % 2], random.Random(number)), "1.tombstone")
        except TsmError:
            found += 1
    assert found > tries / 4


def overlapping() -> bytes:
    """Fifty blocks of a million times each in a kilobyte and a half, one over the other."""
    count = 1 << 20
    moments = b"\x20" + bytes(8) + b"\x01" + numbers.varint(count)
    block = files.sealed("integer", moments, b"\x20" + bytes(8) + b"\0" + numbers.varint(count - 1))
    return files.assembled([(b"m#!~#f", "integer", [(0, count - 1, block)] * 50)])


def endless(kind: str, values: bytes) -> bytes:
    count = 2**40
    moments = b"\x20" + bytes(8) + b"\x01" + numbers.varint(count)
    block = files.sealed(kind, moments, values)
    return files.assembled([(b"m#!~#f", kind, [(0, count - 1, block)])])


def swollen() -> bytes:
    """A block that says it unpacks to a tebibyte."""
    block = files.sealed("string", numbers.times([1]), b"\x10" + numbers.varint(2**40) + bytes(9))
    return files.assembled([(b"m#!~#f", "string", [(1, 1, block)])])


@pytest.mark.parametrize(
    "data",
    [
        overlapping(),
        endless("boolean", b"\x10" + numbers.varint(2**40) + b"\0"),
        endless("integer", b"\x20" + bytes(8) + b"\0" + numbers.varint(2**40 - 1)),
        swollen(),
    ],
    ids=["overlapping", "boolean", "integer", "swollen"],
)
def test_a_small_file_cannot_take_much_memory(data: bytes) -> None:
    tracemalloc.start()
    try:
        assert list(refusals(data))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < MOST_MEMORY


def test_many_blocks_over_each_other_take_no_time_for_each_pair() -> None:
    count = 8_000  # nested: the first to begin is the last to end
    block = {n: files.block("boolean", [(n, True), (2 * count - n, True)]) for n in range(count)}
    keys = [(b"m#!~#f", "boolean", [(n, 2 * count - n, block[n]) for n in range(count)])]
    assert Shard([TsmFile(files.assembled(keys))]).summary().values == 2 * count


def test_many_tombstones_of_a_key_take_no_time_for_each_block() -> None:
    points = [(n, True) for n in range(8_000)]
    file = TsmFile(files.tsm({b"m#!~#f": ("boolean", points)}, per_block=2))
    odd = [[(b"m#!~#f", n, n)] for n in range(1, 8_000, 2)]
    found = Shard([file], [Tombstones.read(files.tombstone(odd))]).summary()
    assert (found.values, found.hidden, found.last_ns) == (4_000, 4_000, 7_998)
