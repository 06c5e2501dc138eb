"""Line protocol that is there already."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influx_pipelines.embedded.line import line_end
from influx_pipelines.influx.errors import PartialWrite
from influx_pipelines.influx.lineprotocol import UnwritableError
from influx_pipelines.influx.writing import readylines
from influx_pipelines.influx.writing.linesplit import split
from influx_pipelines_tests.linewriter import Line, lines
from influx_pipelines_tests.writes import Reply, Writes


def bodies(given: object, rows: int = 25_000) -> list[bytes]:
    return [chunk.body for chunk in readylines.line_chunks(given, rows)]  # type: ignore[arg-type]


@given(
    written=st.lists(lines(), max_size=5),
    cuts=st.lists(st.integers(0, 300), max_size=5),
    rows=st.integers(1, 3),
)
def test_lines_stay_whole_wherever_the_blocks_are_cut(
    written: list[Line], cuts: list[int], rows: int
) -> None:
    whole = "\n".join(line.text for line in written).encode()
    places = [0, *sorted(cuts), len(whole)]
    blocks = [whole[a:b] for a, b in pairwise(places)]
    found = bodies(iter(blocks), rows)
    assert b"".join(found) == b"".join(f"{line.text}\n".encode() for line in written)
    assert all(len(split(body)) <= rows for body in found)


@given(st.text(alphabet='ma ,="\\\n1#', max_size=40))
def test_lines_are_cut_as_the_server_cuts_them(text: str) -> None:
    expected, place = [], 0
    while place < len(text):
        end = line_end(text, place) + 1
        expected.append(text[place:end].encode())
        place = end
    assert split(text.encode()) == expected


def test_comments_and_empty_lines_are_left_out_and_line_numbers_stay() -> None:
    text = b'# c\n\nm f=1 1\r\n  # d\nm f="a\nb" 2\nm f=x 3'
    (chunk,) = readylines.line_chunks(text, 10)
    assert chunk.body == b'm f=1 1\nm f="a\nb" 2\nm f=x 3\n'
    assert chunk.rows == [3, 5, 7]


def test_a_bad_line_is_reported_by_its_number() -> None:
    def reply(number: int, body: bytes) -> Reply:
        return (204, "") if number else (400, "unable to parse 'm f=x 3': invalid boolean")

    writes = Writes(reply)
    with pytest.raises(PartialWrite, match="line 3: invalid boolean: m f=x 3"):
        writes.client().write_lines([b"m f=1 1\n", b"m f=2 ", b"2\nm f=x 3\n"], bucket="b")
    assert writes.stored == [b"m f=1 1\nm f=2 2\n"]


def test_large_input_goes_in_several_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readylines, "MOST_BYTES", 20)
    text = b"".join(b"m f=%d %d\n" % (n, n) for n in range(10))
    assert max(map(len, bodies(text))) <= 20
    assert b"".join(bodies(text)) == text


def test_a_quote_that_nobody_closes_is_told_before_memory_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(readylines, "LONGEST", 100)
    blocks = [b'm f=1 1\nm f="open 2\n', *[b"m f=3 3\n"] * 20]
    with pytest.raises(UnwritableError, match="line 2 has no end"):
        bodies(iter(blocks))


def test_text_is_to_be_encoded_and_a_wrong_precision_is_refused() -> None:
    with pytest.raises(TypeError, match="encode it"):
        bodies("m f=1")
    with pytest.raises(ValueError, match="precision 'h'"):
        Writes().client().write_lines(b"m f=1 1", bucket="b", precision="h")
