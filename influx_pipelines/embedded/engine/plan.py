"""How streams were made from each other: a result of `to` that nobody names has a node's number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from influx_pipelines.embedded.engine.table import Stream
from influx_pipelines.embedded.engine.values import Function

# Functions that are several nodes in the real plan; of those with 0 the number is not known.
_SIZES = {
    **dict.fromkeys("bottom cov increase kaufmansER pearsonr timeWeightedAvg top".split(), 2),
    "timedMovingAverage": 4,
    "doubleEMA": 5,
    "tripleEMA": 7,
    **dict.fromkeys("highestAverage highestCurrent highestMax".split(), 5),
    **dict.fromkeys("lowestAverage lowestCurrent lowestMin".split(), 5),
    **dict.fromkeys("fieldKeys measurements tagKeys tagValues measurementFieldKeys".split(), 0),
    **dict.fromkeys("measurementTagKeys measurementTagValues".split(), 0),
}


@dataclass(slots=True, eq=False)
class Node:
    """What a call adds to the plan; it outlives the tables that the call returned."""

    size: int = 1
    parents: list[Node] = field(default_factory=list)


def note(stream: Stream, function: str, arguments: dict[str, Any]) -> None:
    """Remember what a function made a stream from."""
    parents = [s for _, value in sorted(arguments.items()) for s in _streams(value)]
    size = _SIZES.get(function, 1)
    if function == "aggregateWindow":
        windows = 5 if arguments.get("createEmpty", True) else 4
        size = 0 if isinstance(arguments["fn"], Function) else windows
    if stream not in parents:
        stream.node = Node(size, [parent.node or Node() for parent in parents])


def _streams(value: Any) -> list[Stream]:
    if isinstance(value, dict):
        value = [part for _, part in sorted(value.items())]
    parts = value if isinstance(value, list) else [value]
    return [part for part in parts if isinstance(part, Stream)]


def leaves(effects: Iterable[Node]) -> dict[Node, int | None]:
    """The nodes that a script asks for and no other one of them needs, with their numbers."""
    numbers: dict[Node, int | None] = {}
    following: int | None = 0

    def visit(node: Node) -> None:
        nonlocal following
        if node not in numbers:
            for parent in node.parents:
                visit(parent)
            following = following + node.size if node.size and following is not None else None
            numbers[node] = None if following is None else following - 1

    for effect in effects:
        visit(effect)
    needed = {parent for node in numbers for parent in node.parents}
    return {node: number for node, number in numbers.items() if node not in needed}
