from __future__ import annotations

import random
import re

import pytest
from hypothesis import HealthCheck, given, settings

from influx_pipelines.flux import ast
from influx_pipelines.flux.format import format_file
from influx_pipelines.flux.jsontree import to_json
from influx_pipelines.flux.parser import FluxSyntaxError, parse, recover
from influx_pipelines_tests.unit.flux.referee import Referee, scripts
from influx_pipelines_tests.unit.flux.test_parser import TOKENS
from influx_pipelines_tests.unit.flux.trees import expressions, without_parentheses

COMMENT = re.compile(r"// note \d+")


def formatted(source: str) -> str:
    return format_file(parse(source))


def whole(expression: ast.Expression) -> ast.File:
    return ast.File(None, [], [ast.VariableAssignment(ast.Identifier("x"), expression)])


@given(expressions)
def test_a_tree_is_read_back_from_its_text(expression: ast.Expression) -> None:
    file = whole(expression)
    assert without_parentheses(parse(format_file(file))) == without_parentheses(file)


def test_what_is_formatted_stays_as_it_is() -> None:
    for source in scripts()[1::2]:
        try:
            once = formatted(source)
        except FluxSyntaxError:
            continue
        if ast.INVALID not in once:  # the mark of a missing operator is no Flux
            assert formatted(once) == once


def test_what_is_longer_than_a_line_or_a_list_of_four_is_broken() -> None:
    assert formatted("f(a:1,b:2,c:3,d:4)") == "f(a: 1, b: 2, c: 3, d: 4)\n"
    assert formatted("f(a:1,b:2,c:3,d:4,e:5)").count("\n") == 7
    assert formatted(f"f(a: {'a' * 93})") == f"f(a: {'a' * 93})\n"
    assert formatted(f"f(a: {'a' * 95})") == f"f(\n    a:\n        {'a' * 95},\n)\n"


@pytest.mark.parametrize(
    "letter", ["\u0e31", "\u0301", "\u093e", "\u200d", "漢", "👩\u200d👩", "👍🏻"]
)
def test_a_letter_of_many_code_points_takes_one_column(referee: Referee, letter: str) -> None:
    """Vowel signs of Thai counted as letters, since only marks with a combining class did not."""
    for length in range(70, 100):
        script = f'f(a: "{letter * 10}{"a" * length}")'
        answer = referee.ask(script)
        assert answer is not None
        assert formatted(script) == answer["formatted"], length


def test_pipes_stay_on_the_line_they_were_on() -> None:
    assert formatted("a |> b() |> c()") == "a |> b() |> c()\n"
    assert formatted("a |> b()\n|> c()") == "a\n    |> b()\n    |> c()\n"


def test_statements_of_one_kind_stay_together() -> None:
    assert formatted("a=1\nb=2\n\n\nc=3\na\n// d\nb") == "a = 1\nb = 2\n\nc = 3\n\na\n\n// d\nb\n"


def test_nodes_that_were_never_parsed_are_written_plainly() -> None:
    member = ast.MemberExpression(ast.Identifier("r"), ast.StringLiteral("a b"))
    above = ast.BinaryExpression(">", member, ast.FloatLiteral(1e21))
    parameter = ast.Property(ast.Identifier("r"), None)
    assert format_file(whole(ast.FunctionExpression([parameter], above))) == (
        'x = (r) => r["a b"] > 1000000000000000000000.0\n'
    )
    assert format_file(whole(ast.StringLiteral('"${a}"\\\n'))) == 'x = "\\"${a}\\"\\\\\n"\n'
    minus = ast.DurationLiteral([ast.DurationPart(-1, "h"), ast.DurationPart(-30, "m")])
    assert format_file(whole(minus)) == "x = -1h-30m\n"


def test_a_broken_tree_has_no_text() -> None:
    with pytest.raises(ValueError, match="BadExpression"):
        format_file(recover("x = )"))


def test_choices_within_choices_do_not_take_for_ever() -> None:
    nested = "x = " + "(a=() => " * 20 + '"' + "long " * 30 + '"' + ") => 1" * 20
    with pytest.raises(ValueError, match="nested too deeply"):
        formatted(nested)


# ------------------------------------------------------------------ against the real front end


def respaced(script: str, dice: random.Random) -> str:
    """A script with other spaces and line breaks, longer names and comments put in."""
    parts = []
    for number, part in enumerate(TOKENS.findall(script)):
        luck = dice.random()
        if part.isspace():
            part = part if luck < 0.7 else " " if luck < 0.85 else "\n" if luck < 0.95 else "\n\n\n"
            part += f"// note {number}\n" if dice.random() < 0.05 else ""
        elif part.isidentifier() and luck < 0.05:
            part *= dice.randrange(1, 12)
        parts.append(part)
    return "".join(parts)


def test_our_text_is_that_of_the_real_front_end(referee: Referee) -> None:
    dice = random.Random(4711)
    compared = notes = 0
    for script in scripts()[::2]:
        for source in (script, respaced(script, dice)):
            answer = referee.ask(source)
            if answer is None or answer["formatted"] is None:
                continue  # a broken script
            ours = format_file(recover(source))
            assert ours == answer["formatted"], source
            compared += 1
            notes += len(COMMENT.findall(ours))
    assert compared > 500
    assert notes > 200


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(expressions)
def test_our_text_of_a_tree_that_was_never_parsed_is_that_too(
    referee: Referee, expression: ast.Expression
) -> None:
    answer = referee.ask({**to_json(whole(expression)), "metadata": ""})
    assert answer is not None
    assert format_file(whole(expression)) == answer["formatted"]
