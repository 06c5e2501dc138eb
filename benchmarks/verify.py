"""A look at uncompressed TSM files: all that is wrong, and counts, against CRC-32 alone."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import accumulate, pairwise
from typing import Any

from benchmarks.result import Result, in_turns
from benchmarks.sizes import Size
from influx_pipelines.backups.tsm.index import TsmFile
from influx_pipelines.backups.tsm.shard import Shard
from influx_pipelines_tests.tsm import files, numbers

GIGABYTE = 10**9
MOST = 3.33  # seconds of CPU, which is 300 MB/s on one core
MOST_OF_SHORT = 5.0
LEAST = 0.3  # of the speed of the checksum
AGAINST = "zlib.crc32 of the same bytes"
PIECE = 1 << 20
BYTES_A_ROW = 300  # of a file, by the rows of the other benchmarks
DAY, STEP = 86_400, 10  # seconds
PER_BLOCK = 1000
FIRST = 1_767_225_600 * 10**9
FIELDS = ("float",) * 6 + ("integer",) * 2 + ("boolean", "string")
Steps = Sequence[int]


def run(size: Size) -> Iterator[Result]:
    """Shards of a day: metrics every ten seconds, the same at uneven times, or a few an hour.

    The last have so little in a block that the index is a quarter of the file.
    """
    for name, points, steps, times, most in (
        ("every 10 s", DAY // STEP, even, LEAST, MOST),
        ("at uneven times", DAY // STEP, _uneven, LEAST, MOST),
        ("100 values a series", 100, even, None, MOST_OF_SHORT),
    ):
        data = generated(size.rows * BYTES_A_ROW, points, steps)
        took = in_turns({"ours": partial(_verify, data), "theirs": partial(crc, data)}, size)
        ours, theirs = (took[who].cpu * GIGABYTE / len(data) for who in ("ours", "theirs"))
        title = f"verify: 1 GB of TSM, {name}"
        yield Result(title, ours, theirs, AGAINST, times, most, "s CPU")


def _verify(data: bytes) -> None:
    damages, found = Shard([TsmFile(data)]).verify()
    assert not damages
    assert found.values


def crc(data: bytes) -> int:
    view, found = memoryview(data), 0
    for start in range(0, len(data), PIECE):
        found = zlib.crc32(view[start : start + PIECE], found)
    return found


def even(_: random.Random) -> Steps:
    return [STEP * 10**9] * PER_BLOCK


def _uneven(picked: random.Random) -> Steps:
    """A sampler that is up to half a second late, to the millisecond."""
    late = [picked.randrange(500) for _ in range(PER_BLOCK + 1)]
    return [STEP * 10**9 + (two - one) * 10**6 for one, two in pairwise(late)]


def generated(
    total: int, points: int, steps: Callable[[random.Random], Steps], begin: int = FIRST
) -> bytes:
    """A file of about so many bytes, of ten fields a host, with so many points each.

    What a block holds is encoded a few times only, and told apart by its first time.
    """
    picked = random.Random(1)
    sizes = [min(PER_BLOCK, points - start) for start in range(0, points, PER_BLOCK)]
    stock = {
        (kind, size): [_Content(kind, size, steps(picked), picked) for _ in range(8)]
        for kind in set(FIELDS)
        for size in set(sizes)
    }
    keys, written = [], 0
    while written < total:
        number = len(keys)
        kind = FIELDS[number % len(FIELDS)]
        blocks, first = [], begin
        for size in sizes:
            content = picked.choice(stock[kind, size])
            blocks.append((first, first + content.last, content.block(first)))
            first += content.last + STEP * 10**9
        key = f"metrics,host=server-{number // len(FIELDS):06},region=eu-west"
        key += f"#!~#field_{number % len(FIELDS)}"
        keys.append((key.encode(), kind, blocks))
        written += sum(len(block) for _, _, block in blocks)
    return files.assembled(keys)


class _Content:
    """Times from zero on, and values, encoded."""

    def __init__(self, kind: str, size: int, steps: Steps, picked: random.Random) -> None:
        moments = [0, *accumulate(steps[: size - 1])]
        self.kind, self.last = kind, moments[-1]
        self.times = numbers.times(moments)
        self.values = files.ENCODERS[kind](_values(kind, size, picked))

    def block(self, first: int) -> bytes:
        times = self.times[:1] + first.to_bytes(8, "big") + self.times[9:]
        return files.sealed(self.kind, times, self.values)


def _values(kind: str, size: int, picked: random.Random) -> list[Any]:
    """A gauge of two decimals, a counter, a state that seldom changes."""
    match kind:
        case "float":
            return [round(40 + number, 2) for number in _walk(size, picked)]
        case "integer":
            return list(accumulate(picked.randrange(10_000) for _ in range(size)))
        case "boolean":
            return [picked.random() < 0.9 for _ in range(size)]
        case _:
            return [picked.choice([b"running", b"sleeping", b"stopped"]) for _ in range(size)]


def _walk(size: int, picked: random.Random) -> Iterator[float]:
    return accumulate(picked.gauss(0, 0.5) for _ in range(size))
