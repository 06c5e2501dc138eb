"""From Lark's rules to the nodes of the syntax tree."""

from __future__ import annotations

import re
from typing import Any

from lark import Token, v_args
from lark.tree import Meta
from lark.visitors import Transformer_NonRecursive

from influx_pipelines.flux import ast
from influx_pipelines.flux.lexer import UNITS, FluxSyntaxError

_PART = re.compile(rf"(\d+)({UNITS})")


def _place(meta: Meta) -> dict[str, ast.Position]:
    if meta.empty:
        return {}
    return {"at": (meta.line, meta.column), "end": (meta.end_line, meta.end_column)}


def _nodes(children: list[Any]) -> list[Any]:
    """The children that are nodes; brackets, commas and keywords are tokens."""
    return [child for child in children if not isinstance(child, Token)]


@v_args(meta=True)
class TreeBuilder(Transformer_NonRecursive):
    """One method a rule; children of a rule come as nodes or tokens."""

    def file(self, meta: Meta, children: list[Any]) -> ast.File:
        package = children[0] if len(children) == 3 else None
        return ast.File(package, children[-2], children[-1], **_place(meta))

    def package(self, meta: Meta, children: list[Any]) -> ast.PackageClause:
        return ast.PackageClause(children[1], **_place(meta))

    def imports(self, meta: Meta, children: list[Any]) -> list[Any]:
        return children

    def import_(self, meta: Meta, children: list[Any]) -> ast.ImportDeclaration:
        alias = children[1] if len(children) == 3 else None
        return ast.ImportDeclaration(alias, children[-1], **_place(meta))

    # ------------------------------------------------------------------ statements

    def statements(self, meta: Meta, children: list[Any]) -> list[Any]:
        return children

    def assignment(self, meta: Meta, children: list[Any]) -> ast.VariableAssignment:
        return ast.VariableAssignment(children[0], children[2], **_place(meta))

    def option(self, meta: Meta, children: list[Any]) -> ast.OptionStatement:
        return ast.OptionStatement(children[1], **_place(meta))

    def member_option(self, meta: Meta, children: list[Any]) -> ast.OptionStatement:
        place = _place(meta)
        member = ast.MemberExpression(children[1], children[3], **place)
        return ast.OptionStatement(ast.MemberAssignment(member, children[5], **place), **place)

    def return_(self, meta: Meta, children: list[Any]) -> ast.ReturnStatement:
        return ast.ReturnStatement(children[1], **_place(meta))

    def expression_statement(self, meta: Meta, children: list[Any]) -> ast.ExpressionStatement:
        return ast.ExpressionStatement(children[0], **_place(meta))

    def testcase(self, meta: Meta, children: list[Any]) -> ast.TestCaseStatement:
        parts = _nodes(children)
        extends = parts[1] if len(parts) == 3 else None
        block = ast.Block(parts[-1], **_place(meta))
        return ast.TestCaseStatement(parts[0], extends, block, **_place(meta))

    def block(self, meta: Meta, children: list[Any]) -> ast.Block:
        return ast.Block(children[1], **_place(meta))

    # ------------------------------------------------------------------ operators

    def conditional(self, meta: Meta, children: list[Any]) -> ast.ConditionalExpression:
        test, then, other = _nodes(children)
        return ast.ConditionalExpression(test, then, other, **_place(meta))

    def logical(self, meta: Meta, children: list[Any]) -> ast.LogicalExpression:
        left, operator, right = children
        return ast.LogicalExpression(str(operator), left, right, **_place(meta))

    def binary(self, meta: Meta, children: list[Any]) -> ast.BinaryExpression:
        left, operator, right = children
        return ast.BinaryExpression(str(operator), left, right, **_place(meta))

    def unary(self, meta: Meta, children: list[Any]) -> ast.UnaryExpression:
        return ast.UnaryExpression(str(children[0]), children[1], **_place(meta))

    def pipe(self, meta: Meta, children: list[Any]) -> ast.PipeExpression:
        call = children[2]
        if not isinstance(call, ast.CallExpression):
            raise FluxSyntaxError("pipe destination must be a function call", *call.at)
        return ast.PipeExpression(children[0], call, **_place(meta))

    def member(self, meta: Meta, children: list[Any]) -> ast.MemberExpression:
        return ast.MemberExpression(children[0], children[2], **_place(meta))

    def index(self, meta: Meta, children: list[Any]) -> ast.MemberExpression | ast.IndexExpression:
        kind = (
            ast.MemberExpression
            if isinstance(children[2], ast.StringLiteral)
            else ast.IndexExpression
        )
        return kind(children[0], children[2], **_place(meta))

    def call(self, meta: Meta, children: list[Any]) -> ast.CallExpression:
        properties = children[2]
        arguments = []
        if properties:
            place = {"at": properties[0].at, "end": properties[-1].end}
            arguments = [ast.ObjectExpression(properties, **place)]
        return ast.CallExpression(children[0], arguments, **_place(meta))

    # ------------------------------------------------------------------ values

    def name(self, meta: Meta, children: list[Any]) -> ast.Identifier:
        return ast.Identifier(str(children[0]), **_place(meta))

    def string(self, meta: Meta, children: list[Any]) -> ast.StringLiteral:
        return ast.StringLiteral(str(children[0]), **_place(meta))

    def interpolated(self, meta: Meta, children: list[Any]) -> ast.StringExpression:
        return ast.StringExpression(_nodes(children), **_place(meta))

    def text(self, meta: Meta, children: list[Any]) -> ast.TextPart:
        return ast.TextPart(str(children[0]), **_place(meta))

    def interpolation(self, meta: Meta, children: list[Any]) -> ast.InterpolatedPart:
        return ast.InterpolatedPart(children[1], **_place(meta))

    def integer(self, meta: Meta, children: list[Any]) -> ast.IntegerLiteral:
        value = int(children[0])
        if value >= 2**63:
            text = f'invalid integer literal "{value}": value out of range'
            raise FluxSyntaxError(text, *_place(meta)["at"])
        return ast.IntegerLiteral(value, **_place(meta))

    def float_(self, meta: Meta, children: list[Any]) -> ast.FloatLiteral:
        return ast.FloatLiteral(float(children[0]), **_place(meta))

    def duration(self, meta: Meta, children: list[Any]) -> ast.DurationLiteral:
        parts = [
            ast.DurationPart(int(number), "us" if unit in ("µs", "μs") else unit)
            for number, unit in _PART.findall(str(children[0]))
        ]
        return ast.DurationLiteral(parts, **_place(meta))

    def datetime(self, meta: Meta, children: list[Any]) -> ast.DateTimeLiteral:
        return ast.DateTimeLiteral(str(children[0]), **_place(meta))

    def regexp(self, meta: Meta, children: list[Any]) -> ast.RegexpLiteral:
        return ast.RegexpLiteral(str(children[0]), **_place(meta))

    def paren(self, meta: Meta, children: list[Any]) -> ast.ParenExpression:
        return ast.ParenExpression(children[1], **_place(meta))

    def record(self, meta: Meta, children: list[Any]) -> ast.ObjectExpression:
        return ast.ObjectExpression(children[1], None, **_place(meta))

    def record_with(self, meta: Meta, children: list[Any]) -> ast.ObjectExpression:
        return ast.ObjectExpression(children[3], children[1], **_place(meta))

    def array(self, meta: Meta, children: list[Any]) -> ast.ArrayExpression:
        found = _nodes(children)
        return ast.ArrayExpression(found[0] if found else [], **_place(meta))

    def dictionary(self, meta: Meta, children: list[Any]) -> ast.DictExpression:
        found = _nodes(children)
        return ast.DictExpression(found[0] if found else [], **_place(meta))

    def item(self, meta: Meta, children: list[Any]) -> ast.DictItem:
        return ast.DictItem(children[0], children[2], **_place(meta))

    def property(self, meta: Meta, children: list[Any]) -> ast.Property:
        value = children[2] if len(children) == 3 else None
        return ast.Property(children[0], value, **_place(meta))

    def function(self, meta: Meta, children: list[Any]) -> ast.FunctionExpression:
        return ast.FunctionExpression(children[1], children[4], **_place(meta))

    def parameter(self, meta: Meta, children: list[Any]) -> ast.Property:
        value = children[2] if len(children) == 3 else None
        return ast.Property(children[0], value, **_place(meta))

    def pipe_receive(self, meta: Meta, children: list[Any]) -> ast.PipeLiteral:
        return ast.PipeLiteral(**_place(meta))

    def elements(self, meta: Meta, children: list[Any]) -> list[Any]:
        return _nodes(children)

    items = properties = parameters = elements
