"""Line protocol as the embedded server reads it: what is written comes back, the rest is refused.

Expected messages are those of the real server, whose order of checks they show.
"""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influx_pipelines.embedded.lineprotocol import read
from influx_pipelines_tests.linewriter import Line, lines


@given(written=st.lists(lines(), max_size=4), between=st.sampled_from(["\n", "\n\n", "\n # c\n"]))
def test_every_valid_line_is_read_as_it_was_written(written: list[Line], between: str) -> None:
    points, errors = read(between.join(line.text for line in written).encode(), 1, 0)
    assert not errors
    assert [
        (p.key.measurement, dict(p.key.tags), {name: (k, v) for name, k, v in p.fields}, p.time)
        for p in points
    ] == [(line.measurement, line.tags, line.fields, line.time) for line in written]


@given(st.binary(max_size=60))
def test_no_bytes_make_it_fail_otherwise_than_by_a_message(body: bytes) -> None:
    _, errors = read(body, 1_000_000_000, 0)
    assert all(error.startswith("unable to parse '") for error in errors)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        # The first fault from the left counts, not the first kind of fault.
        ("m a=x,=1", "invalid boolean"),
        ("m a=1,=1", "missing field key"),
        ("m,_field=1,t=1,t=2 f=1", 'cannot use reserved tag key "_field"'),
        ("m,t=1,t=2 f=x", "duplicate tags"),
        ("m,t==a=b f=1", "invalid tag format"),
        ("m f=1 99999999999999999999 x", "value out of range"),
        ("m f=1 5 x", "point is invalid"),
        ("m f=1 5x x", "bad timestamp"),
        # Numbers.
        ("m f=1e5e5", "invalid float"),
        ("m f=.e5", "invalid float"),
        ("m f=-.", "invalid number"),
        ("m f=1i2", "invalid number"),
        ("m f=1_0", "invalid number"),
        ("m f=٣", "invalid boolean"),
        ("m f=1 ٣", "bad timestamp"),
        (f"m f={'9' * 5000}i", "value out of range"),
        # What ends a field.
        ('m f="a"=b', "invalid boolean"),
        ('m f="a"=1', "invalid field format"),
        ("m a\\\\=1", "invalid value: field-key=a\\\\=1"),
        ("m ", "invalid field format"),
        # White space that is no separator.
        ("m\tf=1", "missing fields"),
        ("m f=1\t5", "invalid number"),
        (f"m,t={'x' * 65535} f=x", "max key length exceeded: 65539 > 65535"),
        (f"m,t={'x' * 65500} {'f' * 40}=1", "max key length exceeded: 65548 > 65535"),
    ],
)
def test_a_bad_line_is_refused_with_the_reason_the_server_meets_first(
    line: str, reason: str
) -> None:
    points, (error,) = read(line.encode(), 1, 0)
    assert not points
    assert error == f"unable to parse '{line}': {error.partition(chr(39) + ': ')[2]}"
    assert error.endswith(reason)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("m \tf=1 \t5", [("f", "float", 1.0)]),  # tabs are skipped behind a space
        ('m a\\"b=1 5', [('a"b', "float", 1.0)]),
        ('m s="a"b,n=1i 5', [("s", "string", 'a"'), ("n", "int", 1)]),
        ("m a\\\\=1,b=2 5", [("a\\=1,b", "float", 2.0)]),
        ("m f=-1e-400 5", [("f", "float", 0.0)]),
    ],
)
def test_odd_lines_are_read_as_the_server_reads_them(text: str, fields: list[object]) -> None:
    (point,), errors = read(text.encode(), 1, 0)
    assert (point.fields, point.time, errors) == (fields, 5, [])


def test_a_quote_in_a_comment_takes_the_next_lines_along() -> None:
    points, errors = read(b'# a="b\nm f=1 1\n"\nm f=2 2', 1, 0)
    assert ([point.time for point in points], errors) == ([2], [])


def test_an_escaped_newline_does_not_end_a_line() -> None:
    points, errors = read(b"m,t=a\\\nb f=1 1\nm f=2 2", 1, 0)
    assert ([point.key.tags for point in points], errors) == ([(("t", "a\\\nb"),), ()], [])


@pytest.mark.parametrize(("raw", "findable"), [("a=b", True), ("a\\=b", False), ('a\\"b', False)])
def test_a_measurement_under_another_key_than_its_own_is_not_found_again(
    raw: str, findable: bool
) -> None:
    (point,), _ = read(f"{raw} f=1".encode(), 1, 0)
    assert point.key.findable is findable


def test_bytes_that_are_no_utf8_are_read_and_lengths_are_those_of_the_bytes() -> None:
    (point,), _ = read(b'm,t=\xff s="\xe4\xff" 1', 1, 0)
    assert (point.key.tags, point.fields) == ((("t", "\ufffd"),), [("s", "string", "\ufffd\ufffd")])
    _, (error,) = read(b"m,t=" + b"\xff" * 65540 + b" f=1", 1, 0)
    assert "65544 > 65535" in error


def test_a_time_that_leaves_the_range_by_the_precision_is_refused() -> None:
    _, errors = read(b"m f=1 9223372036\nm f=1 9223372037\nm f=1 -9223372037", 1_000_000_000, 0)
    assert [error.partition(": ")[2][:18] for error in errors] == ["time outside range"] * 2


def test_a_long_line_of_quotes_takes_no_more_room_than_another() -> None:
    """The pattern for a value remembered every one of them: 200 bytes each."""
    tracemalloc.start()
    (point,), _ = read(b"m f=" + b'"' * 100_000, 1, 0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(point.fields[0][2]) == 99_998
    assert peak < 3_000_000
