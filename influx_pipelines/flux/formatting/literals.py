"""Names and literals."""

from __future__ import annotations

from decimal import Decimal

from influx_pipelines.flux import ast
from influx_pipelines.flux.formatting.hang import Affix, Hang
from influx_pipelines.flux.formatting.layout import Doc, Mark, between, join
from influx_pipelines.flux.formatting.rules import comments, doc, rule
from influx_pipelines.flux.parsing.written import canonical


@rule(ast.Identifier)
def _identifier(node: ast.Identifier) -> Doc:
    return join(comments(node), node.name)


@rule(ast.StringLiteral)
def _string(node: ast.StringLiteral) -> Hang:
    if node.raw:
        return Hang([], join(comments(node), node.raw))
    return Hang([Affix(join(comments(node), '"'), '"')], _escaped(node.value))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


@rule(ast.StringExpression)
def _interpolated(node: ast.StringExpression) -> Hang:
    parts: list[Doc] = []
    for part in node.parts:
        if isinstance(part, ast.TextPart):
            parts.append(between(map(_escaped, part.value.split("\n")), Mark.MARGIN))
        else:
            parts += ["${", doc(part.expression), "}"]
    return Hang([Affix(join(comments(node), '"'), '"')], join(*parts))


@rule(
    ast.BooleanLiteral,
    ast.IntegerLiteral,
    ast.UnsignedIntegerLiteral,
    ast.FloatLiteral,
    ast.DurationLiteral,
    ast.DateTimeLiteral,
    ast.RegexpLiteral,
    ast.PipeLiteral,
    ast.LabelLiteral,
)
def _literal(node: ast.Node) -> Doc:
    return join(comments(node), _text(node))


def _text(node: ast.Node) -> str:
    match node:
        case ast.BooleanLiteral():
            return "true" if node.value else "false"
        case ast.UnsignedIntegerLiteral():
            return f"{node.value:10}"
        case ast.FloatLiteral():
            plain = format(Decimal(repr(node.value)), "f")
            return node.raw or (plain if "." in plain else f"{plain}.0")
        case ast.DurationLiteral():
            return duration_text(node)
        case ast.DateTimeLiteral():
            return canonical(node.value)
        case ast.RegexpLiteral():
            return "/" + node.value.replace("/", "\\/") + "/"
        case ast.LabelLiteral():
            return f".{node.value}"
        case ast.IntegerLiteral():
            return str(node.value)
    return "<-"


def duration_text(node: ast.DurationLiteral) -> str:
    """`1h30m`."""
    return "".join(f"{part.magnitude}{part.unit}" for part in node.values)
