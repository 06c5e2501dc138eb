"""Operators, calls and members."""

from __future__ import annotations

from influx_pipelines.flux import ast
from influx_pipelines.flux.formatting.brackets import members
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
    after,
    breaks,
    comments,
    doc,
    is_long,
    plain,
    rule,
)

_PRECEDENCE = {"^": 4, "*": 5, "/": 5, "%": 5, "+": 6, "-": 6, "not": 8, "exists": 8}
_PRECEDENCE |= {"and": 9, "or": 10, ast.INVALID: 0}
_COMPARISON = 7
_PRECEDENCE_OF = {
    ast.CallExpression: 1,
    ast.MemberExpression: 1,
    ast.IndexExpression: 1,
    ast.PipeExpression: 2,
    ast.FunctionExpression: 3,
    ast.ConditionalExpression: 11,
}


def _precedence(node: ast.Node) -> int:
    """Small ones bind tight; 0 is what needs no parentheses."""
    match node:
        case ast.BinaryExpression() | ast.LogicalExpression() | ast.UnaryExpression():
            return _PRECEDENCE.get(node.operator, _COMPARISON)
        case ast.ParenExpression():
            return _precedence(node.expression)
    return _PRECEDENCE_OF.get(type(node), 0)


def _child(parent: ast.Node, child: ast.Node, *, right: bool = False) -> Doc:
    """In parentheses if it binds looser than its parent, on the right side if not tighter."""
    outer, inner = _precedence(parent), _precedence(child)
    found = doc(child)
    needed = outer and inner and (inner > outer or (right and inner == outer))
    kept = isinstance(child, ast.ParenExpression) and child.comments
    return join("(", found, ")") if needed and not kept else found


@rule(ast.BinaryExpression, ast.LogicalExpression)
def _binary(node: ast.BinaryExpression | ast.LogicalExpression) -> Doc:
    """A chain that leans to the right, as `a and b == c`, is one run of operators."""
    left, parts = _child(node, node.left), []
    while True:
        operator = Group(join(LINE, comments(node), node.operator, LINE))
        if not isinstance(node.right, ast.BinaryExpression):
            parts += [operator, _child(node, node.right, right=True)]
            return Group(join(left, nest(join(*parts))))
        node = node.right
        parts += [operator, _child(node, node.left)]


@rule(ast.UnaryExpression)
def _unary(node: ast.UnaryExpression) -> Doc:
    sign = node.operator if node.operator in "+-" else f"{node.operator} "
    return join(comments(node), sign, _child(node, node.argument))


@rule(ast.PipeExpression)
def _pipe(node: ast.PipeExpression) -> Doc:
    line, _ = breaks(is_long(node))
    steps: list[Doc] = []
    first: ast.Expression = node
    while isinstance(first, ast.PipeExpression):
        step = join(comments(first), "|> ", Group(_child(first, first.call, right=True)))
        steps[:0] = [line, Group(step)]
        node, first = first, first.argument
    return Group(join(Group(_child(node, first)), nest(join(*steps))))


@rule(ast.MemberExpression)
def _member(node: ast.MemberExpression) -> Doc:
    inner = _child(node, node.object)
    if isinstance(node.property, ast.Identifier):
        return join(inner, after(node, "lbrack"), ".", plain(node.property))
    key = [comments(node, "lbrack"), "[", plain(node.property), after(node, "rbrack"), "]"]
    return join(inner, *key)


@rule(ast.IndexExpression)
def _index(node: ast.IndexExpression) -> Hang:
    start = join(_child(node, node.array), comments(node, "lbrack"), "[")
    return Hang([Affix(start, join(comments(node, "rbrack"), "]"))], doc(node.index))


@rule(ast.CallExpression)
def _call(node: ast.CallExpression) -> Doc:
    end = comments(node, "rparen")
    start = join(_child(node, node.callee), after(node, "lparen"))
    if node.arguments:
        inner = join("(", members(node.arguments[0], "", "").doc(), end, ")")
    else:
        edge = LINE_OR_NOTHING if end == NIL else NIL
        inner = Hang([Affix("(", join(edge, end, ")"))], LINE_OR_NOTHING).doc()
    return Group(join(start, inner))


@rule(ast.ConditionalExpression)
def _conditional(node: ast.ConditionalExpression) -> Doc:
    """`else if` goes on in the same column."""
    line, _ = breaks(is_long(node))
    start = comments(node, "tk_if")
    then = comments(node, "tk_then")
    test = join("if ", nest(doc(node.test)), then, LINE if then == NIL else NIL, "then")
    parts: list[Doc] = [Group(test)]
    while True:
        parts += [nest(join(line, doc(node.consequent))), line, comments(node, "tk_else")]
        if not isinstance(node.alternate, ast.ConditionalExpression):
            break
        node = node.alternate
        test = join(nest(doc(node.test)), comments(node, "tk_then"))
        parts += [comments(node, "tk_if"), "else if ", test, " then"]
    parts += ["else", nest(join(line, doc(node.alternate)))]
    return join(start, Group(join(*parts)))
