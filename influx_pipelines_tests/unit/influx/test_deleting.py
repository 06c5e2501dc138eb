"""A delete names exactly what goes, or is refused: the server takes much and deletes nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.deleting import predicate

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_names_and_values_are_quoted() -> None:
    found = predicate('m "x"', {"a\\b": "c\nd"})
    assert found == '_measurement="m \\"x\\"" AND "a\\\\b"="c\\nd"'


@pytest.mark.parametrize("tags", [{"a": ""}, {"_field": "f"}, {"_value": "1"}])
def test_what_would_delete_nothing_is_refused(tags: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(tags))):
        predicate("m", tags)


@pytest.mark.parametrize(
    ("measurement", "said", "error", "says"),
    [
        ("", {}, ValueError, "name of the measurement is empty"),
        (None, {}, TypeError, "neither text nor a class"),
        ("m", {"tags": {"host": ["a", "b"]}}, TypeError, "tag 'host': .* is no text"),
        ("m", {"start": "-1d"}, TypeError, "'-1d' is no time: give an aware datetime"),
        ("m", {"stop": date(2026, 1, 1)}, TypeError, "is no time"),
        ("m", {"start": NOON, "stop": NOON}, ValueError, "is not before stop"),
    ],
)
def test_wrong_arguments_are_told_before_anything_is_sent(
    measurement: Any, said: dict[str, Any], error: type[Exception], says: str
) -> None:
    """They ended in "'list' object has no attribute 'replace'", or deleted nothing in silence."""
    with pytest.raises(error, match=says):
        Influx("http://127.0.0.1:9", "t", "o").delete("b", measurement, **said)
