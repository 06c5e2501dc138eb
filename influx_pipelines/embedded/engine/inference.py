"""The types of what a row function returns, as far as they can be told without running it.

A column that is null in every row is there when its type is known, and vanishes otherwise.
"""

from __future__ import annotations

from typing import Any

from influx_pipelines.embedded.engine.access import label
from influx_pipelines.embedded.engine.values import Function
from influx_pipelines.flux import ast

Kinds = dict[str, str]
_CONVERSIONS = ("bool", "float", "int", "string", "time", "uint")
_LITERALS: dict[type, str] = {
    ast.BooleanLiteral: "bool",
    ast.DateTimeLiteral: "time",
    ast.FloatLiteral: "float",
    ast.IntegerLiteral: "int",
    ast.StringExpression: "string",
    ast.StringLiteral: "string",
    ast.UnsignedIntegerLiteral: "uint",
}


def record_types(function: Any, rows: dict[str, Kinds]) -> Kinds:
    """The types of the columns of a record, by the types of the rows that the function gets."""
    body = returned(function)
    if isinstance(body, ast.Identifier):
        return rows.get(body.name, {})
    if not isinstance(body, ast.ObjectExpression):
        return {}
    kinds = dict(rows.get(body.with_.name, {})) if body.with_ else {}
    for item in body.properties:
        name = item.key.name if isinstance(item.key, ast.Identifier) else item.key.value
        kind = _kind(item.value, rows)
        if kind is None and isinstance(item.value, ast.CallExpression):
            kind = next((row[name] for row in rows.values() if name in row), None)
        kinds.pop(name, None)
        if kind is not None:
            kinds[name] = kind
    return kinds


def returned(function: Any) -> Any:
    """The expression that a function of the script returns."""
    body = function.node.body if isinstance(function, Function) else None
    if isinstance(body, ast.Block):
        body = getattr(body.body[-1], "argument", None)
    while isinstance(body, ast.ParenExpression):
        body = body.expression
    return body


def _kind(node: Any, rows: dict[str, Kinds]) -> str | None:
    """The type of an expression; of one that uses a column of no type there is none."""
    match node:
        case ast.ParenExpression():
            return _kind(node.expression, rows)
        case ast.MemberExpression(object=ast.Identifier(name=row)):
            return rows.get(row, {}).get(label(node))
        case ast.BinaryExpression() | ast.LogicalExpression():
            sides = [_kind(node.left, rows), _kind(node.right, rows)]
            arithmetic = node.operator in ("+", "-", "*", "/", "%", "^")
            return None if None in sides else sides[0] if arithmetic else "bool"
        case ast.UnaryExpression():
            return "bool" if node.operator == "exists" else _kind(node.argument, rows)
        case ast.ConditionalExpression():
            return _kind(node.consequent, rows) or _kind(node.alternate, rows)
        case ast.CallExpression(callee=ast.Identifier(name=name), arguments=[arguments]):
            typed = all(_kind(item.value, rows) for item in arguments.properties)
            return name if typed and name in _CONVERSIONS else None
    return _LITERALS.get(type(node))
