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
