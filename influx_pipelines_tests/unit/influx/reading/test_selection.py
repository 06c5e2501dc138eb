"""What a read may ask for, and the Flux that it becomes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pandas as pd
import pytest

from influx_pipelines.flux.parser import parse
from influx_pipelines.influx.measurement import Field, Measurement, Tag
from influx_pipelines.influx.reading.selection import FUNCTIONS, select

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
PLAIN: dict[str, Any] = {
    "fields": None,
    "tags": None,
    "start": "-1h",
    "stop": None,
    "every": None,
    "fn": "mean",
}


def chosen(**changed: Any) -> Any:
    return select("b", "m", **PLAIN | changed)


def test_a_read_becomes_what_storage_answers_by_itself() -> None:
    selection = chosen(
        fields=["f", "g", "f"],
        tags={"host": "a", "my zone": ["x", "y"]},
        start=NOON,
        stop=NOON.astimezone(timezone(timedelta(hours=2))) + timedelta(hours=1),
        every="2h30m",
        fn="max",
    )
    first, last = "2026-01-01T12:00:00.000000000Z", "2026-01-01T13:00:00.000000000Z"
    assert selection.flux() == (
        'from(bucket: "b")\n'
        f"    |> range(start: {first}, stop: {last})\n"
        '    |> filter(fn: (r) => r["_measurement"] == "m")\n'
        '    |> filter(fn: (r) => r["_field"] == "f" or r["_field"] == "g")\n'
        '    |> filter(fn: (r) => r["host"] == "a")\n'
        '    |> filter(fn: (r) => r["my zone"] == "x" or r["my zone"] == "y")\n'
        "    |> aggregateWindow(every: 2h30m, fn: max, createEmpty: false)\n"
        '    |> drop(columns: ["_start", "_stop", "_measurement"])\n'
    )


def test_each_end_has_a_source_of_its_own() -> None:
    """Two yields of one source are no part of what storage answers by itself."""
    assert chosen().ends().count("from(") == chosen().ends().count("|> last()") == 1
    of_windows = chosen(every="1h").ends()
    assert of_windows.count("from(") == of_windows.count("|> yield(name: ") == 2
    assert of_windows.index("|> first()") < of_windows.index("|> last()")


def test_names_are_texts_and_never_flux() -> None:
    hostile = 'x") |> drop() //\\ ${r}\n"'
    selection = select(
        hostile, hostile, **PLAIN | {"fields": [hostile], "tags": {hostile: hostile}}
    )
    assert len(parse(selection.flux()).body) == 1
    assert selection.flux().count("\n    |> ") == 5


def test_nanoseconds_of_a_bound_are_kept() -> None:
    moment = pd.Timestamp("2026-01-01T12:00:00.123456789Z")
    assert (
        "start: 2026-01-01T12:00:00.123456789Z"
        in chosen(start=moment, stop=NOON + timedelta(1)).flux()
    )


@pytest.mark.parametrize("fn", FUNCTIONS)
def test_functions_are_those_of_flux(fn: str) -> None:
    assert f"fn: {fn}," in chosen(every="1mo", fn=fn).flux()


@pytest.mark.parametrize("text", ["30dxyz", "", "1", "1H", "1.5h", "h", "30m1h", "1 h", "-1h-2m"])
@pytest.mark.parametrize("argument", ["start", "stop", "every"])
def test_a_duration_is_strict_and_its_argument_named(argument: str, text: str) -> None:
    with pytest.raises(ValueError, match=f"^{argument}: "):
        chosen(**{argument: text})


@pytest.mark.parametrize("text", ["0d", "0s", "-1h", "0mo"])
def test_a_window_has_a_length(text: str) -> None:
    with pytest.raises(ValueError, match=r"^every: "):
        chosen(every=text)


@pytest.mark.parametrize(
    ("start", "stop"),
    [
        ("1h", None),
        ("-1h", "-2h"),
        ("-1h", "-1h"),
        ("0s", None),
        (NOON, NOON),
        (NOON, NOON - timedelta(microseconds=1)),
        (datetime(2200, 1, 1, tzinfo=UTC), None),
        ("-1mo", "-1y"),
        ("-1h", datetime(2020, 1, 1, tzinfo=UTC)),
    ],
)
def test_the_start_lies_before_the_stop(start: Any, stop: Any) -> None:
    with pytest.raises(ValueError, match=r"^start: .* is not before"):
        chosen(start=start, stop=stop)


@pytest.mark.parametrize("start", ["-1mo", "-300y", "-2h30m", NOON])
def test_a_start_is_a_time_or_a_duration(start: Any) -> None:
    assert chosen(start=start).start


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"fn": "avg", "every": "1h"}, "^fn: 'avg' is none of mean, median"),
        ({"fn": "max"}, "^fn: 'max' needs `every`"),
        ({"start": datetime(2026, 1, 1)}, "^start: .* no time zone"),  # noqa: DTZ001
        ({"fields": []}, "^fields: the list is empty"),
        ({"fields": [""]}, "^fields: an empty text"),
        ({"tags": {"host": ""}}, r"^tags\['host'\]: an empty text"),
        ({"tags": {"host": []}}, r"^tags\['host'\]: the list is empty"),
    ],
)
def test_a_wrong_argument_is_named(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        chosen(**changed)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"start": 5}, "^start: "),
        ({"start": NOON.date()}, "^start: "),
        ({"fields": "f"}, "^fields: 'f' is no list"),
        ({"tags": {"host": [1]}}, r"^tags\['host'\]: 1 is no text"),
        ({"tags": {"host": None}}, r"^tags\['host'\]: None is no list"),
    ],
)
def test_an_argument_of_another_type_is_named(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        chosen(**changed)


class Room(Measurement, name="room"):
    house = Tag()
    warmth = Field(float)


class Nameless(Measurement):
    warmth = Field(float)


@pytest.mark.parametrize(
    ("measurement", "said", "error", "says"),
    [
        (None, {}, TypeError, "neither text nor a class of Measurement"),
        (Nameless, {}, ValueError, "Nameless has no name"),
        (Room, {"fields": ["warmht"]}, ValueError, "'warmht' is none of Room: warmth"),
        ("m", {"tags": ["house"]}, TypeError, "tags: .* is no mapping"),
        ("m", {"tags": {"_measurement": "n"}}, ValueError, "'_measurement' is no tag"),
        ("m", {"every": timedelta(hours=1)}, TypeError, "every: .* is no text"),
        ("m", {"start": "2026-01-01"}, ValueError, "a moment is an aware datetime"),
    ],
)
def test_mistakes_are_told_in_the_words_of_the_caller(
    measurement: Any, said: dict[str, Any], error: type[Exception], says: str
) -> None:
    """Some ended in an AttributeError; a misspelt column of a class was read as one of nulls, and
    a tag `_measurement` read another measurement than the one that was named.
    """
    with pytest.raises(error, match=says):
        select("b", measurement, **PLAIN | said)
