"""What a script may ask for is bounded, before memory or time run out."""

from __future__ import annotations

import pytest

from influx_pipelines.embedded.engine.calls import Deadline
from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.run import run
from influx_pipelines_tests.unit.embedded.stored import READ, START, Bucket, result

ROWS = 7000
MANY = Bucket().add("f", {number / 2: float(number) for number in range(ROWS)})
SAME = f"a = {READ} |> map(fn: (r) => ({{k: 1, v: r._value}}))\n"
FIELD = "map(fn: (r) => ({r with f: string(v: r._value)}))"


@pytest.mark.parametrize(
    "script",
    [
        f'{SAME}join(tables: {{a: a, b: a |> limit(n: 6999)}}, on: ["k"])',
        f'import "join"\n{SAME}'
        "join.full(left: a, right: a, on: (l, r) => l.k == r.k, as: (l, r) => l)",
        f'{READ} |> {FIELD} |> pivot(rowKey: ["_time"], columnKey: ["f"], valueColumn: "_value")',
        f"{READ} |> window(every: 1s, period: 2h)",
        f"{READ} |> window(every: 1us, createEmpty: true)",
    ],
)
def test_more_than_this_server_was_made_for_is_refused(script: str) -> None:
    with pytest.raises(FluxError, match="is too much for the embedded server"):
        _ = result(script, MANY).tables


class Counted(Deadline):
    """Counts how often it is asked."""

    asked = 0

    def check(self) -> None:
        self.asked += 1


@pytest.mark.parametrize(
    "call", ["movingAverage(n: 9)", "map(fn: (r) => r)", "window(every: 500ms)"]
)
def test_what_works_row_by_row_sees_that_the_time_is_up(call: str) -> None:
    deadline = Counted(120.0)
    run(f"{READ} |> {call}", MANY, START, None, deadline)
    assert deadline.asked >= ROWS
