"""Each type and each encoding, exact to the bit."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influx_pipelines.backups.tsm import simple8b
from influx_pipelines.backups.tsm.decoding import decode
from influx_pipelines_tests.tsm import files, numbers

INT64 = st.integers(-(2**63), 2**63 - 1)
UINT64 = st.integers(0, 2**64 - 1)
SMALL = st.integers(-(2**31), 2**31)
FLOATS = st.floats(allow_nan=False)
STEPS = st.one_of(
    st.sampled_from([1, 1000, 10**9, 10**10]),
    st.integers(1, 2**61),
    st.integers(1, 100).map(lambda n: n * 10**7),
)


def few(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """Any values, or one value over and over, or a few different ones."""
    again = st.builds(lambda value, count: [value] * count, values, st.integers(1, 500))
    some = st.lists(values, min_size=1, max_size=4).flatmap(
        lambda pool: st.lists(st.sampled_from(pool), min_size=1, max_size=200)
    )
    return st.one_of(st.lists(values, min_size=1, max_size=200), again, some)


def regular(values: list[int]) -> list[int]:
    return list(range(values[0], values[0] + len(values)))


VALUES: dict[str, st.SearchStrategy[list[Any]]] = {
    "float": st.one_of(few(FLOATS), few(st.integers(-100, 100).map(lambda n: n / 8))),
    "integer": st.one_of(few(INT64), few(SMALL), few(SMALL).map(regular)),
    "boolean": few(st.booleans()),
    "string": few(st.binary(max_size=300)),
    "unsigned": st.one_of(few(UINT64), few(st.integers(0, 100)).map(regular)),
}


@pytest.mark.parametrize("kind", VALUES)
@given(data=st.data())
def test_values_come_back_as_they_were_written(kind: str, data: st.DataObject) -> None:
    values = data.draw(VALUES[kind])
    _, found = decode(files.block(kind, list(enumerate(values))), kind)
    if kind == "float":
        signed = [(value, math.copysign(1, value)) for value in values]
        assert [(value, math.copysign(1, value)) for value in found.tolist()] == signed
    else:
        assert found.tolist() == values


@given(first=INT64, steps=st.one_of(st.lists(STEPS, max_size=300), few(STEPS)))
def test_times_come_back_as_they_were_written(first: int, steps: list[int]) -> None:
    times = [first]
    for step in steps:
        if times[-1] + step < 2**63:
            times.append(times[-1] + step)
    found, _ = decode(files.block("boolean", [(time, True) for time in times]), "boolean")
    assert found.tolist() == times


@given(st.lists(st.one_of(st.just(1), st.integers(0, 2**60 - 1), st.integers(0, 9)), max_size=600))
def test_packed_numbers_come_back(values: list[int]) -> None:
    for run in ([], [1] * 250, [0] * 61):
        words = np.frombuffer(numbers.simple8b(values + run), ">u8").astype(np.uint64)
        assert simple8b.decode(words).tolist() == values + run
        assert simple8b.counts(words).sum() == len(values + run)
        assert int(simple8b.sums(words).sum()) == sum(values + run) % 2**64


@pytest.mark.parametrize(
    ("kind", "moments", "values"),
    [
        ("boolean", b"\x20" + bytes(8) + b"\x01" + numbers.varint(2**40), files.booleans([True])),
        ("boolean", b"\x30" + bytes(8), files.booleans([True])),
        ("boolean", b"\x10" + bytes(9), files.booleans([True])),
        ("boolean", numbers.times([1]), files.booleans([True, False])),
        ("boolean", numbers.times([1]), b"\x10"),
        ("float", numbers.times([1, 2]), files.floats([1.0])),
        ("float", numbers.times([1]), files.floats([1.0, 2.0])),
        ("float", numbers.times([1]), files.floats([1.0] * 1000)),
        ("float", numbers.times([1]), b"\x10" + bytes(9)),
        ("float", numbers.times([1]), b"\x00" + bytes(9)),
        ("integer", numbers.times([1]), numbers.integers([1, 2])),
        ("integer", numbers.times([1]), numbers.integers([1, 2, 3])),
        ("integer", numbers.times([1]), b"\x40" + bytes(8)),
        ("string", numbers.times([1]), files.strings([b"a", b"b"])),
        ("string", numbers.times([1, 2]), files.strings([b"a"])),
        ("string", numbers.times([1]), b"\x10" + numbers.varint(2**40) + b"\0"),
        ("string", numbers.times([1]), b"\x10\x05\xff\xff\xff"),
        ("string", numbers.times([1]), b"\x00"),
    ],
)
def test_a_block_that_no_server_writes_is_refused(kind: str, moments: bytes, values: bytes) -> None:
    with pytest.raises(ValueError, match=r"\."):
        decode(files.sealed(kind, moments, values), kind)


def test_a_block_is_refused_for_its_checksum_and_for_its_type() -> None:
    whole = files.block("integer", [(1, 1)])
    with pytest.raises(ValueError, match="checksum"):
        decode(whole[:-1] + b"\xff", "integer")
    with pytest.raises(ValueError, match="not of type unsigned"):
        decode(whole, "unsigned")
