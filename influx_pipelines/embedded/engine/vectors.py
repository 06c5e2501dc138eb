"""Which row functions the real server runs on whole columns: there logic has three values.

Row by row it has not: null `and` something is false, null `or` something is the other one.
"""

from __future__ import annotations

from typing import Any

from influx_pipelines.embedded.engine.inference import ARITHMETIC
from influx_pipelines.embedded.engine.operators import COMPARE
from influx_pipelines.embedded.engine.syntax import returned
from influx_pipelines.flux import ast

_LITERALS = (ast.IntegerLiteral, ast.FloatLiteral, ast.StringLiteral, ast.DateTimeLiteral)
_OPERATORS = {*COMPARE, *ARITHMETIC}


def on_columns(function: ast.FunctionExpression) -> bool:
    """Whether it only makes a record of columns, literals, operators and `float`."""
    names = [p.key.name for p in function.params if isinstance(p.key, ast.Identifier)]
    body = returned(function, alone=True)
    if names != ["r"] or not isinstance(body, ast.ObjectExpression):
        return False
    return all(_on_columns(item.value or item.key) for item in body.properties)


def _on_columns(node: Any) -> bool:
    parts: list[Any]
    match node:
        case ast.ParenExpression():
            return _on_columns(node.expression)
        case ast.Identifier():
            return node.name in ("r", "true", "false")
        case ast.MemberExpression():
            return _on_columns(node.object)
        case ast.UnaryExpression():
            return _on_columns(node.argument)
        case ast.BinaryExpression():
            parts = [node.left, node.right] if node.operator in _OPERATORS else [None]
        case ast.LogicalExpression():
            parts = [node.left, node.right]
        case ast.ConditionalExpression():
            parts = [node.test, node.consequent, node.alternate]
        case ast.CallExpression(callee=ast.Identifier(name="float")) if node.arguments:
            parts = [item.value for item in node.arguments[0].properties]
        case _:
            return isinstance(node, _LITERALS)
    return all(_on_columns(part) for part in parts)
