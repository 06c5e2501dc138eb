"""What the index answers, however it is asked."""

from __future__ import annotations

import pytest

from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines_tests.unit.embedded.stored import Bucket, result

BUCKET = (
    Bucket().add("f", {0: 1.0}, t="z").add("g", {0: 2.0}, t="a", U="u").add("f", {0: 3.0}, u="x")
)
LATER = "start: 2020-01-02T00:00:00Z, stop: 2020-01-03T00:00:00Z"
READ = f'from(bucket: "b") |> range({LATER})'


def found(script: str) -> list[str]:
    stream = result(f'import "influxdata/influxdb/schema"\n{script}', BUCKET)
    return [value for table in stream.tables for value in table.columns["_value"]]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (f'{READ} |> keep(columns: ["t"]) |> group() |> distinct(column: "t")', ["a", "z"]),
        (f'{READ} |> limit(n: 9) |> keep(columns: ["t"]) |> group() |> distinct(column: "t")', []),
    ],
)
def test_what_a_script_writes_out_by_hand_is_asked_of_the_index_too(
    script: str, expected: list[str]
) -> None:
    """It was read from the points, so that the range counted, and the order was theirs."""
    assert found(script) == expected


def test_keys_of_the_system_stand_among_the_others_by_bytes() -> None:
    """They stood before them all."""
    by_hand = f'{READ} |> keys() |> keep(columns: ["_value"]) |> distinct()'
    keys = ["_start", "_stop", "U", "_field", "_measurement", "t", "u"]
    assert found(by_hand) == found(f'schema.tagKeys(bucket: "b", {LATER})') == keys


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ('tagValues(tag: "t", predicate: (r) => r._field == "f", start: 2020-01-01', ["", "z"]),
        (
            'tagValues(tag: "t", predicate: (r) => r._measurement =~ /m/, start: 2020-01-02',
            ["a", "z"],
        ),
        ('tagValues(tag: "_measurement", predicate: (r) => r.t == "a", start: 2021-01-01', ["m"]),
        ('fieldKeys(predicate: (r) => r.t == "a", start: 2020-01-02', []),
        ("fieldKeys(predicate: (r) => r._measurement =~ /m/, start: 2020-01-02", ["f", "g"]),
        (
            'tagKeys(predicate: (r) => r.t == "nobody", start: 2020-01-02',
            ["_start", "_stop", "_field", "_measurement"],
        ),
        ('tagKeys(predicate: (r) => r.t == "a", start: 2021-01-01', ["_start", "_stop"]),
        ('tagValues(tag: "t", predicate: (r) => r.t > "b", start: 2020-01-02', []),
    ],
)
def test_how_coarse_the_range_is_depends_on_what_is_tested(call: str, expected: list[str]) -> None:
    """Only `_field` was looked for in the predicate, and series without the tag were left out."""
    assert found(f'schema.{call}, stop: 2022-01-01, bucket: "b")') == expected


def test_values_are_not_in_the_index() -> None:
    with pytest.raises(FluxError, match="field values unsupported"):
        found('schema.tagKeys(bucket: "b", predicate: (r) => r._value > 1)')
