"""What a benchmark gives: ours beside theirs, and the bar that must be cleared."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.sizes import Size

Work = Callable[[], object]


@dataclass(frozen=True)
class Result:
    """One row. Less is better for every value; `theirs / ours` is how many times better ours is.

    `times` is the least such ratio that is good, `most` the largest value of ours that is. A row
    with neither is shown and judges nothing.
    """

    name: str
    ours: float
    theirs: float | None = None
    against: str = ""
    times: float | None = None
    most: float | None = None
    unit: str = "s"

    @property
    def ratio(self) -> float | None:
        return self.theirs / self.ours if self.theirs is not None and self.ours else None

    @property
    def judged(self) -> bool:
        return self.times is not None or self.most is not None

    @property
    def met(self) -> bool:
        fast = self.times is None or (self.ratio is not None and self.ratio >= self.times)
        return fast and (self.most is None or self.ours <= self.most)


@dataclass(frozen=True)
class Took:
    """Seconds of wall clock, and of CPU time of all threads of this process."""

    wall: float
    cpu: float


def in_turns(contenders: Mapping[str, Work], size: Size) -> dict[str, Took]:
    """The medians of each, taken in turns so that a slow moment hits all of them.

    Whoever is through early works again until the turn is over: what takes milliseconds is as
    noisy as a machine can be.
    """
    walls: dict[str, list[float]] = {name: [] for name in contenders}
    cpus: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(size.rounds):
        for name, work in contenders.items():
            gc.collect()
            spent = 0.0
            while not spent or spent < size.turn:
                cpu, wall = time.process_time(), time.perf_counter()
                kept = work()  # what it gives is freed after the clock was read
                walls[name].append(time.perf_counter() - wall)
                cpus[name].append(time.process_time() - cpu)
                spent += walls[name][-1]
                del kept
    return {
        name: Took(statistics.median(walls[name]), statistics.median(cpus[name]))
        for name in contenders
    }


def compare(
    name: str, ours: Work, theirs: Work, *, against: str, times: float, size: Size
) -> Result:
    """The wall clock of two."""
    took = in_turns({"ours": ours, "theirs": theirs}, size)
    return Result(name, took["ours"].wall, took["theirs"].wall, against, times)
