"""Questions about a syntax tree: what is named in it, and what its functions return."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from influx_pipelines.embedded.engine.values import Function
from influx_pipelines.flux import ast


def label(node: ast.MemberExpression | ast.Property) -> str:
    """The name after the point or in the brackets, or that of a field or an argument."""
    key = node.property if isinstance(node, ast.MemberExpression) else node.key
    return key.name if isinstance(key, ast.Identifier) else key.value


def returned(function: Any, *, alone: bool = False) -> Any:
    """The expression that a function of the script returns; `alone` it must be all there is."""
    node = function.node if isinstance(function, Function) else function
    body = node.body if isinstance(node, ast.FunctionExpression) else None
    if isinstance(body, ast.Block):
        body = None if alone and len(body.body) > 1 else getattr(body.body[-1], "argument", None)
    while isinstance(body, ast.ParenExpression):
        body = body.expression
    return body


def columns_of(function: Any, row: str | None = None) -> frozenset[str] | None:
    """The columns that a row function reads; None when it uses the whole row, or is ours."""
    if not isinstance(function, Function):
        return None
    name = next(iter(function.parameters), "") if row is None else row
    return _columns(function.node.body, name)


def _columns(node: Any, row: str) -> frozenset[str] | None:
    if isinstance(node, ast.MemberExpression) and is_name(node.object, row):
        return frozenset({label(node)})
    if is_name(node, row):
        return None
    found: frozenset[str] = frozenset()
    for child in children(node):
        columns = _columns(child, row)
        if columns is None:
            return None
        found |= columns
    return found


def children(node: Any) -> list[Any]:
    """What a node of a syntax tree consists of."""
    if isinstance(node, list):
        return node
    if not isinstance(node, ast.Node):
        return []
    return [getattr(node, name) for cls in type(node).__mro__ for name in _slots(cls)]


def _slots(cls: type) -> tuple[str, ...]:
    return tuple(n for n in getattr(cls, "__slots__", ()) if n not in ("at", "end"))


def is_name(node: Any, name: str) -> bool:
    """Whether a node is just this name."""
    return isinstance(node, ast.Identifier) and node.name == name


def shared_names(statements: Sequence[Any]) -> set[str]:
    """Names that are used more than once: storage answers nothing that two functions build on.

    What no result needs does not count; nor does what is looked up while the script is read, which
    is a query of its own. A function counts as often as it is used.
    """
    counts = Counter[str]()
    for statement in reversed(statements):
        names = list(_uses(statement))
        times = 1
        if isinstance(statement, ast.VariableAssignment) and not _EFFECTS & set(names):
            times = counts[statement.id.name]
            if not isinstance(statement.init, ast.FunctionExpression):
                times = min(times, 1)
        for name in names:
            counts[name] += times
    return {name for name, count in counts.items() if count > 1}


_EFFECTS = {"yield", "to", "wideTo"}
_LOOKUPS = ("findColumn", "findRecord", "tableFind")


def _uses(node: Any) -> Iterator[str]:
    match node:
        case ast.Identifier():
            yield node.name
        case ast.Property():
            yield from _uses(node.key if node.value is None else node.value)
        case ast.MemberExpression(object=inner) | ast.VariableAssignment(init=inner):
            yield from _uses(inner)
        case (
            ast.CallExpression(callee=ast.Identifier(name=name))
            | ast.PipeExpression(call=ast.CallExpression(callee=ast.Identifier(name=name)))
        ) if name in _LOOKUPS:
            return
        case _:
            for child in children(node):
                yield from _uses(child)
