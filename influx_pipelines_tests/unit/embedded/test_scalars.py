"""Functions of single values, where the recorded cases do not reach; expected is what Go gives."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.numbers import format_short, parse_float
from influx_pipelines.embedded.engine.zones import Zone
from influx_pipelines_tests.unit.embedded.flux import results, time, value

NEW_YORK = '{zone: "America/New_York", offset: 0h}'


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('strings.index(v: "añb", substr: "b")', 3),  # a byte offset
        ('strings.lastIndexAny(v: "añb", chars: "ñb")', 3),
        ('strings.strlen(v: "añb")', 3),
        ('strings.toUpper(v: "straße")', "STRAßE"),  # character by character
        ('strings.toLower(v: "ΟΔΟΣ")', "οδοσ"),
        ('strings.title(v: "don\'t x_y")', "Don'T X_y"),
        ('strings.equalFold(v: "ſ", t: "S")', True),
        ('strings.trimSpace(v: "\\x1c x\\t")', "\x1c x"),
        ('strings.substring(v: "influx", start: 4, end: 2)', ""),
        ('strings.countStr(v: "añ", substr: "")', 3),
        ('strings.replace(v: "aaa", t: "a", u: "b", i: 2)', "bba"),
        ('strings.joinStr(arr: strings.splitAfterN(v: "a,b,c", t: ",", i: 2), v: "|")', "a,|b,c"),
        ('length(arr: strings.splitN(v: "a,b", t: ",", i: 0))', 0),
        ('length(arr: strings.split(v: "", t: ""))', 0),
    ],
)
def test_texts_are_bytes_to_search_and_characters_to_map(expression: str, expected: Any) -> None:
    assert value(expression, "strings") == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('regexp.replaceAllString(r: /x*/, v: "abxd", t: "-")', "-a-b-d-"),
        ('regexp.replaceAllString(r: /(?P<n>b)/, v: "abc", t: "<\\${n}$1$1x$$>")', "a<bb$>c"),
        ('display(v: regexp.splitRegexp(r: /x*/, v: "axb", i: -1))', "[a, b]"),
        ('display(v: regexp.findStringIndex(r: /b+/, v: "ñbb"))', "[2, 4]"),
        ('display(v: regexp.findStringIndex(r: /z/, v: "b"))', "[]"),
        ("regexp.getString(r: /a$/)", "a$"),
    ],
)
def test_matches_are_those_of_go(expression: str, expected: str) -> None:
    assert value(expression, "regexp") == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("math.round(x: -2.5)", -3.0),
        ("math.roundtoeven(x: 2.5)", 2.0),
        ("math.log(x: 0.0)", -math.inf),
        ("math.pow(x: 0.0, y: -1.0)", math.inf),
        ("math.pow(x: -10.0, y: 309.0)", -math.inf),
        ("math.atanh(x: -1.0)", -math.inf),
        ("math.mMax(x: math.NaN(), y: math.mInf(sign: 1))", math.inf),
        ("math.gamma(x: 5.0)", 24.0),
        ("math.modf(f: -2.5).frac", -0.5),
        ("math.lgamma(x: -0.5).sign", -1),
        ("math.ilogb(x: 8.0)", 3),
        ("math.float64frombits(b: math.float64bits(f: -0.1))", -0.1),
        ("-9223372036854775807 - 2", 9223372036854775807),
        ("1.0 / -0.0", -math.inf),
        ("9007199254740993 == 9007199254740992.0", True),  # compared as floats
    ],
)
def test_numbers_overflow_and_end_as_in_go(expression: str, expected: float) -> None:
    assert value(expression, "math") == expected


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_survives_its_shortest_form(number: float) -> None:
    assert parse_float(format_short(number)) == number


@pytest.mark.parametrize("text", ["1e999", " 1", "+nan", "0x1.8", "١", "1__0", "e1", ""])
def test_what_go_does_not_read_as_a_number_is_none(text: str) -> None:
    with pytest.raises(ValueError):
        parse_float(text)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('string(v: duration(v: "5x1h"))', "1h"),  # what is no unit counts nothing
        ("int(v: 1mo)", 2_629_800_000_000_000),  # a twelfth of 365.25 days
        ('int(v: float(v: "NaN"))', -(2**63)),
        ("uint(v: -1.5)", 2**64 - 1),
        ('string(v: duration(v: "1h90m1h"))', "3h30m"),
        ("string(v: 0s)", "0ns"),
        ('float(v: "0x1p-2")', 0.25),
        ('time(v: "2020-01-01T00:00:00+01:30")', time("2019-12-31T22:30:00Z")),
        ("display(v: 1000000.0)", "1e+06"),
        ('string(v: json.encode(v: {z: 1e, a: ["<", "é"]}))'.replace("1e", "0.0000001"),
         '{"a":["\\u003c","é"],"z":1e-7}'),
        ('string(v: json.encode(v: [2020-01-01T00:00:00.5Z]))', '["2020-01-01T00:00:00.5Z"]'),
    ],
)  # fmt: skip
def test_conversions_are_those_of_go(expression: str, expected: Any) -> None:
    assert value(expression, "json") == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("date.week(t: 2021-01-03T00:00:00Z)", 53),  # ISO weeks
        ("date.yearDay(t: 2020-12-31T00:00:00Z)", 366),
        ("date.weekDay(t: 2020-01-05T00:00:00Z)", 0),
        ("date.millisecond(t: 1969-12-31T23:59:59.25Z)", 250),
        ("date.add(d: 1mo, to: 2020-01-31T00:00:00Z)", time("2020-02-29T00:00:00Z")),
        ("date.sub(d: 1y, from: 2020-02-29T00:00:00Z)", time("2019-02-28T00:00:00Z")),
        ("date.truncate(t: -12h, unit: 1d)", time("2020-01-01T00:00:00Z")),  # relative to now
        ("date.truncate(t: 2020-01-01T00:00:00Z, unit: 1w)", time("2019-12-26T00:00:00Z")),
        (f"date.hour(t: 2020-07-01T02:00:00Z, location: {NEW_YORK})", 22),
        # A month in a fixed zone begins on the 31st: the last day of February belongs to January.
        ('date.truncate(t: 2020-02-29T23:30:00Z, unit: 1mo, location: {zone: "UTC", offset: 1h})',
         time("2020-01-31T23:00:00Z")),
        # On the day without 02:30 the clock goes from the first moment after the gap.
        (f"date.add(d: 1d, to: 2020-03-07T07:30:00Z, location: {NEW_YORK})",
         time("2020-03-08T07:00:00Z")),
        ("date.January + date.Saturday", 7),
    ],
)  # fmt: skip
def test_dates_are_those_of_the_calendar_and_the_clocks(expression: str, expected: Any) -> None:
    assert value(expression, "date") == expected


@given(st.integers(-(10**9), 4 * 10**9), st.sampled_from(["Europe/London", "Australia/Lord_Howe"]))
def test_the_first_time_at_which_clocks_show_something_is_found(second: int, name: str) -> None:
    zone = Zone.of({"zone": name})
    instant = second * 1_000_000_000
    found = zone.time(zone.clock(instant))
    assert found <= instant
    assert zone.clock(found) == zone.clock(instant)


DIGITS = 'strings.repeat(v: "1", i: 5000)'
TEXT = 'strings.repeat(v: "a", i: 30000000)'


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        (f"int(v: {DIGITS})", "invalid"),  # more digits than Python converts were a traceback
        (f"uint(v: {DIGITS})", "invalid"),
        (f'string(v: duration(v: {DIGITS} + "h"))', "invalid"),
        # What has no end in Python wraps around there, and texts once grew until memory ended.
        ("string(v: 3000000000w)", "not implemented"),
        ("string(v: date.scale(d: 1w, n: 9223372036854775807))", "not implemented"),
        ("date.add(d: 300y, to: 2020-01-01T00:00:00Z)", "not implemented"),
        (f"strings.strlen(v: ((x) => x + x)(x: {TEXT}))", "not implemented"),
        (f'((x) => "${{x}}${{x}}")(x: {TEXT})', "not implemented"),
        (f'strings.replaceAll(v: {TEXT}, t: "a", u: "bb")', "not implemented"),
        # What no type there allows was let through.
        ('"${bytes(v: "x")}"', "invalid"),
        ("+1", "invalid"),
        ("display(v: [true: 1])", "invalid"),
        ("display(v: [1: 1, 1.0: 2])", "invalid"),
        ('dict.get(dict: ["a": 1], key: "a", default: "x")', "invalid"),
        ('["a"] |> strings.joinStr(v: "-")', "invalid"),
        ("((x) => { y = x })(x: 1)", "invalid"),
        ("((x) => { x = 2 return x })(x: 1)", "invalid"),
        ('strings.repeat(v: "a", i: -1)', "internal error"),
        ('strings.isDigit(v: "é")', "internal error"),
        ('regexp.compile(v: "a(")', "internal error"),
        ("math.j0(x: 1.0)", "not implemented"),
        ('math.nosuch(x: 1.0)', "invalid"),
        ('date.truncate(t: now(), unit: 0s)', "invalid"),
        ('date.hour(t: now(), location: {zone: "Nowhere/City", offset: 0h})', "invalid"),
        ('dict.get(dict: ["a": 1], key: 1, default: 0)', "invalid"),
        ('secrets.get(key: "nosuch")', "not found"),
    ],
)  # fmt: skip
def test_what_fails_there_fails_here(expression: str, code: str) -> None:
    packages = ("strings", "regexp", "math", "date", "dict", "influxdata/influxdb/secrets")
    with pytest.raises(FluxError) as caught:
        value(expression, *packages)
    assert caught.value.code == code


@pytest.mark.parametrize("expression", ["strings.toUpper(v: r.no)", 'strings.isDigit(v: "12")'])
def test_an_error_without_a_code_is_the_clients_fault_within_map(expression: str) -> None:
    rows = 'import "array" import "strings" array.from(rows: [{a: 1}])'
    with pytest.raises(FluxError) as caught:
        results(f"{rows} |> map(fn: (r) => ({{a: {expression}}}))")
    assert caught.value.code == "invalid"


def test_null_on_the_left_of_and_is_false_unless_map_runs_on_columns() -> None:
    rows = 'import "array" import "internal/debug" array.from(rows: [{n: 1}, {n: debug.null()}])'
    on_columns = results(f"{rows} |> map(fn: (r) => ({{v: r.n > 0 and true}}))")
    by_row = results(f'{rows} |> map(fn: (r) => ({{v: r.n > 0 and r.n < int(v: "9")}}))')
    assert [row["v"] for row in on_columns["_result"]] == [True, None]
    assert [row["v"] for row in by_row["_result"]] == [True, False]


def test_dictionaries_and_arrays() -> None:
    assert value('dict.get(dict: dict.insert(dict: ["a": 1], key: "b", value: 2), key: "b", '
                 "default: 0)", "dict") == 2  # fmt: skip
    assert value('display(v: dict.fromList(pairs: [{key: "b", value: 1}, {key: "a", value: 2}]))',
                 "dict") == "[a: 2, b: 1]"  # fmt: skip
    assert value("length(arr: array.concat(arr: [1], v: [2, 3]))") == 3
    assert results('import "array" [{a: 1}] |> array.from()')["_result"] == [{"a": 1}]
