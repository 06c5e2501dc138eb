from __future__ import annotations

import pytest

from influx_pipelines.embedded.tasks.durations import go_duration, is_zero, read_duration, shown
from influx_pipelines.flux.format import duration_text


@pytest.mark.parametrize("text", ["1h30m", "-5m", "1d", "", "0s"])
def test_a_duration_may_have_any_unit(text: str) -> None:
    assert duration_text(read_duration(text)) == text
    assert is_zero(read_duration(text)) is (text in ("", "0s"))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("soon", "invalid duration soon"),
        ("1h5", "missing a unit: "),
        ("9" * 19 + "h", "out of range"),
    ],
)
def test_what_is_no_duration_is_refused(text: str, error: str) -> None:
    with pytest.raises(ValueError, match=error):
        read_duration(text)


@pytest.mark.parametrize(
    ("text", "nanoseconds", "again"),
    [
        ("90s", 90_000_000_000, "1m30s"),
        ("3605s", 3_605_000_000_000, "1h5s"),
        ("-5m", -300_000_000_000, "-5m"),
        ("", 0, ""),
    ],
)
def test_an_offset_is_read_and_shown_as_go_does(text: str, nanoseconds: int, again: str) -> None:
    assert go_duration(text) == nanoseconds
    assert shown(nanoseconds) == again


def test_go_knows_nothing_longer_than_hours() -> None:
    with pytest.raises(ValueError, match=r'^time: unknown unit "mo" in duration "1mo2h"$'):
        go_duration("1mo2h")
