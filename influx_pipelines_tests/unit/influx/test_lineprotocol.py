from __future__ import annotations

import pytest

from influx_pipelines.influx.lineprotocol import (
    UnwritableError,
    field_key,
    measurement_text,
    tag_key,
)


def test_names_are_escaped_and_a_backslash_within_is_literal() -> None:
    assert measurement_text("my room,no=1") == r"my\ room\,no=1"
    assert tag_key(r"a b,c=d\e") == r"a\ b\,c\=d\e"
    assert field_key("_value") == "_value"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "empty"),
        ("ends\\", "backslash"),
        ("two\nlines", "line break"),
        ("two\rlines", "line break"),
    ],
)
def test_names_that_cannot_be_written_are_refused(name: str, says: str) -> None:
    for text in (measurement_text, tag_key, field_key):
        with pytest.raises(UnwritableError, match=says):
            text(name)


@pytest.mark.parametrize(
    "name", "time _time _value _start _stop _field _measurement result table error".split()
)
def test_tags_that_break_later_queries_are_refused(name: str) -> None:
    """A tag `_time` or `_value` makes every later query of the series panic."""
    with pytest.raises(UnwritableError, match="reserved"):
        tag_key(name)


@pytest.mark.parametrize("name", ["time", "\ttab", "\0nul", 'a\\"b'])
def test_fields_that_would_come_back_under_another_name_are_refused(name: str) -> None:
    with pytest.raises(UnwritableError):
        field_key(name)


@pytest.mark.parametrize("name", ["#comment", "\ttab", "\0nul"])
def test_measurements_that_the_server_skips_or_cuts_are_refused(name: str) -> None:
    with pytest.raises(UnwritableError):
        measurement_text(name)
