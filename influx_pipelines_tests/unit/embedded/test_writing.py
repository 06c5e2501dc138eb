"""What `to` writes, and what its results are called."""

from __future__ import annotations

from typing import Any

import pytest

from influx_pipelines.embedded.engine import context
from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines_tests.unit.embedded.flux import Nothing, results

ROW = '_time: 2020-01-01T00:00:00Z, _measurement: "m"'


def written(script: str) -> list[Any]:
    reader = Nothing()
    results(f'import "array" import "experimental" import "internal/debug" {script}', reader)
    return [point for batch in reader.written for point in batch]


@pytest.mark.parametrize(
    ("fields", "to", "tags", "stored"),
    [
        ('_field: "f", _value: 1, a: "x", b: "", n: 2', "", ["a"], [("f", "int", 1)]),
        ('_field: "f", _value: 1, a: "x", b: "y"', ', tagColumns: ["b"]', ["b"], [("f", "int", 1)]),
        ('a: "x", b: "y"', ", fieldFn: (r) => ({c: r.a, d: r._time})", ["b"],
         [("c", "string", "x"), ("d", "int", 1577836800000000000)]),
    ],
)  # fmt: skip
def test_texts_are_tags_unless_they_are_fields(
    fields: str, to: str, tags: list[str], stored: list[Any]
) -> None:
    (point,) = written(f'array.from(rows: [{{{ROW}, {fields}}}]) |> to(bucket: "b"{to})')
    assert [name for name, _ in point.tags] == tags
    assert point.fields == stored


def test_what_cannot_be_stored_is_left_out_and_its_row_too() -> None:
    values = ["1.5", "0.0 / 0.0", "1.0 / 0.0", 'debug.null(type: "float")']
    rows = ", ".join(f'{{{ROW}, _field: "f", _value: {value}}}' for value in values)
    assert len(written(f'array.from(rows: [{rows}]) |> to(bucket: "b")')) == 1


def test_group_columns_of_pivoted_rows_are_tags_and_the_others_fields() -> None:
    rows = f'array.from(rows: [{{{ROW}, host: "a", v: 1.5, note: "x"}}])'
    script = f'{rows} |> group(columns: ["_measurement", "host"]) |> experimental.to(bucket: "b")'
    (point,) = written(script)
    assert point.tags == (("host", "a"),)
    assert sorted(point.fields) == [("note", "string", "x"), ("v", "float", 1.5)]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ('_measurement: "m"', "no time column detected"),
        ("_time: now()", "no column with label _measurement exists"),
        ("_time: now(), _measurement: 1", "column _measurement of type int is not of type str"),
        ('_time: 1, _measurement: "m"', "column _time of type int is not of type time"),
    ],
)
def test_what_cannot_be_written_fails_in_the_words_of_the_real_one(
    columns: str, message: str
) -> None:
    """Logs of runs show these texts, which are held against a real server's."""
    script = f'import "array" array.from(rows: [{{{columns}, _field: "f", _value: 1}}])'
    with pytest.raises(FluxError, match=message):
        results(f'{script} |> to(bucket: "b")', Nothing())


def test_nothing_is_written_by_a_script_that_fails_later() -> None:
    reader = Nothing()
    script = (
        f'import "array" array.from(rows: [{{{ROW}, _field: "f", _value: 1}}]) |> to(bucket: "b")'
    )
    with pytest.raises(FluxError):
        results(f'{script}\ndie(msg: "stop")', reader)
    assert not reader.written


def test_points_are_written_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "BATCH", 2)
    reader = Nothing()
    rows = ", ".join([f'{{{ROW}, _field: "f", _value: 1}}'] * 5)
    results(f'import "array" array.from(rows: [{rows}]) |> to(bucket: "b")', reader)
    assert [len(batch) for batch in reader.written] == [2, 2, 1]


@pytest.mark.parametrize(
    ("rest", "names"),
    [
        ('t |> to(bucket: "b")', ["to1"]),
        ('x = t |> to(bucket: "b")', ["to1"]),  # its side effect is wanted all the same
        ('t |> to(bucket: "b") |> to(bucket: "c")', ["to2"]),
        ('t |> to(bucket: "b") |> limit(n: 1)', ["_result"]),
        ('t |> yield(name: "y") |> to(bucket: "b")', ["to2", "y"]),
        ('t |> limit(n: 1) |> yield(name: "y")\nt |> to(bucket: "b")', ["to3", "y"]),
        ('t |> top(n: 1) |> to(bucket: "b")', ["to3"]),  # which sorts and limits
        ('union(tables: [t, t |> limit(n: 1)]) |> to(bucket: "b")', ["to3"]),
    ],
)
def test_a_result_of_writing_is_called_after_its_node(rest: str, names: list[str]) -> None:
    table = f'import "array" t = array.from(rows: [{{{ROW}, _field: "f", _value: 1}}])'
    assert sorted(results(f"{table}\n{rest}")) == names
