from __future__ import annotations

import random
import re
import sys

import pytest

from influx_pipelines.flux import ast
from influx_pipelines.flux.faults import faults_of_compiler, faults_of_script
from influx_pipelines.flux.parser import FluxSyntaxError, parse, recover
from influx_pipelines_tests.unit.flux.referee import Referee, difference, scripts


def errors(source: str) -> list[str]:
    with pytest.raises(FluxSyntaxError) as caught:
        parse(source)
    return str(caught.value).split("\n\n")


def value(source: str) -> ast.Expression:
    statement = parse(f"x = {source}").body[0]
    assert isinstance(statement, ast.VariableAssignment)
    return statement.init


def test_all_errors_are_named_in_the_order_of_the_tree() -> None:
    assert errors("f(a: , 1)\nx = if y then\n") == [
        "error @1:3-1:4: missing property value",
        "error @1:8-1:9: unexpected token for property key: INT (1)",
        "error @2:5-3:1: expected ELSE, got EOF",
        "error @3:1-3:1: invalid expression: invalid token for primary expression: EOF",
    ]


def test_an_error_of_a_name_or_a_record_spans_what_has_it() -> None:
    assert errors("{a, b: 1}") == ["error @1:1-1:10: cannot mix implicit and explicit properties"]
    assert errors('from("b")') == ["error @1:6-1:9: string literal key b must have a value"]
    assert errors("r.") == ["error @1:3-1:3: expected IDENT, got EOF"]


def test_columns_count_bytes() -> None:
    assert errors('é = "☀" )') == ["error @1:12-1:13: invalid statement: )"]


def test_the_beginning_of_a_token_at_the_very_end_is_not_seen() -> None:
    assert parse("x = 1 |") == parse("x = 1")
    assert errors("x = 1 | ") == ["error @1:7-1:8: invalid statement: |"]


def test_two_expressions_without_an_operator_are_left_to_the_types() -> None:
    found = value("f(a: 1e3)")
    assert isinstance(found, ast.CallExpression)
    joined = found.arguments[0].properties[0].value
    assert joined == ast.BinaryExpression(ast.INVALID, ast.IntegerLiteral(1), ast.Identifier("e3"))


def test_tasks_do_not_see_bad_expressions() -> None:
    file = recover('x = 1 +\n)\nfrom("b")')
    assert [fault.message for fault in faults_of_script(file)] == [
        "missing right hand side of expression",
        "invalid statement @2:1-2:2: )",
        'string literal key "b" must have a value',
    ]
    assert faults_of_script(recover("x = ")) == []
    assert [fault.span for fault in faults_of_script(recover("f(a: 1 2)"))] == ["0:0-0:0"]


def test_a_slash_divides_after_a_value_and_begins_a_pattern_elsewhere() -> None:
    division, match = value("a / b / c"), value(r"r =~ /b\/c/")
    assert isinstance(division, ast.BinaryExpression)
    assert isinstance(match, ast.BinaryExpression)
    assert division.operator == "/"
    assert match.right == ast.RegexpLiteral("b/c")


@pytest.mark.parametrize(
    ("pattern", "error"),
    [
        ("a(", "a(  error: unclosed group"),
        ("[z-a]", "[z-a]  error: invalid character class range, the start must be <= the end"),
        ("{2}", "{2} error: repetition operator missing expression"),
        (
            "(?=x)",
            "(?=x) error: look-around, including look-ahead and look-behind, is not supported",
        ),
    ],
)
def test_a_broken_pattern_is_an_error_of_the_script(pattern: str, error: str) -> None:
    assert errors(f"/{pattern}/")[0].endswith(f"regex parse error: {error}")


def test_a_dollar_takes_the_next_letter_with_it() -> None:
    assert value(r'"$$${x}"') == ast.StringExpression(
        [ast.TextPart("$$"), ast.InterpolatedPart(ast.Identifier("x"))]
    )
    assert errors(r'"$\" )')[0] == "error @1:1-1:5: invalid escape sequence"


def test_comments_are_kept_at_the_token_they_stand_before() -> None:
    file = parse("// a\nx = // b\n[ // c\n1] // d")
    statement = file.body[0]
    assert isinstance(statement, ast.VariableAssignment)
    assert statement.id.comments == {"comments": ["// a\n"]}
    assert statement.init.comments == {"lbrack": ["// b\n"]}
    assert file.comments == {"eof": ["// d"]}


NESTED = (
    "(",
    "[",
    "{a: ",
    "f(a: ",
    "a[",
    "(a + ",
    "() => ",
    "if a then b else ",
    '"${',
    "{",
    "(a=",
)
CHAINED = (" + 1", " |> f()", ".b", "()", "[0]", " and 1")


@pytest.mark.parametrize("source", [f"x = {start * 5_000}" for start in NESTED] + ["- " * 20_000])
def test_deep_nesting_is_refused_before_it_fills_the_stack(source: str) -> None:
    with pytest.raises(FluxSyntaxError):
        parse(source)


@pytest.mark.parametrize("link", CHAINED)
def test_a_long_chain_is_refused_as_nested_too_deep(link: str) -> None:
    assert parse("x = a" + link * 170)
    assert "Program is nested too deep" in errors("x = a" + link * 5_000)[0]


@pytest.mark.parametrize(
    "piece", ['"${', "/a\\/", "x = 1 // c\n", '"\\q', "[a,", "1 / ", "f(a: 1)\n", "é ", "$", "@a("]
)
def test_work_grows_with_the_length_alone(piece: str) -> None:
    """Counted in calls: a clock failed on a busy machine."""

    def calls(times: int) -> int:
        counted = 0

        def count(*_: object) -> None:
            nonlocal counted
            counted += 1

        text = piece * times
        sys.setprofile(count)
        try:
            faults_of_compiler(recover(text))
        finally:
            sys.setprofile(None)
        return counted

    assert calls(4_000) < 10 * calls(500)  # eight times as long; 64 would be quadratic


# ------------------------------------------------------------------ against the real front end

TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*\n?|\w+|\s+|\|>|=>|<-|[=!<>]=|[=!]~|.', re.DOTALL)
ODD_TOKENS = (
    '|> ( ) => 1h "x" and not exists if then else , { } [ ] r.x = == / /a/ 1.5 007 2020-01-01 '
    '2020-01-01T00:00:00 //c\n <- option return import package testcase " ${ : * ^ @ | ! \\ ? . '
    "with é ' - % !~ 99999999999999999999 1mo @a(1)"
).split(" ")
ODD_LETTERS = "(){}[]\"$\\/=<>|&!~+-*%^.,:;?@# \n\t0129axnreTZé☀µ²_'"


def mutated(script: str, dice: random.Random) -> str:
    """A script with a token or a letter left out, doubled, swapped or replaced, or cut short."""
    letters = dice.random() < 0.4
    parts = list(script) if letters else TOKENS.findall(script)
    for _ in range(dice.choice((1, 1, 2, 3))):
        place, other = dice.randrange(len(parts)), dice.randrange(len(parts))
        match dice.randrange(5):
            case 0:
                parts[place] = ""
            case 1:
                parts[place] *= 2
            case 2:
                parts[place], parts[other] = parts[other], parts[place]
            case 3:
                parts[place] = dice.choice(ODD_LETTERS if letters else ODD_TOKENS)
            case 4:
                del parts[place + 1 :]
    return "".join(parts)


def judged(referee: Referee, script: str) -> str | None:
    """Where we differ from the front end: in the tree, or in the errors and their order."""
    answer = referee.ask(script)
    if answer is None or "regex parse error" in str(answer["faults"]):
        return None  # it fell over, or we may use other words
    file = recover(script)
    ours = [[fault.message, list(fault.at), list(fault.end)] for fault in faults_of_compiler(file)]
    theirs = answer["faults"][: len(ours)]  # those of types follow
    if script.isascii() and ours != theirs:
        return f"{ours}, {theirs} there"
    return difference(file, answer["tree"])


def test_our_trees_are_those_of_the_real_front_end(referee: Referee) -> None:
    assert len(scripts()) > 500
    assert {s: d for s in scripts() if (d := judged(referee, s))} == {}


def test_our_errors_and_recovery_are_those_of_the_real_front_end(referee: Referee) -> None:
    dice = random.Random(4711)
    pool = scripts()
    broken = [mutated(dice.choice(pool), dice) for _ in range(300)]
    assert {s: d for s in broken if (d := judged(referee, s))} == {}
    assert sum(bool(faults_of_compiler(recover(s))) for s in broken) > 150
