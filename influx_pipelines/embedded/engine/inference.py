"""The types of what a row function returns, as far as they can be told without running it.

A column that is null in every row is there when its type is known, and vanishes otherwise.
"""

from __future__ import annotations

from typing import Any

from influx_pipelines.embedded.engine.operators import COMPARE
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
    body = _returned(function)
    if isinstance(body, ast.Identifier):
        return rows.get(body.name, {})
    if not isinstance(body, ast.ObjectExpression):
        return {}
    kinds = dict(rows.get(body.with_.name, {})) if body.with_ else {}
    for item in body.properties:
        name = item.key.name if isinstance(item.key, ast.Identifier) else item.key.value
        kind = _kind(item.value, rows)
        if kind is None and not isinstance(item.value, ast.MemberExpression):
            kind = next((row[name] for row in rows.values() if name in row), None)
        kinds.pop(name, None)
        if kind is not None:
            kinds[name] = kind
    return kinds


def _returned(function: Any) -> Any:
    """The expression that a function of the script returns."""
    body = function.node.body if isinstance(function, Function) else None
    if isinstance(body, ast.Block):
        body = getattr(body.body[-1], "argument", None)
    while isinstance(body, ast.ParenExpression):
        body = body.expression
    return body


def is_vectorized(function: Any) -> bool:
    """Whether the real server runs a row function on whole columns, which keeps their order."""
    body = _returned(function)
    if not isinstance(body, ast.ObjectExpression) or list(function.parameters) != ["r"]:
        return False
    single = not isinstance(function.node.body, ast.Block) or len(function.node.body.body) == 1
    return single and all(_by_column(item.value) for item in body.properties)


def _by_column(node: Any) -> bool:
    match node:
        case ast.Identifier(name=name):
            return name in ("r", "true", "false")
        case ast.ParenExpression(expression=inner) | ast.UnaryExpression(argument=inner):
            return _by_column(inner)
        case ast.MemberExpression(object=inner):
            return _by_column(inner)
        case ast.BinaryExpression(operator=sign, left=left, right=right):
            return sign not in ("=~", "!~") and _by_column(left) and _by_column(right)
        case ast.LogicalExpression(left=left, right=right):
            return _by_column(left) and _by_column(right)
        case ast.ConditionalExpression(test=test, consequent=then, alternate=other):
            return _by_column(test) and _by_column(then) and _by_column(other)
        case ast.CallExpression(callee=ast.Identifier(name="float"), arguments=[arguments]):
            return all(_by_column(item.value) for item in arguments.properties)
    return isinstance(
        node, ast.IntegerLiteral | ast.FloatLiteral | ast.StringLiteral | ast.DateTimeLiteral
    )


def _kind(node: Any, rows: dict[str, Kinds]) -> str | None:
    match node:
        case ast.ParenExpression():
            return _kind(node.expression, rows)
        case ast.MemberExpression(object=ast.Identifier(name=row)):
            key = node.property
            name = key.name if isinstance(key, ast.Identifier) else key.value
            return rows.get(row, {}).get(name)
        case ast.BinaryExpression():
            if node.operator in COMPARE or node.operator in ("=~", "!~"):
                return "bool"
            return _kind(node.left, rows) or _kind(node.right, rows)
        case ast.LogicalExpression():
            return "bool"
        case ast.UnaryExpression():
            return "bool" if node.operator in ("exists", "not") else _kind(node.argument, rows)
        case ast.ConditionalExpression():
            return _kind(node.consequent, rows) or _kind(node.alternate, rows)
        case ast.CallExpression(callee=ast.Identifier(name=name)) if name in _CONVERSIONS:
            return name
    return _LITERALS.get(type(node))
