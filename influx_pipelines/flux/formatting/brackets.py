"""What stands in brackets: lists, dictionaries, records, parentheses, functions."""

from __future__ import annotations

from influx_pipelines.flux import ast
from influx_pipelines.flux.formatting.hang import Affix, Hang
from influx_pipelines.flux.formatting.layout import (
    LINE,
    LINE_OR_NOTHING,
    NIL,
    Doc,
    Group,
    join,
    nest,
)
from influx_pipelines.flux.formatting.rules import (
    MANY,
    after,
    breaks,
    comma_list,
    comments,
    doc,
    hang,
    is_long,
    plain,
    rule,
)


@rule(ast.ArrayExpression)
def _array(node: ast.ArrayExpression) -> Hang:
    line, edge = breaks(len(node.elements) > MANY)
    end = comments(node, "rbrack")
    bracket = Affix("[", join(edge if end == NIL else NIL, end, "]"), nested=False)
    body = join(edge, comma_list(map(doc, node.elements), line))
    return Hang([bracket, Affix(comments(node, "lbrack"))], body)


@rule(ast.DictExpression)
def _dictionary(node: ast.DictExpression) -> Doc:
    line, _ = breaks(is_long(node))
    items = [join(doc(item.key), ": ", doc(item.val)) for item in node.elements]
    body = comma_list(items, line) if items else ":"
    inner = nest(join(LINE_OR_NOTHING, body, comments(node, "rbrack")))
    return join(comments(node, "lbrack"), "[", inner, LINE_OR_NOTHING, "]")


@rule(ast.ObjectExpression)
def _record(node: ast.ObjectExpression) -> Hang:
    return members(node, "{", "}")


def members(node: ast.ObjectExpression, start: str, end: str) -> Hang:
    """The members of a record, or the arguments of a call."""
    line, edge = breaks(len(node.properties) > MANY)
    first = Group(join(plain(node.with_), " with", line)) if node.with_ else edge
    items = (join(_property(one), after(one, "comma")) for one in node.properties)
    body = join(first, comma_list(items, line), after(node, "rbrace"))
    return Hang([Affix(join(comments(node, "lbrace"), start), join(edge, end))], body)


def _property(node: ast.Property) -> Doc:
    if node.value is None:
        return plain(node.key)
    prefix = join(plain(node.key), after(node, "separator"), ":")
    return hang(node.value).below(prefix, LINE)


@rule(ast.ParenExpression)
def _parenthesis(node: ast.ParenExpression) -> Doc:
    """Only where comments stand in it: parentheses that are needed come by themselves."""
    inner = doc(node.expression)
    if not node.comments:
        return inner
    return join(comments(node, "lparen"), "(", inner, after(node, "rparen"), ")")


@rule(ast.FunctionExpression)
def _function(node: ast.FunctionExpression) -> Hang:
    line, edge = breaks(len(node.params) > MANY)
    items = (join(_parameter(one), comments(one, "comma")) for one in node.params)
    arrow = after(node, "arrow")
    head = Group(
        join(
            "(",
            nest(join(edge, comma_list(items, line))),
            edge,
            comments(node, "rparen"),
            ")",
            Group(LINE) if arrow == NIL else arrow,
            "=>",
        )
    )
    outer = Affix(comments(node, "lparen"))
    if isinstance(node.body, ast.Block):
        block = hang(node.body)
        block.affixes[-1].prefix = join(LINE, block.affixes[-1].prefix)
        return Hang([*block.affixes, Affix(head), outer], block.body)
    body = node.body
    while isinstance(body, ast.ParenExpression) and not body.comments:
        body = body.expression
    inner = doc(body)
    if isinstance(body, ast.ObjectExpression):
        inner = Group(join("(", inner, ")"))
    return Hang([Affix(head, nested=False), outer], join(LINE, inner))


def _parameter(node: ast.Property) -> Doc:
    if node.value is None:
        return plain(node.key)
    prefix = join(plain(node.key), comments(node, "separator"), "=")
    return hang(node.value).below(prefix)
