"""Rows of two streams side by side: `join`, and the package `join`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from influx_pipelines.embedded.engine.building import TableBuilder, key_identity, merge
from influx_pipelines.embedded.engine.context import Run
from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.inference import record_types
from influx_pipelines.embedded.engine.registry import Fn, builtin
from influx_pipelines.embedded.engine.sorting import ordered
from influx_pipelines.embedded.engine.syntax import columns_of, label
from influx_pipelines.embedded.engine.table import Stream, Table, sort_key, together
from influx_pipelines.embedded.engine.values import Function, Row
from influx_pipelines.flux import ast

Pairs = list[tuple[str, str]]


def _groups(table: Table, names: list[str]) -> dict[Any, list[Row]]:
    """The rows by their values in some columns, which must be of one type; each null by itself."""
    groups: dict[Any, list[Row]] = {}
    for number, row in enumerate(ordered(table, names, desc=False).rows()):
        key = tuple(None if row[n] is None else (table.types[n], row[n]) for n in names)
        groups.setdefault((key, number if None in key else -1), []).append(row)
    return groups


def _matched(
    left: Table | None, right: Table | None, on: Pairs
) -> Iterator[tuple[list[Row], list[Row]]]:
    """Rows with the same values in order of these; a null has no partner."""
    ours = _groups(left, [one for one, _ in on]) if left else {}
    theirs = _groups(right, [other for _, other in on]) if right else {}
    matches = [(key, rows, theirs.get(key, [])) for key, rows in ours.items() if key[1] < 0]
    matches += [(key, rows, []) for key, rows in ours.items() if key[1] >= 0]
    matches += [(k, [], rows) for k, rows in theirs.items() if k[1] >= 0 or k not in ours]
    matches.sort(key=lambda match: [sort_key(value) for value in match[0][0]])
    return ((a, b) for _, a, b in matches)


@builtin("join")
def join(tables: dict[str, Any], on: list[str], method: str = "inner", *, run: Run) -> Stream:
    """Rows of two streams with the same values in some columns; others of one name get a suffix."""
    if method != "inner":
        raise FluxError(f"{method} is not a valid join type")
    if not on:
        raise FluxError("at least one column in 'on' column list is required")
    if not all(isinstance(stream, Stream) for stream in tables.values()):
        raise FluxError("expected a stream (argument tables)")
    if len({id(stream) for stream in tables.values()}) != 2 or len(tables) != 2:
        raise FluxError("joins currently must only have two parents")
    names, streams = zip(*sorted(tables.items()), strict=True)
    sides = [[t for t in stream.tables if _joinable(t, on)] for stream in streams]
    shared = [n for n in on if all(n in table.key for side in sides for table in side[:1])]
    partners: dict[Any, list[Table]] = {}
    for right in sides[1]:
        partners.setdefault(tuple(map(right.key.get, shared)), []).append(right)
    joined = [
        _inner(left, right, names, sorted(on), run)
        for left in sides[0]
        for right in partners.get(tuple(map(left.key.get, shared)), [])
    ]
    return together(streams).gathered(table for table in joined if len(table))


def _joinable(table: Table, on: list[str]) -> bool:
    return all(name in table.types and table.key.get(name, "") is not None for name in on)


def _inner(left: Table, right: Table, names: tuple[str, ...], on: list[str], run: Run) -> Table:
    common = (left.types.keys() & right.types.keys()) - set(on)
    ours, theirs = (
        {n: f"{n}_{name}" if n in common else n for n in table.types}
        for table, name in zip((left, right), names, strict=True)
    )
    types = {theirs[n]: kind for n, kind in right.types.items()}
    types |= {ours[n]: kind for n, kind in left.types.items()}
    key = {theirs[n]: v for n, v in right.key.items() if n in theirs}
    key |= {ours[n]: v for n, v in left.key.items() if n in ours}
    builder = TableBuilder(key)
    builder.add_types(dict(sorted(types.items())))
    for some, others in _matched(left, right, [(name, name) for name in on]):
        run.count("rows made", len(some) * len(others))
        for a, b in product(some, others):
            run.caller.deadline.check()
            row = {theirs[n]: v for n, v in b.items()}
            builder.add_row({**row, **{ours[n]: v for n, v in a.items()}})
    return builder.build()


def _register(name: str) -> None:
    @builtin(f"join.{name}")
    def joined(left: Stream, right: Stream, on: Fn, as_: Fn, *, run: Run) -> Stream:
        return _join(left, right, _pairs(on), as_, name, run)


for _method in ("inner", "left", "right", "full"):
    _register(_method)


def _pairs(on: Any) -> Pairs:
    """The columns that `(l, r) => l.a == r.b and …` compares.

    Raises:
        FluxError: it compares something else.
    """
    node = on.node.body if isinstance(on, Function) else None
    if isinstance(node, ast.Block) and len(node.body) == 1:
        node = getattr(node.body[0], "argument", None)
    nodes, pairs = [node], []
    while nodes:
        match nodes.pop():
            case ast.ParenExpression(expression=inner):
                nodes.append(inner)
            case ast.LogicalExpression(operator="and", left=left, right=right):
                nodes += [right, left]
            case ast.BinaryExpression(
                operator="==",
                left=ast.MemberExpression(object=ast.Identifier(name=one)) as first,
                right=ast.MemberExpression(object=ast.Identifier(name=other)) as second,
            ) if {one, other} == {"l", "r"}:
                pair = label(first), label(second)
                pairs.append(pair if one == "l" else pair[::-1])
            case _:
                raise FluxError("some expressions are not yet supported in the `on` parameter")
    return pairs


def _join(left: Stream, right: Stream, on: Pairs, as_: Any, method: str, run: Run) -> Stream:
    ours, theirs = (
        {key_identity(t.key): t for t in merge(stream.tables) if len(t)} for stream in (left, right)
    )
    schemas = [{n: k for t in side.values() for n, k in t.types.items()} for side in (ours, theirs)]
    joined = []
    for identity in dict.fromkeys([*ours, *theirs]):
        a, b = ours.get(identity), theirs.get(identity)
        kinds = {"l": a.types if a else schemas[0], "r": b.types if b else schemas[1]}
        _check(kinds, on, as_)
        key = a.key if a else b.key if b else {}
        builder = TableBuilder(key)
        for some, others in _matched(a, b, on):
            # A row without partner meets one of nulls, or is left out.
            some = some or [Row(key)] * (method in ("right", "full"))
            others = others or [Row(key)] * (method in ("left", "full"))
            run.count("rows made", len(some) * len(others))
            for l_row, r_row in product(some, others):
                record = run.caller.call(as_, {"l": l_row, "r": r_row})
                if not isinstance(record, dict) or record | key != record:
                    raise FluxError("join cannot modify a group key column")
                builder.add_row(record)
        builder.add_types(record_types(as_, kinds))
        if builder.count:
            joined.append(builder.build())
    return together((left, right)).following(joined)


def _check(kinds: dict[str, dict[str, str]], on: Pairs, as_: Any) -> None:
    """Every column that is compared or used must be there.

    Raises:
        FluxError: one is not.
    """
    for side, compared in zip("lr", zip(*on, strict=True), strict=True):
        if kinds[side] and (missing := set(compared) - kinds[side].keys()):
            raise FluxError(f"cannot set join columns: table is missing label {min(missing)}")
    for side in "lr":
        if absent := frozenset(columns_of(as_, side) or ()) - kinds[side].keys():
            raise FluxError(f"table is missing label {min(absent)}")
