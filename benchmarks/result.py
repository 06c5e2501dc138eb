"""What a benchmark gives: two times, their ratio, and the bar that the ratio must meet."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """Seconds of ours and of theirs; `bar` is the largest ratio ours / theirs that is good."""

    name: str
    ours: float
    theirs: float
    against: str
    bar: float

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs

    @property
    def met(self) -> bool:
        return self.ratio <= self.bar


def compare(
    name: str,
    ours: Callable[[], object],
    theirs: Callable[[], object],
    *,
    against: str,
    bar: float,
    rounds: int = 3,
) -> Result:
    """The medians of both, taken in turns so that a slow moment hits both."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for place, work in enumerate((ours, theirs)):
            gc.collect()
            before = time.perf_counter()
            work()
            times[place].append(time.perf_counter() - before)
    return Result(name, *map(statistics.median, times), against, bar)
