"""Type errors are found in code that never runs, and only certain ones."""

from __future__ import annotations

import pytest

from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines_tests.unit.embedded.flux import results

AFTER = 'import "array" import "math" {} array.from(rows: [{{v: 1}}])'


@pytest.mark.parametrize(
    "expression",
    [
        'if true then 1 else "no"',
        "1 + 2.5",
        "(2 ^ 3) + 1.0",  # a float when it runs, but not by its type
        "1h + 1m",
        "[1, true]",
        "not 1 and true",
        'math.round(x: 2)',
        "math.round()",
        "limit(n: 1)",
        't |> limit(n: "one")',
    ],
)  # fmt: skip
def test_a_certain_type_error_is_found_in_what_does_not_run(expression: str) -> None:
    with pytest.raises(FluxError) as caught:
        results(AFTER.format(f"f = (t) => ({expression})"))
    assert caught.value.code == "invalid"


@pytest.mark.parametrize(
    "expression",
    [
        "1 == 2.5",
        '1 == "1"',
        "if t then 1 else t",
        "[t, 1]",
        "t + 1",
        "((limit) => limit(n: 1))(limit: (n) => n)",  # a name of the script's own
    ],
)
def test_what_may_be_right_is_let_through(expression: str) -> None:
    assert results(AFTER.format(f"f = (t) => ({expression})"))["_result"] == [{"v": 1}]


ROWS = 'import "array" a = array.from(rows: [{v: 1, t: "x"}]) a '


@pytest.mark.parametrize(
    "calls",
    [
        "|> filter(fn: (r) => exists r.n)",
        '|> group(columns: ["t"]) |> limit(n: 1) |> map(fn: (r) => ({r with w: r.n}))',
        "|> map(fn: (r) => ({w: r.v})) |> filter(fn: (r) => r.v == 1)",
        "|> map(fn: (r) => ({r with w: 1})) |> reduce(identity: {s: 0}, "
        "fn: (r, accumulator) => ({s: accumulator.s + r.n}))",
    ],
)
def test_rows_that_were_written_have_no_other_columns(calls: str) -> None:
    """Null for a column that cannot be there was an answer where the real server gives none."""
    with pytest.raises(FluxError, match="record is missing label"):
        results(ROWS + calls)


def test_streams_of_one_array_have_the_same_columns() -> None:
    with pytest.raises(FluxError, match="unexpected label"):
        results(f"{ROWS}b = array.from(rows: [{{v: 2}}]) union(tables: [a, b])")


@pytest.mark.parametrize(
    "calls",
    [
        '|> drop(columns: ["t"]) |> filter(fn: (r) => not exists r.n)',
        '|> rename(columns: {t: "n"}) |> filter(fn: (r) => r.n == "x")',
        "|> range(start: 0) |> filter(fn: (r) => r._start < now())",
    ],
)
def test_rows_of_another_type_may_have_any_column(calls: str) -> None:
    rows = ROWS.replace("{v", "{_time: 2020-01-01T00:00:00Z, v")
    assert len(results(rows + calls)["_result"]) == 1
