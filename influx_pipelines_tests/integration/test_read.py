"""Reading a measurement without Flux, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.measurement import Field, Measurement, Tag

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
WINDOW: dict[str, Any] = {"start": NOON, "stop": NOON + 24 * HOUR}


@pytest.fixture
def weather(influx: Influx) -> Influx:
    """Two places, six hours: numbers, a text, a boolean; the second place lacks the humidity."""
    influx.create_bucket("b", retention_seconds=0)
    rows = [
        {
            "place": place,
            "temperature": 10.0 + hour,
            "humidity": hour if place == "Bonn" else None,
            "note": "" if hour % 2 else f"fine, {hour}",
            "dry": hour % 3 == 0,
            "time": NOON + hour * HOUR,
        }
        for place in ("Rome", "Bonn")
        for hour in range(6)
    ]
    influx.write(rows, bucket="b", measurement="weather", tags=["place"])
    return influx


def test_a_read_is_one_wide_table(weather: Influx) -> None:
    found = weather.read("b", "weather", **WINDOW)
    table = found.arrow()
    assert table.column_names == ["_time", "place", "dry", "humidity", "note", "temperature"]
    assert found.tables[0].group == ["place"]
    rows = found.rows()
    assert [row["place"] for row in rows] == ["Bonn"] * 6 + ["Rome"] * 6
    assert rows[0] == {
        "_time": NOON,
        "place": "Bonn",
        "dry": True,
        "humidity": 0,
        "note": "fine, 0",
        "temperature": 10.0,
    }
    assert rows[7]["humidity"] is None
    assert rows[7]["note"] == ""
    assert str(found.pandas()["humidity"].dtype) == "Int64"


def test_fields_that_are_no_numbers_are_left_out_of_a_mean(weather: Influx) -> None:
    found = weather.read("b", "weather", every="2h", **WINDOW)
    assert found.left_out == ["dry", "note"]
    assert found.arrow().column_names == ["_time", "place", "humidity", "temperature"]
    assert found.rows()[0]["temperature"] == 10.5


def test_a_text_that_is_asked_for_by_name_is_an_error(weather: Influx) -> None:
    with pytest.raises(ValueError, match="fields: 'note' is string, and mean takes numbers"):
        weather.read("b", "weather", fields=["note", "humidity"], every="2h", **WINDOW)


@pytest.mark.parametrize("fn", ["count", "first", "last", "mode"])
def test_functions_of_any_type_leave_nothing_out(weather: Influx, fn: str) -> None:
    found = weather.read("b", "weather", every="3h", fn=fn, **WINDOW)
    assert found.left_out == []
    assert set(found.rows()[0]) == {"_time", "place", "dry", "humidity", "note", "temperature"}
    assert len(found) == 4


def test_a_text_without_a_most_frequent_value_is_null(influx: Influx) -> None:
    """It was an empty text."""
    influx.create_bucket("b", retention_seconds=0)
    rows = [{"note": note, "time": NOON + n * HOUR / 3} for n, note in enumerate("abcdde")]
    influx.write(rows, bucket="b", measurement="m")
    found = influx.read("b", "m", every="1h", fn="mode", **WINDOW).rows()
    assert [row["note"] for row in found] == [None, "d"]


@pytest.mark.parametrize("fn", ["mean", "median", "sum", "min", "max", "spread", "stddev"])
def test_functions_of_numbers(weather: Influx, fn: str) -> None:
    found = weather.read("b", "weather", every="3h", fn=fn, **WINDOW)
    assert set(found.rows()[0]) == {"_time", "place", "humidity", "temperature"}


def test_series_are_chosen_by_tags(weather: Influx) -> None:
    one = weather.read("b", "weather", tags={"place": "Rome"}, **WINDOW)
    assert {row["place"] for row in one.rows()} == {"Rome"}
    both = weather.read("b", "weather", tags={"place": ["Rome", "Bonn", "Oslo"]}, **WINDOW)
    assert len(both) == 12


def test_the_long_form(weather: Influx) -> None:
    found = weather.read("b", "weather", pivot=False, **WINDOW)
    assert {tuple(t.data.column_names) for t in found.tables} == {
        ("_time", "_value", "_field", "place")
    }
    notes = [row["_value"] for row in found.rows() if row["_field"] == "note"]
    assert notes.count("") == 6


def test_asked_fields_keep_their_order_and_missing_ones_are_null(weather: Influx) -> None:
    found = weather.read("b", "weather", fields=["temperature", "wind", "dry"], **WINDOW).arrow()
    assert found.column_names == ["_time", "place", "temperature", "wind", "dry"]
    assert found.column("wind").null_count == len(found) == 12


def test_nothing_found_is_an_empty_table(weather: Influx) -> None:
    nothing = weather.read("b", "weather", start=NOON - HOUR, stop=NOON)
    assert (len(nothing), nothing.arrow().column_names) == (0, ["_time"])
    assert len(weather.read("b", "weather", every="1h", start=NOON - HOUR, stop=NOON)) == 0


ODD = [
    'sp ace"quote',
    "${r._value}",
    "Grüße, 中",
    'x") |> drop(columns: ["_value"]) //',
    "a=b",
    "back\\slash x",
]


@pytest.mark.parametrize("name", ODD)
def test_any_name_is_a_name(influx: Influx, name: str) -> None:
    bucket = name.replace('"', "'")
    influx.create_bucket(bucket, retention_seconds=0)
    rows = [{name: 1.5, f"t {name}": name, "time": NOON}]
    influx.write(rows, bucket=bucket, measurement=name, tags=[f"t {name}"])
    tags = {f"t {name}": name}
    for every in (None, "1h"):
        found = influx.read(bucket, name, fields=[name], tags=tags, every=every, **WINDOW)
        assert [row[name] for row in found.rows()] == [1.5]


def test_nanoseconds_and_large_integers_are_exact(influx: Influx) -> None:
    influx.create_bucket("b", retention_seconds=0)
    time = int(NOON.timestamp()) * 10**9 + 123_456_789
    rows = [{"n": 2**63 - 1, "m": 1.0, "time": time}, {"m": 2.0, "time": time + 1}]
    influx.write(rows, bucket="b", measurement="m")
    table = influx.read("b", "m", **WINDOW).arrow()
    assert table.column("_time").cast(pa.int64()).to_pylist() == [time, time + 1]
    assert table.column("n").to_pylist() == [2**63 - 1, None]


def test_a_field_that_is_called_as_a_tag_gets_a_name_of_its_own(influx: Influx) -> None:
    influx.create_bucket("b", retention_seconds=0)
    lines = b"m,load=high load=3,other=1 1767268800000000000"
    influx.transport.send(
        "POST", "/api/v2/write", params={"org": influx.org, "bucket": "b"}, body=lines
    )
    (row,) = influx.read("b", "m", **WINDOW).rows()
    assert (row["load"], row["load_field"], row["other"]) == ("high", 3.0, 1.0)


@pytest.mark.parametrize("tag", ["result", "table", "error"])
def test_a_tag_that_is_called_as_a_column_of_the_system(influx: Influx, tag: str) -> None:
    influx.create_bucket("b", retention_seconds=0)
    lines = f"m,{tag}=high f=3,g=1i 1767268800000000000".encode()
    influx.transport.send(
        "POST", "/api/v2/write", params={"org": influx.org, "bucket": "b"}, body=lines
    )
    (row,) = influx.read("b", "m", **WINDOW).rows()
    assert (row[tag], row["f"], row["g"]) == ("high", 3.0, 1)


def test_a_field_of_two_types_is_named(influx: Influx) -> None:
    """A field may change its type from one shard to the next."""
    influx.create_bucket("b", retention_seconds=0)
    influx.write([{"t": "a", "f": 1, "time": NOON}], bucket="b", measurement="m", tags=["t"])
    later = NOON + timedelta(days=30)
    influx.write([{"t": "b", "f": 1.5, "time": later}], bucket="b", measurement="m", tags=["t"])
    with pytest.raises(ValueError, match="'f' is double in some series and int64"):
        influx.read("b", "m", start=NOON, stop=later + HOUR)
    assert len(influx.read("b", "m", start=NOON, stop=later + HOUR, pivot=False)) == 2


@pytest.mark.parametrize("options", [{}, {"pivot": False}, {"every": "1d"}, {"fields": ["f"]}])
def test_a_series_that_changes_its_type_is_refused(influx: Influx, options: dict[str, Any]) -> None:
    """A real server left the points of the second shard out, the embedded one answered 400."""
    influx.create_bucket("b", retention_seconds=0)
    later = NOON + timedelta(days=30)
    influx.write([{"f": 1, "g": 1.5, "time": NOON}], bucket="b", measurement="m")
    influx.write([{"f": 1.5, "g": 2.5, "time": later}], bucket="b", measurement="m")
    window: dict[str, Any] = {"start": NOON, "stop": later + HOUR}
    with pytest.raises(ValueError, match=r"The field 'f' is .* in one shard .* in another"):
        influx.read("b", "m", **window, **options)
    assert len(influx.read("b", "m", fields=["g"], **window)) == 2
    assert [row["f"] for row in influx.read("b", "m", **WINDOW).rows()] == [1]


def test_the_time_of_a_window_is_its_end_or_its_start(weather: Influx) -> None:
    options: dict[str, Any] = {"fields": ["temperature"], "every": "3h", **WINDOW}
    for time_src, hours in (("_stop", [3, 6]), ("_start", [0, 3])):
        rows = weather.read("b", "weather", time_src=time_src, **options).rows()
        assert sorted({row["_time"] for row in rows}) == [NOON + hour * HOUR for hour in hours]
    with pytest.raises(ValueError, match="time_src"):
        weather.read("b", "weather", time_src="_time", **options)


class Weather(Measurement, name="weather"):
    """Current weather."""

    place = Tag("Where.")
    station = Tag("Who.")
    temperature = Field(float, unit="°C")
    rain = Field(float, unit="mm")
    humidity = Field(int, unit="%")
    note = Field(str)


def test_a_declared_measurement_has_its_columns_and_types(weather: Influx) -> None:
    table = weather.read("b", Weather, **WINDOW).arrow()
    names = ["_time", "place", "station", "temperature", "rain", "humidity", "note"]
    assert table.column_names == names
    assert [str(table.schema.field(name).type) for name in names[3:]] == [
        "double",
        "double",
        "int64",
        "string",
    ]
    assert table.column("station").null_count == table.column("rain").null_count == 12


def test_a_declared_measurement_leaves_its_texts_out_of_a_mean(weather: Influx) -> None:
    found = weather.read("b", Weather, every="2h", **WINDOW)
    assert found.left_out == ["note"]
    assert "note" not in found.arrow().column_names
    assert str(found.arrow().schema.field("humidity").type) == "double"
    empty = weather.read("b", Weather, start=NOON - HOUR, stop=NOON).arrow()
    assert (len(empty), empty.schema.field("humidity").type) == (0, pa.int64())


def test_a_field_that_is_stored_as_another_type_is_named(influx: Influx) -> None:
    influx.create_bucket("b", retention_seconds=0)
    influx.write([{"rain": "much", "time": NOON}], bucket="b", measurement="weather")
    with pytest.raises(ValueError, match="'rain' is declared as double and stored as string"):
        influx.read("b", Weather, **WINDOW)
