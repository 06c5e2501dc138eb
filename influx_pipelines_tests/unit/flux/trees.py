"""Random syntax trees, without places, of the shapes that a parser gives.

An operand is in parentheses, as it would be where they are needed. There are no functions and
conditions among the operands, and no minus before a pipe: the real formatter forgets parentheses
that are needed there.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from influx_pipelines.flux import ast

names = st.sampled_from(["a", "r", "from", "long_name_of_some_thing", "é"]).map(ast.Identifier)
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="$"), max_size=30)
strings = texts.map(ast.StringLiteral)
literals = st.one_of(
    names,
    strings,
    st.integers(0, 2**63 - 1).map(ast.IntegerLiteral),
    st.sampled_from([0.5, 2.0, 1e21, 1e-7]).map(ast.FloatLiteral),
    st.sampled_from(["1h30m", "1y"]).map(
        lambda text: ast.DurationLiteral(
            [ast.DurationPart(1, "h"), ast.DurationPart(30, "m")]
            if text == "1h30m"
            else [ast.DurationPart(1, "y")]
        )
    ),
    st.just(ast.DateTimeLiteral("2020-01-01T00:00:00.5Z")),
    st.sampled_from(["a/b", "^x$"]).map(ast.RegexpLiteral),
)


Values = st.SearchStrategy[ast.Expression]


def _calls(inner: Values) -> st.SearchStrategy[ast.CallExpression]:
    arguments = st.lists(st.builds(ast.Property, names, inner), max_size=6).map(
        lambda found: [ast.ObjectExpression(found)] if found else []
    )
    return st.builds(ast.CallExpression, names, arguments)


def _operations(inner: Values) -> Values:
    wrapped = inner.map(ast.ParenExpression)
    return st.one_of(
        _calls(inner),
        st.builds(ast.PipeExpression, wrapped, _calls(inner)),
        st.builds(ast.MemberExpression, names | _calls(inner), names | strings),
        st.builds(ast.IndexExpression, names | _calls(inner), names),
        st.builds(ast.BinaryExpression, st.sampled_from(["+", "^", "=="]), wrapped, wrapped),
        st.builds(ast.LogicalExpression, st.sampled_from(["and", "or"]), wrapped, wrapped),
        st.builds(ast.UnaryExpression, st.just("-"), literals),
        st.builds(ast.UnaryExpression, st.sampled_from(["not", "exists"]), wrapped),
    )


operations = st.recursive(literals, _operations, max_leaves=8)


def _values(inner: Values) -> Values:
    blocks = inner.map(lambda last: ast.Block([ast.ReturnStatement(last)]))
    parameters = st.lists(st.builds(ast.Property, names, st.none() | literals), max_size=6)
    members = st.lists(st.builds(ast.Property, names | strings, inner), max_size=6)
    return st.one_of(
        st.lists(inner, max_size=6).map(ast.ArrayExpression),
        st.lists(st.builds(ast.DictItem, inner, inner), max_size=3).map(ast.DictExpression),
        members.map(ast.ObjectExpression),
        st.builds(lambda base, more: ast.ObjectExpression(more, with_=base), names, members),
        st.builds(ast.FunctionExpression, parameters, blocks | inner),
        st.builds(ast.ConditionalExpression, inner, inner, inner),
        inner.map(
            lambda part: ast.StringExpression([ast.TextPart("x"), ast.InterpolatedPart(part)])
        ),
        _calls(inner),
    )


expressions = st.recursive(operations, _values, max_leaves=8)


def without_parentheses(node: Any) -> Any:
    """The formatter writes those that are needed, and no others."""
    if isinstance(node, list):
        return [without_parentheses(item) for item in node]
    if isinstance(node, ast.ParenExpression):
        return without_parentheses(node.expression)
    if not isinstance(node, ast.Node):
        return node
    parts = {name: without_parentheses(getattr(node, name)) for name in ast.PARTS[type(node)]}
    return type(node)(**parts)
