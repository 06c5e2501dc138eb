"""Of rows that pass by, a few are remembered: the first ones, and a fair choice for a plot."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa

from influx_pipelines.io_manager.seen import Seen


def batches(sizes: list[int]) -> list[pa.RecordBatch]:
    starts = [sum(sizes[:place]) for place in range(len(sizes))]
    return [
        pa.RecordBatch.from_pydict({"n": list(range(start, start + size))})
        for start, size in zip(starts, sizes, strict=True)
    ]


def test_few_rows_are_all_picked() -> None:
    seen = Seen()
    assert list(seen.watch(batches([3, 0, 9]))) == batches([3, 0, 9])
    assert sorted(row["n"] for row in seen.picked) == list(range(12))
    assert [row["n"] for row in seen.first] == list(range(10))


def test_of_many_rows_each_has_the_same_chance() -> None:
    seen = Seen()
    for _ in seen.watch(batches([5_000, 20_000, 1, 30_000, 4_999])):
        pass
    assert len(seen.picked) == Seen.picked_rows
    tenths = Counter(row["n"] // 6_000 for row in seen.picked)
    assert sorted(tenths) == list(range(10))
    assert all(120 < count < 280 for count in tenths.values()), tenths
