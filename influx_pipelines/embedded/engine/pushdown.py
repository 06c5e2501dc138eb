"""Predicates that the storage engine answers by itself, with its own rules for what is missing.

There a missing tag is an empty text, and a value of another kind is skipped without an error; in
memory a missing tag is null and mixing kinds is an error (seen on 2.9.1).
"""

from __future__ import annotations

import operator
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from influx_pipelines.embedded.engine.access import label
from influx_pipelines.embedded.engine.operators import COMPARE
from influx_pipelines.embedded.engine.patterns import compile_pattern
from influx_pipelines.embedded.engine.values import Function, Uint
from influx_pipelines.flux import ast

Test = Callable[[dict[str, str], Any], bool]


@dataclass(slots=True)
class Predicate:
    """A test of some of a series' tags (with `_measurement`, `_field`) and of `_value`."""

    test: Test
    columns: frozenset[str]

    @property
    def static(self) -> bool:
        """Whether it is the same for all points of a series."""
        return "_value" not in self.columns


def columns_of(function: Any, row: str | None = None) -> frozenset[str] | None:
    """The columns that a row function reads; None when it uses the whole row, or is ours."""
    if not isinstance(function, Function):
        return None
    name = next(iter(function.parameters), "") if row is None else row
    return _columns(function.node.body, name)


def _columns(node: Any, row: str) -> frozenset[str] | None:
    if isinstance(node, ast.MemberExpression) and _is_row(node.object, row):
        return frozenset({label(node)})
    if _is_row(node, row):
        return None
    found: frozenset[str] = frozenset()
    for child in children(node):
        columns = _columns(child, row)
        if columns is None:
            return None
        found |= columns
    return found


def children(node: Any) -> list[Any]:
    """What a node of a syntax tree consists of."""
    if isinstance(node, list):
        return node
    if not isinstance(node, ast.Node):
        return []
    return [getattr(node, name) for cls in type(node).__mro__ for name in _slots(cls)]


def _slots(cls: type) -> tuple[str, ...]:
    return tuple(n for n in getattr(cls, "__slots__", ()) if n not in ("at", "end"))


def _is_row(node: Any, row: str) -> bool:
    return isinstance(node, ast.Identifier) and node.name == row


def shared_names(statements: Sequence[Any]) -> set[str]:
    """Names that are used more than once: storage answers nothing that two functions build on.

    What no result needs does not count; nor does what is looked up while the script is read, which
    is a query of its own. A function counts as often as it is used.
    """
    counts = Counter[str]()
    for statement in reversed(statements):
        names = list(_uses(statement))
        times = 1
        if isinstance(statement, ast.VariableAssignment) and not _EFFECTS & set(names):
            times = counts[statement.id.name]
            if not isinstance(statement.init, ast.FunctionExpression):
                times = min(times, 1)
        for name in names:
            counts[name] += times
    return {name for name, count in counts.items() if count > 1}


_EFFECTS = {"yield", "to", "wideTo"}
_LOOKUPS = ("findColumn", "findRecord", "tableFind")


def _uses(node: Any) -> Iterator[str]:
    match node:
        case ast.Identifier():
            yield node.name
        case ast.Property():
            yield from _uses(node.key if node.value is None else node.value)
        case ast.MemberExpression(object=inner) | ast.VariableAssignment(init=inner):
            yield from _uses(inner)
        case (
            ast.CallExpression(callee=ast.Identifier(name=name))
            | ast.PipeExpression(call=ast.CallExpression(callee=ast.Identifier(name=name)))
        ) if name in _LOOKUPS:
            return
        case _:
            for child in children(node):
                yield from _uses(child)


def partition(function: Function) -> tuple[list[Predicate], list[Any]]:
    """The terms of a predicate that storage answers, and the nodes of those for memory."""
    pushed, rest = [], []
    for term in _terms(body_of(function)):
        predicate = _compile(term, function)
        if predicate is None:
            rest.append(term)
        else:
            pushed.append(predicate)
    return pushed, rest


def body_of(function: Function) -> Any:
    """The expression that a function returns, unless there is more to it."""
    body = function.node.body
    if isinstance(body, ast.Block) and len(body.body) == 1:
        body = getattr(body.body[0], "argument", body)
    while isinstance(body, ast.ParenExpression):
        body = body.expression
    return body


def constant(node: Any, function: Function) -> Any:
    """A literal, or what a name or member from outside stands for; None when it is neither."""
    match node:
        case ast.ParenExpression(expression=inner):
            return constant(inner, function)
        case ast.StringLiteral() | ast.IntegerLiteral() | ast.FloatLiteral():
            return node.value
        case ast.RegexpLiteral():
            return compile_pattern(node.value)
        case ast.Identifier(name=name) if name not in function.parameters:
            return function.scope.get(name)
        case ast.MemberExpression():
            owner = constant(node.object, function)
            return owner.get(label(node)) if isinstance(owner, dict) else None
    return None


def _terms(node: Any) -> list[Any]:
    if isinstance(node, ast.ParenExpression):
        return _terms(node.expression)
    if isinstance(node, ast.LogicalExpression) and node.operator == "and":
        return _terms(node.left) + _terms(node.right)
    return [node]


def _compile(node: Any, function: Function) -> Predicate | None:
    row = next(iter(function.parameters), "")
    match node:
        case ast.ParenExpression():
            return _compile(node.expression, function)
        case ast.LogicalExpression():
            left, right = _compile(node.left, function), _compile(node.right, function)
            if left is None or right is None:
                return None
            columns = left.columns | right.columns
            return Predicate(_join(node.operator, left.test, right.test), columns)
        case ast.UnaryExpression(operator="not", argument=ast.UnaryExpression() as inner):
            found = _compile(inner, function)
            return found and Predicate(lambda t, v: not found.test(t, v), found.columns)
        case ast.UnaryExpression(operator="exists", argument=ast.MemberExpression() as tag):
            name = label(tag)
            pushable = _is_row(tag.object, row) and name != "_value"
            return tag_is("!=", name, "") if pushable else None
        case ast.BinaryExpression(left=ast.MemberExpression() as member):
            if _is_row(member.object, row):
                return _comparison(node.operator, label(member), constant(node.right, function))
    return None


def _join(sign: str, left: Test, right: Test) -> Test:
    if sign == "and":
        return lambda tags, value: left(tags, value) and right(tags, value)
    return lambda tags, value: left(tags, value) or right(tags, value)


def _comparison(sign: str, name: str, literal: Any) -> Predicate | None:
    """`r.name == literal`; storage compares tags for equality only."""
    if type(literal) not in (str, int, float, bool, re.Pattern):
        return None
    if name == "_value":
        return Predicate(_value_test(sign, literal), frozenset({name}))
    if isinstance(literal, re.Pattern) and sign in ("=~", "!~"):
        test = _value_test(sign, literal)
        return Predicate(lambda t, _: test(t, t.get(name, "")), frozenset({name}))
    if sign not in ("==", "!=") or (sign == "==" and literal == ""):
        return None
    return tag_is(sign, name, literal)


def tag_is(sign: str, name: str, value: Any) -> Predicate:
    """A tag equals a text, or does not; a missing one is empty."""
    compare = COMPARE[sign]
    return Predicate(
        lambda t, _: isinstance(value, str) and compare(t.get(name, ""), value), frozenset({name})
    )


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
