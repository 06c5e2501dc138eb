from __future__ import annotations

from datetime import UTC, datetime

import pytest

from influx_pipelines.influx.lineprotocol import UnwritableError
from influx_pipelines.influx.writing import Plan, partial

NOON = datetime(2020, 1, 1, 12, tzinfo=UTC)


def plan(**options: object) -> Plan:
    given = {"measurement": "m", "tags": ("t",), "fields": None, "time": "time", "precision": "ns"}
    return Plan(**{**given, **options})  # type: ignore[arg-type]


def test_names_and_values_are_escaped() -> None:
    line = plan(measurement="my room,north").line({"t": "a b,c=d", "f g": 'say "x\\y"'}, "1")
    assert line == r'my\ room\,north,t=a\ b\,c\=d f\ g="say \"x\\y\"" 1'


def test_each_type_has_its_form_and_nulls_are_left_out() -> None:
    row = {"a": 1, "b": 1.5, "c": True, "d": "x", "e": None, "f": float("nan"), "time": NOON}
    assert plan(tags=()).line(row, "1") == 'm a=1i,b=1.5,c=true,d="x" 1577880000000000000'


def test_a_row_without_a_field_gives_no_line() -> None:
    assert plan().line({"t": "a", "x": None}, "1") == ""


@pytest.mark.parametrize(("precision", "stamp"), [("s", "1577880000"), ("ms", "1577880000000")])
def test_the_time_is_cut_to_the_precision(precision: str, stamp: str) -> None:
    assert plan(tags=(), precision=precision).line({"f": 1.0, "time": NOON}, "0").endswith(stamp)


@pytest.mark.parametrize(
    ("options", "row", "says"),
    [
        ({"tags": ("_time",)}, {"_time": "a", "f": 1}, "reserved"),
        ({"tags": ("result",)}, {"result": "a", "f": 1}, "reserved"),
        ({}, {"t": "ends\\", "f": 1}, "backslash"),
        ({}, {"t": "two\nlines", "f": 1}, "line break"),
        ({"measurement": ""}, {"f": 1}, "empty"),
        ({"measurement": "#m"}, {"f": 1}, "comment"),
        ({}, {"f": 2**63}, "64"),
        ({}, {"f": object()}, "object"),
        ({"fields": {"f": int}}, {"f": 1.5}, "declared int"),
        ({"fields": {"f": float}}, {"f": "warm"}, "declared float"),
        ({}, {"f": 1, "time": datetime(2020, 1, 1)}, "time"),  # noqa: DTZ001
    ],
)
def test_what_influxdb_cannot_hold_or_gives_back_broken_is_refused(
    options: dict[str, object], row: dict[str, object], says: str
) -> None:
    with pytest.raises(UnwritableError, match=says):
        plan(**options).line(row, "1")


def test_a_declared_float_is_written_as_one_even_when_it_is_whole() -> None:
    """A whole number in a float field was refused for ever after (1.5 % of the seeds' points)."""
    assert plan(tags=(), fields={"f": float}).line({"f": 3}, "1") == "m f=3.0 1"


def test_a_partial_write_is_read_for_count_and_reason() -> None:
    text = "failure writing points to database: partial write: it is full dropped=3 for database"
    assert partial(text) == (3, "it is full")
    assert partial("something else") == (0, "something else")
