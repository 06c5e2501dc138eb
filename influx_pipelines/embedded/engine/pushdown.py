"""Predicates that the storage engine answers by itself, with its own rules for what is missing.

There a missing tag is an empty text, and a value of another kind is skipped without an error; in
memory a missing tag is null and mixing kinds is an error (seen on 2.9.1).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from influx_pipelines.embedded.engine.operators import COMPARE
from influx_pipelines.embedded.engine.patterns import compile_pattern
from influx_pipelines.embedded.engine.values import Function, Uint
from influx_pipelines.flux import ast

Test = Callable[[dict[str, str], Any], bool]
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(slots=True)
class Predicate:
    """A test of a series' tags (with `_measurement`, `_field`) and, unless `static`, a value."""

    test: Test
    static: bool


def columns_of(function: Function) -> frozenset[str] | None:
    """The columns that a row function reads; None when it uses the whole row."""
    parameters = list(function.parameters)
    return _columns(function.node.body, parameters[0]) if len(parameters) == 1 else None


def _columns(node: Any, row: str) -> frozenset[str] | None:
    if isinstance(node, ast.MemberExpression) and _is_row(node.object, row):
        return frozenset({_name(node.property)})
    if _is_row(node, row):
        return None
    found: frozenset[str] = frozenset()
    for child in _children(node):
        columns = _columns(child, row)
        if columns is None:
            return None
        found |= columns
    return found


def _children(node: Any) -> list[Any]:
    if isinstance(node, list):
        return node
    if not isinstance(node, ast.Node):
        return []
    return [getattr(node, name) for cls in type(node).__mro__ for name in _slots(cls)]


def _slots(cls: type) -> tuple[str, ...]:
    return tuple(n for n in getattr(cls, "__slots__", ()) if n not in ("at", "end"))


def _is_row(node: Any, row: str) -> bool:
    return isinstance(node, ast.Identifier) and node.name == row


def _name(key: ast.Identifier | ast.StringLiteral) -> str:
    return key.name if isinstance(key, ast.Identifier) else key.value


def storage_predicate(function: Function) -> Predicate | None:
    """The predicate as storage runs it; None when it must run in memory."""
    body = function.node.body
    if isinstance(body, ast.Block):
        if len(body.body) != 1 or not isinstance(body.body[0], ast.ReturnStatement):
            return None
        body = body.body[0].argument
    return _compile(body, next(iter(function.parameters), ""))


def _compile(node: Any, row: str) -> Predicate | None:
    if isinstance(node, ast.ParenExpression):
        return _compile(node.expression, row)
    if isinstance(node, ast.LogicalExpression):
        left, right = _compile(node.left, row), _compile(node.right, row)
        if left is None or right is None:
            return None
        return Predicate(_join(node.operator, left.test, right.test), left.static and right.static)
    if isinstance(node, ast.BinaryExpression):
        return _comparison(node, row)
    return None


def _join(sign: str, left: Test, right: Test) -> Test:
    if sign == "and":
        return lambda tags, value: left(tags, value) and right(tags, value)
    return lambda tags, value: left(tags, value) or right(tags, value)


def _comparison(node: ast.BinaryExpression, row: str) -> Predicate | None:
    sign, member, other = node.operator, node.left, node.right
    if not _is_column(member, row):
        sign, member, other = _FLIPPED.get(sign, sign), other, member
    if not isinstance(member, ast.MemberExpression) or not _is_row(member.object, row):
        return None
    name = _name(member.property)
    found, literal = _literal(other)
    if not found or name in ("_time", "_start", "_stop"):
        return None
    if name == "_value":
        return Predicate(_value_test(sign, literal), False)
    if isinstance(literal, re.Pattern) and sign in ("=~", "!~"):
        wanted = sign == "=~"
        return Predicate(lambda t, _: (literal.search(t.get(name, "")) is not None) == wanted, True)
    if not isinstance(literal, str) or sign not in COMPARE:
        return None
    return Predicate(_tag_test(sign, name, literal), True)


def _is_column(node: Any, row: str) -> bool:
    return isinstance(node, ast.MemberExpression) and _is_row(node.object, row)


def _literal(node: Any) -> tuple[bool, Any]:
    if isinstance(node, ast.UnaryExpression) and node.operator == "-":
        found, value = _literal(node.argument)
        return (found, -value) if found and type(value) in (int, float) else (False, None)
    if isinstance(node, ast.StringLiteral | ast.IntegerLiteral | ast.FloatLiteral):
        return True, node.value
    if isinstance(node, ast.Identifier) and node.name in ("true", "false"):
        return True, node.name == "true"
    if isinstance(node, ast.RegexpLiteral):
        return True, compile_pattern(node.value)
    return False, None


def _tag_test(sign: str, name: str, literal: str) -> Test:
    compare, wanted = COMPARE[sign], literal.encode()
    if sign == "==" and not literal:
        return lambda tags, _: False
    return lambda tags, _: compare(tags.get(name, "").encode(), wanted)


def _value_test(sign: str, literal: Any) -> Test:
    if isinstance(literal, re.Pattern):
        wanted = sign == "=~"
        return lambda _, v: isinstance(v, str) and (literal.search(v) is not None) == wanted
    compare: Callable[[Any, Any], bool] = COMPARE.get(sign, operator.eq)
    if type(literal) in (int, float):
        return lambda _, v: _is_number(v) and bool(compare(v, literal))
    return lambda _, v: type(v) is type(literal) and bool(compare(v, literal))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool | Uint)
