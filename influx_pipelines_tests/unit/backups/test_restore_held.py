r"""Comparing what was counted on a server with what the files hold."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from influx_pipelines.backups.restore.held import (
    Field,
    Held,
    can_be_asked,
    canonical,
    gaps,
    measurement_of,
)

DAY = datetime(2026, 1, 1, tzinfo=UTC)
A, B = Field(b"m,host=a", b"f"), Field(b"m,host=b", b"f")


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ({A: Held(3)}, []),
        ({A: Held(2)}, ["2 values instead of 3"]),
        ({}, ["0 values instead of 3"]),
        ({A: Held(3), B: Held(1)}, ["1 values instead of 0"]),
        ({B: Held(3)}, ["0 values instead of 3", "3 values instead of 0"]),
    ],
)
def test_each_field_that_differs_is_named(found: dict[Field, Held], told: list[str]) -> None:
    assert [str(gap).partition("00:00: ")[2] for gap in gaps(DAY, {A: Held(3)}, found)] == told


@pytest.mark.parametrize(
    ("last", "same"),
    [
        (Held(1, 5, "a\nb"), True),
        (Held(1, 5, "a\n"), False),
        (Held(1, 6, "a\nb"), False),
        (Held(1), True),
    ],
)
def test_last_values_are_compared_as_queries_give_them_back(last: Held, same: bool) -> None:
    """CSV drops a carriage return."""
    assert (list(gaps(DAY, {A: Held(1, 5, "a\r\nb")}, {A: last})) == []) is same


def test_the_names_of_a_series_are_read_as_a_server_reads_them() -> None:
    assert canonical(rb"m\,n,b=1,a\ x=2") == rb"m\,n,a\ x=2,b=1"
    assert canonical(b"m,b=1,a=2") == b"m,b=1,a=2"
    assert measurement_of(rb"a\ b\,c,host=x") == "a b,c"
    assert [can_be_asked(Field(name, b"f")) for name in (rb"a\=b,t=1", rb"a=b,t\=u=1")] == [
        False,
        True,
    ]
