from __future__ import annotations

import pyarrow as pa
import pytest

from influx_pipelines.influx.lineprotocol import UnwritableError
from influx_pipelines.influx.measurement import Field, Measurement, Tag, Time
from influx_pipelines.influx.writing.layout import layout_of


class Place(Measurement, precision="s"):
    location = Tag("Where | what.")


class Weather(Place, name="weather"):
    """Current weather
    at one place.
    """

    temperature = Field(float, unit="°C", description="Air.")
    count = Field(int, name="in")
    total = Field("unsigned")
    sky = Field(str)
    raining = Field(bool)
    observed = Time("When it was seen.", name="at")


def batch(**columns: object) -> pa.RecordBatch:
    given = {
        "location": ["x"], "temperature": [1.5], "in": [1], "total": pa.array([1], pa.uint64()),
        "sky": ["clear"], "raining": [True], "at": pa.array([0], pa.timestamp("s")),
    }  # fmt: skip
    return pa.RecordBatch.from_pydict({**given, **columns})


def test_a_class_knows_its_columns_by_name() -> None:
    assert (Weather.name, Weather.precision, Weather.time_column) == ("weather", "s", "at")
    assert list(Weather.tags) == ["location"]
    assert list(Weather.fields) == ["temperature", "in", "total", "sky", "raining"]
    assert Weather.fields["in"] is Weather.count
    assert Place.fields == {}


def test_the_time_is_inherited_with_its_description() -> None:
    class Hourly(Weather, name="hourly"):
        pass

    assert Hourly.time_column == "at"
    assert Hourly.columns()[-1]["description"] == "When it was seen."


def test_schema_and_documentation_tell_types_units_and_descriptions() -> None:
    schema = Weather.schema()
    assert schema.field("temperature").type == pa.float64()
    assert schema.field("temperature").metadata == {b"unit": "°C".encode(), b"description": b"Air."}
    assert schema.field("total").type == pa.uint64()
    assert schema.field("at").type == pa.timestamp("s", "UTC")
    assert Weather.columns()[1] == {
        "name": "temperature", "type": "float", "role": "field", "unit": "°C",
        "description": "Air.",
    }  # fmt: skip
    text = Weather.markdown()
    assert text.startswith("Current weather\nat one place.\n")
    assert "| temperature | float | field | °C | Air. |" in text
    assert r"Where \| what." in text
    assert "| at | timestamp | time |  | When it was seen. |" in text


def test_whole_numbers_become_floats_and_whole_floats_integers() -> None:
    """A whole number in a float field was refused for ever after (1.5 % of the seeds' points)."""
    found = Weather.cast(batch(temperature=[3], **{"in": [2.0]}, total=[7]))
    assert found.column("temperature") == pa.array([3.0])
    assert found.column("in") == pa.array([2])
    assert found.column("total") == pa.array([7], pa.uint64())


def test_what_is_no_number_is_null_where_an_integer_is_declared() -> None:
    found = Weather.cast(batch(**{"in": [float("nan")]}))
    assert found.column("in").null_count == 1


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"in": [1.5]}, "row 7, column 'in': 1.5 is declared integer"),
        ({"temperature": ["warm"]}, "declared float.*'warm' in row 7"),
        ({"temperature": [2**53 + 1]}, "without loss"),
        ({"total": [-1]}, "row 7, column 'total': -1 is declared unsigned"),
        ({"raining": [1]}, "declared boolean"),
        ({"sky": [True]}, "declared string"),
        ({"wind": [1.0]}, "'wind' is none of Weather"),
    ],
)
def test_other_types_and_columns_are_refused_with_row_and_value(
    columns: dict[str, object], says: str
) -> None:
    with pytest.raises(UnwritableError, match=says):
        Weather.cast(batch(**columns), first_row=7)


def test_a_declared_column_that_a_table_lacks_is_named() -> None:
    with pytest.raises(UnwritableError, match="'sky' is no column of the table; it has 'location'"):
        Weather.cast(batch().drop_columns(["sky"]))


def test_mistakes_in_a_class_are_told_when_it_is_made() -> None:
    with pytest.raises(TypeError, match="name='name' for the column"):
        type("X", (Measurement,), {"name": Tag()})
    with pytest.raises(TypeError, match="declared twice"):
        type("X", (Measurement,), {"a": Tag(), "b": Field(int, name="a")})
    with pytest.raises(TypeError, match="a field is float, int"):
        type("X", (Measurement,), {"a": Field(list)})
    with pytest.raises(UnwritableError, match="reserved"):
        type("X", (Measurement,), {"_stop": Tag()})
    with pytest.raises(ValueError, match="precision 'h'"):
        type("X", (Measurement,), {}, precision="h")


def test_a_column_called_as_an_argument_of_the_class_is_told() -> None:
    """`name = Tag()` was lost without a word where the class was given its name."""
    with pytest.raises(TypeError, match="name='name' for the column"):
        type("X", (Measurement,), {"name": Tag(), "v": Field(float)}, name="x")


def test_the_columns_of_all_bases_are_inherited() -> None:
    """Those of the second base were lost, and its columns refused as unknown."""

    class Sky(Measurement):
        cover = Field(int)

    class Both(Place, Sky, name="both"):
        wind = Field(float)

    assert (list(Both.tags), list(Both.fields)) == (["location"], ["cover", "wind"])


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"a": Tag, "v": Field(int)}, r"X.a: write Tag\(…\)"),
        ({"v": Field}, r"X.v: write Field\(…\)"),
        ({"fields": {"v": float}}, "X.fields: write a line for each column"),
        ({"tags": ["a"], "v": Field(int)}, "X.tags: write a line for each column"),
        ({"a": Time(), "b": Time(), "v": Field(int)}, "the time is declared twice"),
        ({"a": Time(name="v"), "v": Field(int)}, "column 'v' is declared twice"),
        ({"v": Field([1])}, "a field is float, int"),
        ({"a": Tag()}, "X has no field"),
    ],
)
def test_what_would_be_lost_of_a_class_is_told_when_it_is_made(
    body: dict[str, object], says: str
) -> None:
    """A tag without parentheses and the first of two times were ignored, and missed later."""
    with pytest.raises(TypeError, match=says):
        type("X", (Measurement,), body, name="x")


def test_a_name_that_is_no_text_is_told() -> None:
    """It ended in "'int' object is not iterable"."""
    with pytest.raises(TypeError, match="name of a measurement is text, not 3"):
        type("X", (Measurement,), {"v": Field(int)}, name=3)


def test_a_base_without_a_name_and_a_second_declaration_are_refused() -> None:
    with pytest.raises(UnwritableError, match="Place has no name"):
        layout_of(Place, (), None, "time", "ns")
    with pytest.raises(ValueError, match="Weather declares tags and fields"):
        layout_of(Weather, ("location",), None, "time", "ns")


def test_another_time_or_precision_than_that_of_the_class_is_refused() -> None:
    """It was ignored: integers in `ms` were written as seconds, outside of what can be read."""
    assert layout_of(Weather, (), None, "at", "s") == layout_of(Weather, (), None, "time", "ns")
    with pytest.raises(ValueError, match="precision='ms': Weather declares 's'"):
        layout_of(Weather, (), None, "time", "ms")
    with pytest.raises(ValueError, match="time='ts': Weather declares 'at'"):
        layout_of(Weather, (), None, "ts", "ns")


@pytest.mark.parametrize("given", [None, 3, Weather(), str])
def test_what_is_neither_a_name_nor_a_class_is_told(given: object) -> None:
    """It ended in "object has no attribute '__name__'"."""
    with pytest.raises(TypeError, match="is neither text nor a class of Measurement"):
        layout_of(given, (), None, "time", "ns")  # type: ignore[arg-type]
