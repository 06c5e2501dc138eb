"""What one entry needs of another: it must be declared, and nothing may need itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from influx_pipelines.estate.labels import identity
from influx_pipelines.estate.problems import Problem
from influx_pipelines.influx.models import SYSTEM_BUCKETS


class Node(NamedTuple):
    """A declared thing."""

    kind: str
    name: str


class Wanted(NamedTuple):
    """Who needs what, and the place that says so."""

    by: Node
    needed: Node
    at: Problem


SYSTEM = frozenset(Node("bucket", name) for name in SYSTEM_BUCKETS)


def reference_problems(wanted: Sequence[Wanted], known: Collection[Node]) -> Iterator[Problem]:
    """What is needed and not declared; a circle of needs."""
    graph: dict[Node, set[Node]] = defaultdict(set)
    for one in wanted:
        graph[one.by].add(one.needed)
        if one.needed not in known and one.needed not in SYSTEM:
            yield replace(one.at, text=_unknown(one.needed, known))
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = error.args[1]
        first = next(one for one in wanted if one.by in circle and one.needed in circle)
        names = " → ".join(node.name for node in circle)
        yield replace(first.at, text=f"these need each other in a circle: {names}")


def label_problems(wanted: Iterable[Wanted], known: Collection[str]) -> list[Problem]:
    """The labels that are neither declared nor on the server, each place once."""
    there = set(map(identity, known))
    nodes = {Node("label", name) for name in known}
    missing = (one for one in wanted if identity(one.needed.name) not in there)
    return list(dict.fromkeys(replace(one.at, text=_unknown(one.needed, nodes)) for one in missing))


def _unknown(node: Node, known: Collection[Node]) -> str:
    close = get_close_matches(node.name, [k.name for k in known if k.kind == node.kind], 1)
    hint = f"did you mean {close[0]}?" if close else "declare it, or correct the name"
    where = "in the estate or on the server" if node.kind == "label" else "in the estate"
    return f"there is no {node.kind} {node.name!r} {where}: {hint}"
