"""How streams were made from each other, to number them as nodes of the real server's plan.

A result of `to` that nobody names is called after its node: `to3` is the fourth in the plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from influx_pipelines.embedded.engine.table import Stream
from influx_pipelines.embedded.engine.values import Function

# Functions that are several nodes in the plan; None where their number is not known.
_NODES: dict[str, int | None] = {
    "alignTime": 3,
    "bottom": 2,
    "cov": 2,
    "doubleEMA": 5,
    "increase": 2,
    "kaufmansER": 2,
    "pearsonr": 2,
    "timedMovingAverage": 4,
    "timeWeightedAvg": 2,
    "top": 2,
    "tripleEMA": 7,
    **dict.fromkeys("highestAverage highestCurrent highestMax".split(), 5),
    **dict.fromkeys("lowestAverage lowestCurrent lowestMin".split(), 5),
    **dict.fromkeys("fieldKeys measurements tagKeys tagValues measurementFieldKeys".split()),
    **dict.fromkeys("measurementTagKeys measurementTagValues check deadman notify".split()),
}


class Plan:
    """The streams of one run, and what they were made from."""

    def __init__(self) -> None:
        self._made: dict[Stream, tuple[int | None, list[Stream]]] = {}
        self._next: int | None = 0

    def note(self, stream: Stream, function: str, arguments: dict[str, Any]) -> None:
        """A function returned a stream."""
        parents = [s for _, value in sorted(arguments.items()) for s in _streams(value)]
        nodes = _NODES.get(function, 1)
        if function == "aggregateWindow":
            windows = 5 if arguments.get("createEmpty", True) else 4
            nodes = None if isinstance(arguments["fn"], Function) else windows
        if stream not in parents:
            self._made[stream] = nodes, parents

    def forget(self) -> None:
        """A look-up in a stream takes numbers, too: nobody knows how many."""
        self._next = None

    def leaves(self, effects: Iterable[Stream]) -> dict[Stream, int | None]:
        """Of the streams that the script asks for those that no other one needs, with numbers."""
        numbers: dict[Stream, int | None] = {}
        needed: set[Stream] = set()
        for stream in effects:
            self._number(stream, numbers, needed)
        return {stream: number for stream, number in numbers.items() if stream not in needed}

    def _number(
        self, stream: Stream, numbers: dict[Stream, int | None], needed: set[Stream]
    ) -> None:
        if stream in numbers:
            return
        nodes, parents = self._made.get(stream, (1, []))
        for parent in parents:
            self._number(parent, numbers, needed)
        needed.update(parents)
        self._next = None if nodes is None or self._next is None else self._next + nodes
        numbers[stream] = None if self._next is None else self._next - 1


def _streams(value: Any) -> Iterator[Stream]:
    if isinstance(value, Stream):
        yield value
    elif isinstance(value, list | dict):
        parts = value if isinstance(value, list) else [v for _, v in sorted(value.items())]
        yield from (part for part in parts if isinstance(part, Stream))
