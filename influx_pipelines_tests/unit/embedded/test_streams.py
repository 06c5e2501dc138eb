"""Functions of tables: nulls, kinds of numbers, group keys, and where the tables come from."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influx_pipelines.embedded.engine.csv import Dialect, encode
from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.run import run
from influx_pipelines.embedded.engine.values import Uint
from influx_pipelines_tests.unit.embedded.stored import (
    READ,
    SECOND,
    START,
    Bucket,
    points,
    result,
    rows,
    values,
)

TWO = Bucket().add("f", {0: 1.0, 60: 2.0}, t="a").add("f", {0: 3.0})
MIXED = Bucket().add("f", {0: 1.0}).add("i", {0: 2}).add("s", {0: "x"}).add("z", {0: 4})
NULL = " |> map(fn: (r) => ({r with _value: if r._value == 2.0 then r.nothing else r._value}))"


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ("difference()", [None, 3.0]),
        ("difference(nonNegative: true, keepFirst: true, initialZero: true)", [0.0, None, 3.0]),
        ("derivative(unit: 1m)", [None, 1.5]),
        ("cumulativeSum()", [1.0, 1.0, 5.0]),
        ("movingAverage(n: 2)", [1.0, 4.0]),
        ("count()", [3]),
        ("mean()", [2.5]),
        ("median()", [2.5]),
        ("mode()", [None]),
        ("skew()", [0.0]),
        ("distinct()", [1.0, None, 4.0]),
        ('quantile(q: 1.0, method: "exact_selector")', [4.0]),
        ("sort(desc: true)", [None, 4.0, 1.0]),
        ("histogram(bins: [2.0, 5.0])", [1.0, 2.0]),
        ("integral(unit: 1m)", [5.0]),
        ("fill(usePrevious: true)", [1.0, 1.0, 4.0]),
    ],
)
def test_what_becomes_of_a_null_between_two_values(calls: str, expected: list[Any]) -> None:
    assert values(f"{NULL} |> {calls}", points(1.0, 2.0, 4.0)) == expected


@pytest.mark.parametrize(
    ("calls", "kind", "expected"),
    [
        ("difference()", int, [-2]),
        ("cumulativeSum()", Uint, [3, 4]),
        ("increase()", int, [0, 1]),
        ("spread()", Uint, [2]),
        ("derivative(nonNegative: true)", float, [None]),
        ("movingAverage(n: 2)", float, [2.0]),
    ],
)
def test_unsigned_numbers(calls: str, kind: type, expected: list[Any]) -> None:
    found = values(f" |> {calls}", points(Uint(3), Uint(1)))
    assert found == expected
    assert all(value is None or type(value) is kind for value in found)


def test_sums_wrap_around_as_64_bits_do() -> None:
    assert values(" |> sum()", points(2**63 - 1, 1)) == [-(2**63)]
    assert values(" |> sum()", points(Uint(2**64 - 1), Uint(2))) == [1]


def test_two_functions_on_one_stream_are_not_answered_by_storage() -> None:
    group = 'group(columns: ["t"])'
    assert [table.key.get("t") for table in result(f"{READ} |> {group}", TWO).tables] == ["a", ""]
    script = f'x = {READ}\nx |> {group} |> yield(name: "one")\nx |> yield(name: "two")'
    assert [t.key.get("t") for t in run(script, TWO, START)["one"].tables] == ["a", None]


@pytest.mark.parametrize(("before", "missing"), [("", ""), ("limit(n: 9) |> ", None)])
def test_a_missing_tag_is_an_empty_text_once_storage_has_grouped(before: str, missing: Any) -> None:
    """It was null, so that `exists` and `!=` failed for rows that the real server finds."""
    found = rows(f" |> {before}group() |> map(fn: (r) => ({{t: r.t}})) ", TWO)
    assert [row["t"] for row in found] == ["a", "a", missing]


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ("group() |> count()", [4]),
        ('group(columns: ["_field"]) |> first()', [1.0, 2, "x", 4]),
    ],
)
def test_storage_folds_groups_of_mixed_kinds(calls: str, expected: list[Any]) -> None:
    assert values(f" |> {calls}", MIXED) == expected


def test_a_sum_in_storage_ends_silently_at_what_is_no_number() -> None:
    bucket = Bucket().add("a", {0: 1.0}).add("b", {0: "x"}).add("c", {0: 2.0})
    assert values(" |> group() |> sum()", bucket) == [1.0]


def test_a_group_of_mixed_kinds_cannot_be_read() -> None:
    with pytest.raises(FluxError, match="cannot group float and integer types together"):
        rows(" |> group()", MIXED)


def test_only_the_last_of_two_groupings_counts() -> None:
    calls = ' |> group(columns: ["t"]) |> group(columns: ["_field"])'
    assert [list(t.key) for t in result(READ + calls, TWO).tables] == [
        ["_start", "_stop", "_field"]
    ]


def test_tables_before_the_one_that_fails_are_answered() -> None:
    found = run(f"{READ} |> limit(n: 1) |> mean()", MIXED, START)
    text = "".join(encode(found, Dialect()))
    assert text.index(",f,m,1") < text.index("error,reference") < text.index("unsupported")


def test_nothing_is_answered_when_the_first_table_fails() -> None:
    texts = "map(fn: (r) => ({r with _value: r._field})) |> mean()"
    found = run(f"{READ} |> {texts}", TWO, START)
    with pytest.raises(FluxError, match="unsupported aggregate column type string"):
        "".join(encode(found, Dialect()))


def test_map_moves_rows_to_the_table_of_their_new_key() -> None:
    calls = ' |> map(fn: (r) => ({r with t: if r._value > 1.0 then "high" else "low"}))'
    found = [table.columns for table in result(READ + calls, TWO).tables]
    assert [(columns["t"], columns["_value"]) for columns in found] == [
        (["high"], [2.0]),
        (["low"], [1.0]),
        (["high"], [3.0]),
    ]


def test_a_column_of_nulls_stays_when_its_type_is_known() -> None:
    calls = " |> map(fn: (r) => ({a: r._value / 1.0, b: r.nothing, c: if false then 1 else 2}))"
    assert result(READ + calls, points(1.0)).tables[0].types == {"a": "float", "c": "int"}
    null = f"{NULL} |> map(fn: (r) => ({{v: r._value, b: string(v: r._value)}}))"
    assert result(READ + null, points(2.0)).tables[0].types == {"v": "float", "b": "string"}


def test_a_table_far_too_short_for_its_average_comes_twice() -> None:
    found = result(f"{READ} |> movingAverage(n: 4)", points(1.0, 2.0)).tables
    assert [table.columns["_value"] for table in found] == [[], [1.5]]


def test_windows_may_answer_with_several_rows() -> None:
    two = "(column, tables=<-) => tables |> top(n: 2)"
    calls = f" |> aggregateWindow(every: 2m, fn: {two}, createEmpty: false)"
    found = rows(calls, points(1.0, 2.0, 3.0))
    assert [(row["_value"], (row["_time"] - START) // SECOND) for row in found] == [
        (2.0, 120),
        (1.0, 120),
        (3.0, 240),
    ]


@given(st.dictionaries(st.integers(0, 3599), st.integers(-99, 99), min_size=1), st.integers(1, 999))
def test_each_point_counts_in_the_window_of_its_time(found: dict[int, int], every: int) -> None:
    bucket = Bucket().add("f", dict(sorted(found.items())))
    counts: dict[int, int] = {}
    for second in found:
        end = min((START // SECOND + second) // every * every + every, START // SECOND + 3600)
        counts[end] = counts.get(end, 0) + 1
    window = f"aggregateWindow(every: {every}s, fn: count, createEmpty: false)"
    stored = {r["_time"] // SECOND: r["_value"] for r in rows(f" |> {window}", bucket)}
    moved = {
        r["_time"] // SECOND: r["_value"] for r in rows(f" |> limit(n: 9999) |> {window}", bucket)
    }
    assert stored == moved == dict(sorted(counts.items()))


def test_an_hour_is_that_of_the_clocks() -> None:
    berlin = 'import "timezone"\noption location = timezone.location(name: "Europe/Berlin")\n'
    hours = f"{READ} |> hourSelection(start: 23, stop: 1)"
    assert len(result(berlin + hours, points(1.0)).tables[0]) == 1
    assert len(result(hours.replace("23, stop: 1", "1, stop: 1"), points(1.0)).tables[0]) == 0


def test_a_shift_moves_the_range_that_windows_are_cut_at() -> None:
    calls = " |> timeShift(duration: 30m) |> window(every: 1h)"
    found = result(READ + calls, points(1.0)).tables[0].key
    assert [(found[name] - START) // SECOND for name in ("_start", "_stop")] == [1800, 3600]


SIDES = """
import "internal/debug"
a = array.from(rows: [{k: "x", v: 1}, {k: "y", v: 2}])
    |> map(fn: (r) => ({r with k: if r.v == 2 then debug.null(type: "string") else r.k}))
b = array.from(rows: [{k: "x", v: 3}, {k: "x", v: 4}, {k: "z", v: 5}])
"""


def test_rows_are_joined_each_with_each_and_null_with_none() -> None:
    joined = result(f'import "array"{SIDES} join(tables: {{a: a, b: b}}, on: ["k"])').tables[0]
    assert list(joined.rows()) == [{"k": "x", "v_a": 1, "v_b": n} for n in (3, 4)]


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("inner", [(1, 3), (1, 4)]),
        ("left", [(2, None), (1, 3), (1, 4)]),
        ("right", [(1, 3), (1, 4), (None, 5)]),
        ("full", [(2, None), (1, 3), (1, 4), (None, 5)]),
    ],
)
def test_rows_without_partner_meet_nulls(method: str, expected: list[tuple[Any, Any]]) -> None:
    call = f"join.{method}(left: a, right: b, on: (l, r) => l.k == r.k, as: as)"
    script = f'import "array"\nimport "join"{SIDES} as = (l, r) => ({{a: l.v, b: r.v}})\n{call}'
    assert [(row["a"], row["b"]) for row in result(script).tables[0].rows()] == expected


def test_the_skewness_of_a_single_value_is_no_number() -> None:
    assert math.isnan(values(" |> skew()", points(1.0))[0])


@pytest.mark.parametrize(
    "calls",
    [
        "sample(n: 2)",
        "exponentialMovingAverage(n: 2)",
        "window(every: 1m, period: -1m)",
        "elapsed(unit: 0s)",
    ],
)
def test_what_is_not_known_is_refused_by_name(calls: str) -> None:
    with pytest.raises(FluxError) as caught:
        rows(f" |> {calls}", TWO)
    assert caught.value.code == "not implemented"


@pytest.mark.parametrize(
    ("calls", "code"),
    [
        ("fill(usePrevious: false)", "internal error"),
        ('window(every: 1m, timeColumn: "t")', "internal error"),
        ('hourSelection(start: 0, stop: 1, timeColumn: "_field")', "internal error"),
        (
            'pivot(rowKey: ["_value"], columnKey: ["_field"], valueColumn: "_time")',
            "internal error",
        ),
        ("rename(columns: {t: 1})", "invalid"),
        ("reduce(identity: {n: 0}, fn: (r, accumulator) => ({n: 1.0}))", "invalid"),
        ("filter(fn: (r, x) => true)", "invalid"),
        ("limit(n: 0) |> map(fn: (x) => ({}))", "invalid"),
    ],
)
def test_wrong_arguments(calls: str, code: str) -> None:
    """They were a traceback, or let pass."""
    bucket = Bucket().add("f", {0: 1.0}, t="a").add("i", {0: 1}, t="a")
    with pytest.raises(FluxError) as raised:
        _ = result(f"{READ} |> {calls}", bucket).tables
    assert raised.value.code == code


def test_a_number_that_is_none_names_a_column() -> None:
    """Its digits were looked for."""
    calls = ' |> pivot(rowKey: ["_time"], columnKey: ["_value"], valueColumn: "_field")'
    assert "NaN" in rows(calls, points(math.nan))[0]


def test_bounds_of_a_histogram_are_sorted() -> None:
    """Rows were counted by bounds as they came."""
    assert values(" |> histogram(bins: [5.0, 2.0])", points(1.0, 4.0)) == [1.0, 2.0]


def test_a_cell_is_quoted_where_it_could_be_read_otherwise() -> None:
    """Only a space or a tab was seen in front, and no delimiter in times and numbers."""
    found = run(
        'import "array" array.from(rows: [{s: "\u00a0x", t: 2020-01-01T00:00:00Z}])', TWO, START
    )
    line = "".join(encode(found, Dialect(header=False, delimiter=":")))
    assert line == ':_result:0:"\u00a0x":"2020-01-01T00:00:00Z"\r\n\r\n'
