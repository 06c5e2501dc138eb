"""The types of expressions, as far as they can be told without running them."""

from __future__ import annotations

from typing import Any

from influx_pipelines.embedded.engine.syntax import label, returned
from influx_pipelines.flux import ast

Kinds = dict[str, str]
ARITHMETIC = "+-*/%^"
_CONVERSIONS = ("bool", "float", "int", "string", "time", "uint")
_LITERALS: dict[type, str] = {
    ast.BooleanLiteral: "bool",
    ast.DateTimeLiteral: "time",
    ast.DurationLiteral: "duration",
    ast.FloatLiteral: "float",
    ast.IntegerLiteral: "int",
    ast.RegexpLiteral: "regexp",
    ast.StringExpression: "string",
    ast.StringLiteral: "string",
    ast.UnsignedIntegerLiteral: "uint",
}


def kind_of(node: Any, rows: dict[str, Kinds] | None = None) -> str | None:
    """The type of an expression, where it does not depend on any name.

    With the types of `rows` by their names it is told of their columns too, and then there is
    none of an expression that uses a column of no type.
    """
    match node:
        case ast.ParenExpression():
            return kind_of(node.expression, rows)
        case ast.Identifier(name="true" | "false"):
            return "bool"
        case ast.MemberExpression(object=ast.Identifier(name=row)) if rows is not None:
            return rows.get(row, {}).get(label(node))
        case ast.BinaryExpression() | ast.LogicalExpression():
            sides = [kind_of(node.left, rows), kind_of(node.right, rows)]
            if rows is not None and None in sides:
                return None
            return sides[0] or sides[1] if node.operator in ARITHMETIC else "bool"
        case ast.UnaryExpression(operator="exists"):
            return "bool"
        case ast.UnaryExpression():
            return kind_of(node.argument, rows)
        case ast.ConditionalExpression():
            return kind_of(node.consequent, rows) or kind_of(node.alternate, rows)
        case ast.CallExpression(callee=ast.Identifier(name=name), arguments=[arguments]):
            typed = all(kind_of(item.value, rows) for item in arguments.properties)
            return name if typed and name in _CONVERSIONS else None
    return _LITERALS.get(type(node))


def record_types(function: Any, rows: dict[str, Kinds]) -> Kinds:
    """The types of the columns of a record, by the types of the rows that the function gets.

    A column that is null in every row is there when its type is known, and vanishes otherwise.
    """
    body = returned(function)
    if isinstance(body, ast.Identifier):
        return rows.get(body.name, {})
    if not isinstance(body, ast.ObjectExpression):
        return {}
    kinds = dict(rows.get(body.with_.name, {})) if body.with_ else {}
    for item in body.properties:
        name = label(item)
        kind = kind_of(item.value, rows)
        if kind is None and isinstance(item.value, ast.CallExpression):
            kind = next((row[name] for row in rows.values() if name in row), None)
        kinds.pop(name, None)
        if kind is not None:
            kinds[name] = kind
    return kinds
