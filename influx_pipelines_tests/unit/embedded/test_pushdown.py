"""Which terms of a predicate storage answers."""

from __future__ import annotations

from typing import Any

import pytest

from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.pushdown import partition
from influx_pipelines.embedded.engine.run import run
from influx_pipelines.embedded.engine.scope import Scope
from influx_pipelines.embedded.engine.syntax import shared_names
from influx_pipelines.embedded.engine.values import Function, Time
from influx_pipelines.flux.parser import parse
from influx_pipelines_tests.unit.embedded.stored import READ, START, Bucket, result, rows


def terms(predicate: str) -> tuple[int, int]:
    statement: Any = parse(f"f = (r) => {predicate}").body[0]
    outside = Scope({"x": "a", "v": {"min": 1.5}, "now": Time(0), "yes": True})
    pushed, rest = partition(Function({"r": None}, None, lambda _: None, outside, statement.init))
    return len(pushed), len(rest)


@pytest.mark.parametrize(
    "predicate",
    [
        'r.t == "a"',
        'r["t"] != ""',
        "r.t =~ /a/",
        "exists r.t",
        "not exists r.t",
        "r._value > 1",
        'r.t == "a" or (r._value < 1.0 and exists r.u)',
        "r.t == x",
        'r._value > v["min"]',
        "r._value == yes",
    ],
)
def test_storage_compares_tags_for_equality_and_values_for_order(predicate: str) -> None:
    assert terms(predicate) == (1, 0)


@pytest.mark.parametrize(
    "predicate",
    [
        '"a" == r.t',
        'r.t == ""',
        'r.t > "a"',
        "r._value > -1",
        "r._value > now",
        "exists r._value",
        'not (r.t == "a")',
    ],
)
def test_the_rest_is_for_memory(predicate: str) -> None:
    assert terms(predicate) == (0, 1)
    assert terms(f'r.t == "a" and ({predicate} and r._value > 1.0)') == (2, 1)


def test_a_missing_tag_is_an_empty_text_in_storage_and_null_in_memory() -> None:
    bucket = Bucket().add("f", {0: 1.0}, t="a").add("f", {0: 2.0})
    assert len(rows(' |> filter(fn: (r) => r.t != "a")', bucket)) == 1
    assert rows(' |> limit(n: 9) |> filter(fn: (r) => r.t != "a")', bucket) == []
    assert rows(' |> filter(fn: (r) => r.t != "a" and r._field < "g")', bucket) != []


def test_storage_compares_with_what_a_script_has_named_before() -> None:
    """It was compared in memory, where a text among numbers is an error."""
    bucket = Bucket().add("f", {0: 1.0, 60: 3.0}).add("s", {0: "x"})
    pushed = result(f"v = {{min: 2.0}}\n{READ} |> filter(fn: (r) => r._value > v.min)", bucket)
    assert [table.columns["_value"] for table in pushed.tables] == [[3.0]]
    assert pushed.storage


def test_a_filter_that_lets_everything_pass_is_none() -> None:
    """It made of a read what later functions took for tables in memory."""
    assert result(f"{READ} |> filter(fn: (r) => true)").storage


@pytest.mark.parametrize(
    ("uses", "shared"),
    [
        ('a |> sum() |> yield(name: "1") a |> sum() |> yield(name: "2")', True),
        ("b = a |> sum() a |> sum()", False),
        ('b = a |> sum() |> yield(name: "1") a |> sum()', True),
        ("f = () => a |> sum() f()", False),
        ('f = () => a |> sum() f() |> yield(name: "1") f() |> yield(name: "2")', True),
        ("b = a |> findRecord(fn: (key) => true, idx: 0) a |> map(fn: (r) => b)", False),
    ],
)
def test_what_several_results_need_is_shared(uses: str, shared: bool) -> None:
    """A name that nothing needed counted, one in a function that was called twice did not."""
    script = parse(f"a = {READ}\n{uses}")
    assert ("a" in shared_names(script.body)) == shared


def test_two_ranges_of_one_from_are_no_range_for_storage() -> None:
    script = 'a = from(bucket: "b") a |> range(start: 0) |> yield(name: "x") a |> range(start: 1)'
    with pytest.raises(FluxError, match="unbounded read"):
        run(script, Bucket(), START)
