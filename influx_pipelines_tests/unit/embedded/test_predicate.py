"""Predicates of deletes: read twice, as the real server does, whose words these are."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influx_pipelines.embedded.influxql.tokens import ParseError
from influx_pipelines.embedded.predicate import PredicateError, parse_predicate


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("", []),
        ('a="1"', [("a", "=", "1")]),
        (
            '(a=x and ("b c" != -5)) AND d=TRUE',
            [("a", "=", "x"), ("b c", "!=", "-5"), ("d", "=", "true")],
        ),
        ('"q\\"z"<>12h', [('q"z', "!=", "12h")]),
    ],
)
def test_rules_are_joined_by_and(text: str, rules: list[object]) -> None:
    assert parse_predicate(text).rules == rules


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("a=1 b=2 AND c=3", [("a", "=", "1"), ("b", "=", "2"), ("c", "=", "3")]),
        ("a=1 AND b=2 c=3", [("a", "=", "1"), ("c", "=", "3")]),
        ("a=1 name=2 AND b=3", [("a", "=", "1"), ("name", "=", "2"), ("b", "=", "3")]),
    ],
)
def test_one_and_is_enough_for_a_pair_and_a_third_rule_takes_the_place_of_the_second(
    text: str, rules: list[object]
) -> None:
    """These were refused, and a rule behind the missing AND was held against the second reading."""
    assert parse_predicate(text).rules == rules


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('a="1" or b=2', "the logical operator OR is not supported yet at position 6"),
        ("a=1 b=2", r"the logical operator '\x00' is invalid"),
        ('a="C:\\temp"', r'bad tag value: "\\t", at position 6'),
        ('a="open', 'bad tag value: "open", at position 1'),
        ("a=1 -- b", "bad logical expression, at position 4"),
        ("key=1", "bad logical expression, at position 0"),
        ("5=1", "bad tag key, at position 0"),
        ("a=1 AND b=2 AND", "bad tag key, at position 16"),
        ("((a=1)", "extra ( seen"),
        ("(a=1)) AND", "extra ) seen"),
        ("a\n>1", 'invalid operator ">" at position: 0'),
    ],
)
def test_what_the_first_reading_refuses(text: str, message: str) -> None:
    with pytest.raises(PredicateError) as error:
        parse_predicate(text)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a=1 and", "found EOF, expected identifier, string, number, bool at line 1, char 9"),
        ("\n()", "found ), expected identifier, string, number, bool at line 2, char 2"),
        ("name=1", "found NAME, expected identifier, string, number, bool at line 1, char 1"),
        ("AND a=1", "found AND, expected identifier, string, number, bool at line 1, char 1"),
        ("a=5x", "invalid duration"),
    ],
)
def test_what_only_the_second_reading_refuses(text: str, message: str) -> None:
    with pytest.raises(ParseError) as error:
        parse_predicate(text)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("a=1", True),
        ("a!=1", False),
        ("a!=2", True),
        ("b!=1", False),
        ('b=""', False),
        ('a!=""', True),
    ],
)
def test_a_tag_has_to_be_there_to_equal_or_to_differ(text: str, fits: bool) -> None:
    assert parse_predicate(text).fits("m", {"a": "1"}) is fits


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("_measurement!=m", "m"),
        ("a=1 AND (_measurement != m)", "m"),
        ("_measurement=m", None),
        ("_measurement!=m AND _measurement!=n", None),
    ],
)
def test_a_lone_other_measurement_bounds_the_delete(text: str, until: str | None) -> None:
    assert parse_predicate(text).until == until


@given(st.text("ab_1.5 ='\"!~()\\\n-ANDORndor", max_size=20))
def test_no_text_makes_it_fail_otherwise(text: str) -> None:
    with contextlib.suppress(PredicateError, ParseError):
        parse_predicate(text)
