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
from influx_pipelines.embedded.engine.syntax import is_name, label, returned
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


def partition(function: Function) -> tuple[list[Predicate], list[Any]]:
    """The terms of a predicate that storage answers, and the nodes of those for memory."""
    pushed, rest = [], []
    for term in _terms(returned(function, alone=True)):
        predicate = _compile(term, function)
        if predicate is None:
            rest.append(term)
        else:
            pushed.append(predicate)
    return pushed, rest


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
            pushable = is_name(tag.object, row) and name != "_value"
            return tag_is("!=", name, "") if pushable else None
        case ast.BinaryExpression(left=ast.MemberExpression() as member):
            if is_name(member.object, row):
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
