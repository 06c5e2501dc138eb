from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influx_pipelines.flux import ast
from influx_pipelines.flux.jsontree import from_json, to_json
from influx_pipelines.flux.literals import quote, render
from influx_pipelines.flux.parser import parse
from influx_pipelines.flux.parsing.lexer import is_name


def parsed(literal: str) -> ast.Expression:
    """The one expression of a script."""
    statement = parse(f"x = {literal}").body[0]
    assert isinstance(statement, ast.VariableAssignment)
    return statement.init


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_quoted_text_is_read_back_as_that_text(text: str) -> None:
    """Pasted text broke out of its string: `"` ended it and `${` began an interpolation."""
    assert parsed(quote(text)) == ast.StringLiteral(text)


@pytest.mark.parametrize(
    "text",
    [
        '") |> drop(',
        '$") |> drop(',
        "${r.x}",
        "$${r.x}",
        "$\\{x}",
        "\\",
        "a\nb",
        "\x00",
        "\\x41",
        "é☀",
    ],
)
def test_what_looks_like_code_stays_text(text: str) -> None:
    assert parsed(quote(text)) == ast.StringLiteral(text)


def test_each_type_has_its_literal() -> None:
    moment = datetime(2020, 1, 1, 12, tzinfo=UTC)
    value = {"a": [1, 2], "b": 1.5, "c": True, "d": moment, "e": timedelta(hours=1), "f": "x"}
    shown = render(value)
    assert shown == '{a: [1, 2], b: 1.5, c: true, d: 2020-01-01T12:00:00.000000000Z, e: 1h, f: "x"}'


@pytest.mark.parametrize(
    "value",
    [None, math.nan, math.inf, datetime(2020, 1, 1), 2**63, {"a b": 1}, {"and": 1}],  # noqa: DTZ001
)
def test_a_value_without_a_literal_is_refused(value: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        render(value)


names = st.from_regex(r"[a-zé_][a-z0-9_]*", fullmatch=True).filter(is_name)
values = st.recursive(
    st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
)


@given(values)
def test_bound_parameters_survive_the_way_over_json(value: object) -> None:
    file = parse(f"option params = {{v: {render(value)}}}")
    assert from_json(to_json(file)) == file
