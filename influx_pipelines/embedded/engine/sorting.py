"""Sorting rows as the real server does: each part of a table by itself, then a merge by a heap.

The merge is not stable: that decides the order of equal rows of several series.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from influx_pipelines.embedded.engine.table import Table

Run = list[int]  # row numbers in order


def ordered(table: Table, columns: Sequence[str], desc: bool) -> Table:
    """The rows by these columns, null first; a missing or a group column changes nothing."""
    runs, rank = _sorted_runs(table, columns, desc)
    if not runs or (len(runs) == 1 and runs[0] == list(range(len(table)))):
        return replace(table, chunks=())
    return table.take(_merge(runs, rank))


def first_ordered(table: Table, columns: Sequence[str], desc: bool, n: int) -> Table:
    """The first n rows of that order, found part by part."""
    runs, rank = _sorted_runs(table, columns, desc)
    best: Run = []
    for run in runs:
        best = _merge([part for part in (best, run) if part], rank)[: max(n, 0)]
    return table.take(best)


def _sorted_runs(table: Table, columns: Sequence[str], desc: bool) -> tuple[list[Run], list[int]]:
    """The rows of each part in order, and the rank of every row among all."""
    rows = list(range(len(table)))
    wanted = [n for n in columns if n in table.types and n not in table.key]
    for name in reversed(wanted):
        values = table.columns[name]
        rows.sort(key=_null_first(values, desc), reverse=desc)
    if not table.chunks:
        return [rows] if rows else [], []
    rank = _ranks(rows, [table.columns[name] for name in wanted])
    spans = [range(*span) for span in table.spans()]
    return [sorted(span, key=rank.__getitem__) for span in spans if span], rank


def _null_first(values: list[Any], desc: bool) -> Any:
    if None not in values:
        return values.__getitem__
    return lambda row: (desc, 0) if values[row] is None else (not desc, values[row])


def _ranks(rows: Run, columns: list[list[Any]]) -> list[int]:
    rank, ranks, last = 0, [0] * len(rows), None
    for row in rows:
        cells = [column[row] for column in columns]
        rank += cells != last
        ranks[row], last = rank, cells
    return ranks


def _merge(runs: list[Run], rank: list[int]) -> Run:
    """Take the smallest head again and again; of equal heads the one on top of the heap stays."""
    if len(runs) == 1:
        return runs[0]
    heap = [run[::-1] for run in runs]  # the head of each is its last
    for place in reversed(range(len(heap) // 2)):
        _sink(heap, place, rank)
    merged = []
    while heap:
        merged.append(heap[0].pop())
        if not heap[0]:
            heap[0] = heap[-1]
            heap.pop()
        _sink(heap, 0, rank)
    return merged


def _sink(heap: list[Run], place: int, rank: list[int]) -> None:
    while (child := 2 * place + 1) < len(heap):
        if child + 1 < len(heap) and rank[heap[child + 1][-1]] < rank[heap[child][-1]]:
            child += 1
        if rank[heap[child][-1]] >= rank[heap[place][-1]]:
            return
        heap[place], heap[child] = heap[child], heap[place]
        place = child
