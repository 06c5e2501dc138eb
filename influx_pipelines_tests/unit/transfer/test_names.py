"""Names of measurements as names of files: inside of the folder, on any file system."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from influx_pipelines.transfer.names import LONGEST, file_name, partition, stamp

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300)


@given(TEXTS)
@example("..")
@example("../../etc/passwd")
@example("/absolute")
@example("a\x00b")
@example("%2F" * 100)
@example("ü" * 200)
def test_a_name_is_one_part_of_a_path_of_bounded_length(text: str) -> None:
    name = file_name(text)
    assert Path("x", name).resolve().parent == Path("x").resolve()
    assert name.isascii()
    assert len(name) <= LONGEST + 13
    assert not name.startswith(".")


@given(TEXTS, TEXTS)
@example("ü" * 200, "ü" * 201)
@example("%2e", ".")
def test_two_names_never_share_a_file(one: str, other: str) -> None:
    assert (file_name(one) == file_name(other)) is (one == other)


def test_hive_readers_get_the_name_back() -> None:
    key, _, value = partition("measurement", "a b/ü=1").partition("=")
    assert (key, unquote(value)) == ("measurement", "a b/ü=1")


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 11, 24, tzinfo=UTC), "20261124T000000Z"),
        (datetime(2026, 11, 24, 1, 2, 3, 4, tzinfo=UTC), "20261124T010203.000004Z"),
    ],
)
def test_stamps_sort_by_time(moment: datetime, text: str) -> None:
    assert stamp(moment) == text
