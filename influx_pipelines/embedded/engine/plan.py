"""How streams were made from each other: a result of `to` that nobody names has a node's number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from influx_pipelines.embedded.engine.table import Stream
from influx_pipelines.embedded.engine.values import Function

# Functions that are several nodes in the real plan; of those with 0 the number is not known.
_NODES = {
    **dict.fromkeys("bottom cov increase kaufmansER pearsonr timeWeightedAvg top".split(), 2),
    "timedMovingAverage": 4,
    "doubleEMA": 5,
    "tripleEMA": 7,
    **dict.fromkeys("highestAverage highestCurrent highestMax".split(), 5),
    **dict.fromkeys("lowestAverage lowestCurrent lowestMin".split(), 5),
    **dict.fromkeys("fieldKeys measurements tagKeys tagValues measurementFieldKeys".split(), 0),
    **dict.fromkeys("measurementTagKeys measurementTagValues".split(), 0),
}


class Plan:
    """The streams of one run, with what they were made from."""

    def __init__(self) -> None:
        self._made: dict[Stream, tuple[int, list[Stream]]] = {}
        self._next: int | None = 0

    def note(self, stream: Stream, function: str, arguments: dict[str, Any]) -> None:
        """A function returned a stream."""
        parents = [s for _, value in sorted(arguments.items()) for s in _streams(value)]
        nodes = _NODES.get(function, 1)
        if function == "aggregateWindow" and not isinstance(arguments["fn"], Function):
            nodes = 5 if arguments.get("createEmpty", True) else 4
        elif function == "aggregateWindow":
            nodes = 0
        if stream not in parents:
            self._made[stream] = nodes, parents

    def forget(self) -> None:
        """A look-up in a stream takes numbers, too: nobody knows how many."""
        self._next = None

    def leaves(self, effects: Iterable[Stream]) -> dict[Stream, int | None]:
        """The streams that a script asks for and no other one of them needs, with numbers."""
        numbers: dict[Stream, int | None] = {}
        for stream in effects:
            self._number(stream, numbers)
        needed = {parent for stream in numbers for parent in self._made.get(stream, (1, []))[1]}
        return {stream: number for stream, number in numbers.items() if stream not in needed}

    def _number(self, stream: Stream, numbers: dict[Stream, int | None]) -> None:
        if stream in numbers:
            return
        nodes, parents = self._made.get(stream, (1, []))
        for parent in parents:
            self._number(parent, numbers)
        self._next = self._next + nodes if nodes and self._next is not None else None
        numbers[stream] = None if self._next is None else self._next - 1


def _streams(value: Any) -> list[Stream]:
    if isinstance(value, dict):
        value = [part for _, part in sorted(value.items())]
    parts = value if isinstance(value, list) else [value]
    return [part for part in parts if isinstance(part, Stream)]
