"""Type errors that are certain before anything runs: of literals, and of calls to our functions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from influx_pipelines.embedded.engine.errors import compile_error
from influx_pipelines.embedded.engine.inference import ARITHMETIC, kind_of
from influx_pipelines.embedded.engine.registry import Builtin
from influx_pipelines.embedded.engine.syntax import label
from influx_pipelines.flux import ast

_NUMBERS = ["int", "uint", "float"]
_NEGATABLE = [*_NUMBERS, "duration"]
_UNARY = {"not": ["bool"], "+": _NEGATABLE, "-": _NEGATABLE}
_COMPUTED = {**dict.fromkeys(ARITHMETIC, _NUMBERS), "+": [*_NUMBERS, "string"]}


def check(node: Any) -> None:
    """Judge one expression by the types of its parts.

    Raises:
        FluxError: they do not go together.
    """
    same: list[Any] = []
    match node:
        case ast.ConditionalExpression():
            same = [node.consequent, node.alternate]
            _is(node.test, ("bool",))
        case ast.UnaryExpression() if node.operator in _UNARY:
            _is(node.argument, _UNARY[node.operator])
        case ast.LogicalExpression():
            _is(node.left, ("bool",))
            _is(node.right, ("bool",))
        case ast.ArrayExpression():
            same = node.elements
        case ast.BinaryExpression() if node.operator in _COMPUTED:
            same = [node.left, node.right]
            _is(node, _COMPUTED[node.operator])
    if kind := next(filter(None, map(kind_of, same)), None):
        for part in same:
            _is(part, (kind,))


def _is(node: Any, kinds: Iterable[str], note: str = "") -> None:
    found = kind_of(node)
    if found is not None and found not in kinds:
        raise compile_error(f"expected {' or '.join(sorted(kinds))} but found {found}{note}", node)


def check_call(entry: Any, call: ast.CallExpression, *, piped: bool) -> None:
    """Judge the arguments of a function of ours.

    Raises:
        FluxError: one is missing or of a wrong type; unknown names are left to the call.
    """
    if not isinstance(entry, Builtin):
        return
    given = {entry.pipe} if piped else set()
    for item in call.arguments[0].properties if call.arguments else []:
        name = label(item)
        given.add(name)
        if entry.kinds.get(name):
            _is(item.value, entry.kinds[name], f" (argument {name})")
    if missing := sorted(entry.required - given):
        raise compile_error(f"missing required argument {missing[0]}", call)
