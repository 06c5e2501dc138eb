"""Statements of InfluxQL: what is read, what the server does not read, what is refused by name."""

from __future__ import annotations

import pytest

from influx_pipelines.embedded.influxql.statements import Unsupported, parse_query
from influx_pipelines.embedded.influxql.tokens import ParseError


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SHOW TAG", "found EOF, expected KEY, KEYS, VALUES at line 1, char 10"),
        ("DROP x", "found x, expected CONTINUOUS, DATABASE, MEASUREMENT, RETENTION, SERIES, SHARD, "
         "SUBSCRIPTION, USER at line 1, char 6"),
        ("SHOW DATABASES x", "found x, expected ; at line 1, char 16"),
        ("SHOW DATABASES;\n SHOW SERIES ON", "found EOF, expected identifier at line 2, char 17"),
        ("SHOW TAG VALUES FROM m", "found EOF, expected WITH at line 1, char 24"),
        ("SHOW TAG VALUES WITH KEY > a", "found >, expected IN, =, =~ at line 1, char 26"),
        ("SHOW TAG VALUES WITH KEY IN (a b)", "found b, expected ) at line 1, char 32"),
        ("SHOW TAG KEYS FROM 5", "found 5, expected identifier at line 1, char 20"),
        ("SHOW TAG KEYS WHERE", "found EOF, expected identifier, string, number, bool at line 1, "
         "char 21"),
        ("SHOW TAG KEYS WHERE a =~ 'x'", "found x, expected regex at line 1, char 25"),
        ("SHOW TAG KEYS LIMIT x", "found x, expected integer at line 1, char 21"),
        ("SHOW SERIES ORDER BY host", "only ORDER BY time supported at this time"),
        ("SHOW MEASUREMENTS WITH MEASUREMENT cpu", "found cpu, expected =, =~ at line 1, char 36"),
        ("SHOW MEASUREMENTS ON 'x'", "found x, expected identifier or * at line 1, char 21"),
        ("SHOW FIELD KEYS WHERE a='b'", "found WHERE, expected ; at line 1, char 17"),
    ],
)  # fmt: skip
def test_what_the_server_does_not_read_is_refused_in_its_words(text: str, message: str) -> None:
    with pytest.raises(ParseError) as error:
        parse_query(text)
    assert str(error.value) == message


@pytest.mark.parametrize(
    "text",
    [
        "SELECT f FROM m",
        "DELETE FROM m",
        "SHOW SERIES EXACT CARDINALITY",
        "SHOW TAG KEYS WHERE a > 1",
        "SHOW TAG KEYS WHERE (a = 'x')",
        "SHOW TAG KEYS WHERE a = 'x' + 'y'",
        "SHOW TAG KEYS WHERE f(a) = 'x'",
        "SHOW TAG KEYS WHERE a =~ /(?=x)/",
        "SHOW MEASUREMENTS ON *.*",
        "SHOW SERIES ORDER BY time DESC",
        "CREATE DATABASE",  # malformed, but that is not looked at
    ],
)
def test_what_this_server_does_not_read_is_refused_by_name(text: str) -> None:
    with pytest.raises(Unsupported):
        parse_query(text)


def test_all_clauses_are_read() -> None:
    (found,) = parse_query(
        'show tag values on "my db" from cpu, a.b./^m/ with key in (host, "d c")'
        " where x = 'it\\'s' and y !~ /a\\/b/ or z != 'q' order by time asc limit 5 offset 2 -- end"
    )
    assert (found.name, found.database, found.limit, found.offset) == (
        "SHOW TAG VALUES", "my db", 5, 2
    )  # fmt: skip
    assert [(s.database, s.policy) for s in found.sources] == [("", ""), ("a", "b")]
    assert found.key == ("IN", ["host", "d c"])
    first, second = found.condition
    assert [(c.name, c.sign) for c in (*first, *second)] == [("x", "="), ("y", "!~"), ("z", "!=")]
    assert first[0].value == "it's"
    assert first[1].value.pattern == "a/b"  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["", " ; ;", "/* nothing */"])
def test_nothing_is_no_statement(text: str) -> None:
    assert parse_query(text) == []
